"""The ledger of overdue cases over HTTP."""

from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Any, Final, get_args

from fastapi import APIRouter, Depends, Request, Response

from duibiao.register import Register
from duibiao.web.access import Caller, need
from duibiao.web.lists import Page
from duibiao.web.problems import Problem, error_detail
from services.indicators.adapters.http.answers import described, listed, plain, several
from services.indicators.adapters.http.query import PAGING, Query, documented
from services.indicators.adapters.records import Filter, Records
from services.indicators.domain.overdue import LedgerEntry, LedgerState

_FILTERS: Final = ("indicator", "org.own", "region", "state.ledger", "as_of.day", "within")
_PARAMETERS: Final = documented(*_FILTERS, *PAGING, state=get_args(LedgerState))
_ENTRY: Final[dict[str, Any]] = {
    **dict.fromkeys(("case_no", "indicator", "org", "region"), str),
    "state": LedgerState,
    "accepted_at": datetime,
    "deadline": datetime | None,
    "due": date,
    **dict.fromkeys(("gross_days", "paused_days", "extended_days", "net_days"), int),
    "limit": Fraction | None,
    "overdue_days": Fraction,
    "deadline_differs_days": int | None,
    "pending_approvals": int,
    "provisional": bool,
    "paused_since": datetime | None,
    **dict.fromkeys(("pause_ground", "pause_document"), str | None),
    "leads": list[str],
}
_Asked = tuple[Filter, date, int, Page]


def build(register: Register, records: Records) -> APIRouter:
    """Return the routes; an org reads its own cases, the office and the auditor all."""
    router = APIRouter(tags=["records 已报数据"])
    asked = _reader(register, records)

    @router.get("/v1/records/overdue-cases", responses=several(ENTRY), openapi_extra=_PARAMETERS)
    def overdue_cases(wanted: Annotated[_Asked, Depends(asked)]) -> Response:
        """超期和临期办件台账。List the open cases past their limit, or soon to be.

        By indicator, then the oldest first. A page may hold fewer rows than `limit` while
        `next_cursor` is not null.
        """
        entries, cursor = records.overdue(*wanted)
        return listed([entry_row(entry) for entry in entries], cursor)

    return router


def _reader(register: Register, records: Records) -> Callable[..., _Asked]:
    """Return what reads a question, and makes sure that the caller may ask it."""

    def read(
        request: Request, caller: Annotated[Caller, Depends(need("org", "office", "auditor"))]
    ) -> _Asked:
        query, today = Query(request, _PARAMETERS, register), records.clock.today()
        given = query.filters()
        org, day, within = (given.pop(name) for name in ("org", "as_of", "within"))
        if day is not None and day > today:
            query.add("in-the-future", "as_of", field="as_of", value=day)
        page = query.page(str, int, str, str)
        query.done()
        if org and not caller.sees(org):
            raise Problem("forbidden", [error_detail("not-visible", pointer="/query/org")])
        wanted = Filter(
            indicator=given["indicator"],
            region=given["region"],
            status=given["state"],
            org=caller.org if org is None else org,
        )
        soon = register.alert_rules.due_soon_within if within is None else within
        return wanted, day or today, soon, page

    return read


ENTRY: Final = described("OverdueCase", _ENTRY)


def entry_row(entry: LedgerEntry) -> dict[str, object]:
    """Return a row of the ledger; days are in the unit of its indicator."""
    record, pause = entry.record, entry.pause
    case, content, clock = record.case, record.case.content, record.clock
    if clock is None:
        raise ValueError("a case without a clock stands in no ledger")
    values = (
        *(case.case_no, case.indicator, case.org, case.region, entry.state),
        *(content.accepted_at, content.deadline, entry.due),
        *(clock.gross, clock.paused, clock.extended, clock.net),
        *(plain(record.limit), plain(record.overdue), record.deadline_differs),
        *(clock.pending, clock.provisional),
        *((None,) * 3 if pause is None else (pause.start, pause.ground, pause.document)),
        list(entry.leads),
    )
    return dict(zip(_ENTRY, values, strict=True))
