"""`GET /v1/audit/{chain}`: the records of a chain, for the auditor and the office."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from duibiao.audit.digests import Algorithm
from duibiao.audit.reading import FIELDS, records_after
from duibiao.audit.verify import Row
from duibiao.store import Store
from duibiao.web.access import Caller, need
from duibiao.web.lists import Listed, Page, Paging, answer, only
from duibiao.workdays import from_us

Reader = Annotated[Caller, Depends(need("auditor", "office"))]


class AuditRecord(BaseModel):
    """A record of a chain; `hash` and `previous` in hexadecimal."""

    sequence: int = Field(ge=1)
    time: datetime
    time_us: int
    actor: str = Field(description="KEY_ID/ROLE/ORG, of a person with /PERSON_ID/NAME, or duibiao.")
    act: str
    subject: str
    details: dict[str, Any] = Field(description="As JSON; its text is what is hashed.")
    algorithm: Algorithm
    previous: str
    hash: str


class AuditRecordList(Listed[AuditRecord]):
    """One page of records, the oldest first."""


def audit_router(chain: str, store: Store) -> APIRouter:
    """Return the route over one chain, which stands in `store`."""
    router = APIRouter(tags=["audit 审计"])

    @router.get(
        f"/v1/audit/{chain}",
        name=f"audit {chain}",
        responses={200: {"model": AuditRecordList, "description": "好 Good"}},
    )
    def audit(
        _: Reader,
        _known: Annotated[None, Depends(only("after"))],
        page: Annotated[Page, Depends(Paging(int))],
        after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    ) -> Response:
        """审计记录，最早的在前。The records after a number, the oldest first."""
        begin = after if page.after is None else int(page.after[0] or 0)
        found = records_after(store, begin, page.limit + 1)
        rows, cursor = page.cut(found, lambda row: (int(str(row[0])),))
        body = msgspec.json.encode(answer([_document(row) for row in rows], cursor))
        return Response(body, media_type="application/json")

    return router


def _document(row: Row) -> dict[str, object]:
    """Return a record as it stands, even where somebody has made it unlike one."""
    whole = (*row, *[None] * (len(FIELDS) - len(row)))
    fields = {name: _plain(value) for name, value in zip(FIELDS, whole, strict=True)}
    return {
        "sequence": fields["sequence"],
        "time": _time(fields["time_us"]),
        **fields,
        "details": _details(fields["details"]),
    }


def _plain(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


def _time(us: object) -> object:
    try:
        return from_us(us) if isinstance(us, int) else None
    except OverflowError:
        return None


def _details(text: object) -> object:
    try:
        return msgspec.json.decode(text) if isinstance(text, str) else text
    except msgspec.DecodeError:
        return text
