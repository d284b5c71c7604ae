"""`GET /v1/audit/{chain}`: the records of a chain, for the auditor and the office."""

from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Query, Response

from duibiao.audit.digests import ALGORITHMS
from duibiao.audit.reading import FIELDS, records_after
from duibiao.audit.verify import Row
from duibiao.store import Store
from duibiao.web.access import Caller, need
from duibiao.web.lists import Page, Paging, answer, only
from duibiao.workdays import from_us

Reader = Annotated[Caller, Depends(need("auditor", "office"))]

_paged = Paging(int)
_TEXT: Final = {"type": "string"}
_RECORD: Final = {
    "title": "AuditRecord",
    "type": "object",
    "required": [
        "sequence",
        "time",
        "time_us",
        "actor",
        "act",
        "subject",
        "details",
        "algorithm",
        "previous",
        "hash",
    ],
    "properties": {
        "sequence": {"type": "integer", "minimum": 1},
        "time": {**_TEXT, "format": "date-time"},
        "time_us": {"type": "integer"},
        "actor": {**_TEXT, "description": "KEY_ID/ROLE/ORG, or duibiao."},
        "act": _TEXT,
        "subject": _TEXT,
        "details": {"type": "object", "description": "As JSON; its text is what is hashed."},
        "algorithm": {**_TEXT, "enum": list(ALGORITHMS)},
        "previous": {**_TEXT, "description": "Hash of the record before, in hexadecimal."},
        "hash": {**_TEXT, "description": "Hash of this record, in hexadecimal."},
    },
}
_LIST: Final[dict[str, Any]] = {
    "title": "AuditRecordList",
    "type": "object",
    "required": ["items", "next_cursor"],
    "properties": {
        "items": {"type": "array", "items": _RECORD},
        "next_cursor": {"type": ["string", "null"]},
    },
}


def audit_router(chain: str, store: Store) -> APIRouter:
    """Return the route over one chain, which stands in `store`."""
    router = APIRouter(tags=["audit 审计"])

    @router.get(
        f"/v1/audit/{chain}",
        name=f"audit {chain}",
        responses={
            200: {
                "content": {"application/json": {"schema": _LIST}},
                "description": "好 Good",
            }
        },
    )
    def audit(
        _: Reader,
        _known: Annotated[None, Depends(only("after"))],
        page: Annotated[Page, Depends(_paged)],
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
