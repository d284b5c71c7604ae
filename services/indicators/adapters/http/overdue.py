"""The ledger of overdue cases over HTTP: as JSON in pages, whole as CSV or a workbook."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from fractions import Fraction
from itertools import chain
from typing import Annotated, Any, Final, get_args

from fastapi import APIRouter, Depends, Request, Response

from duibiao.register import Register
from duibiao.web.access import Caller, need
from duibiao.web.exports import CSV, XLSX, as_csv, as_xlsx, exported
from duibiao.web.lists import LIMIT_AT_MOST, Page, from_cursor
from duibiao.web.problems import Problem, error_detail
from services.indicators.adapters.http.answers import described, listed, plain, several
from services.indicators.adapters.http.query import PAGING, Query, documented
from services.indicators.adapters.records import Filter, Records
from services.indicators.domain.overdue import LedgerEntry, LedgerState
from services.indicators.domain.wording import names_of

_FILTERS: Final = ("indicator", "org.own", "region", "state.ledger", "as_of.day", "within")
_PAGED: Final = documented(*_FILTERS, *PAGING, state=get_args(LedgerState))
_WHOLE: Final = documented(*_FILTERS, state=get_args(LedgerState))
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
_HEADINGS: Final = (
    *("办件编号", "指标", "单位", "区划", "状态", "受理时间", "承诺时限", "应办结日期"),
    *("总历时", "暂停", "延期", "净历时", "期限", "超期", "承诺时限相差"),
    *("待批准项数", "暂定", "暂停起始", "暂停事由", "暂停文书", "牵头单位"),
)
_STATES: Final = {"overdue": "已超期", "due_soon": "临期"}
_Asked = tuple[Filter, date, int, Page]
_Every = Iterator[list[object]]


def build(register: Register, records: Records) -> APIRouter:
    """Return the routes; an org reads its own cases, the office and the auditor all."""
    router = APIRouter(tags=["records 已报数据"])

    def asked(parameters: dict[str, Any]) -> Callable[..., _Asked]:
        return _reader(register, records, parameters)

    def every(*wanted: *_Asked) -> _Every:
        return _lines(register, records, *wanted)

    @router.get("/v1/records/overdue-cases", responses=several(ENTRY), openapi_extra=_PAGED)
    def overdue_cases(wanted: Annotated[_Asked, Depends(asked(_PAGED))]) -> Response:
        """超期和临期办件台账。List the open cases past their limit, or soon to be.

        By indicator, then the oldest first. A page may hold fewer rows than `limit` while
        `next_cursor` is not null.
        """
        entries, cursor = records.overdue(*wanted)
        return listed([entry_row(entry) for entry in entries], cursor)

    @router.get(
        "/v1/records/overdue-cases.csv",
        response_class=Response,
        responses=exported(CSV),
        openapi_extra=_WHOLE,
    )
    def overdue_cases_csv(wanted: Annotated[_Asked, Depends(asked(_WHOLE))]) -> Response:
        """超期和临期办件台账，CSV格式。The whole ledger as CSV."""
        return as_csv(chain([_HEADINGS], every(*wanted)))

    @router.get(
        "/v1/records/overdue-cases.xlsx",
        response_class=Response,
        responses=exported(XLSX),
        openapi_extra=_WHOLE,
    )
    def overdue_cases_xlsx(wanted: Annotated[_Asked, Depends(asked(_WHOLE))]) -> Response:
        """超期和临期办件台账，Excel格式。The whole ledger as a workbook."""
        return as_xlsx("台账", chain([_HEADINGS], every(*wanted)))

    return router


def _reader(
    register: Register, records: Records, parameters: dict[str, Any]
) -> Callable[..., _Asked]:
    """Return what reads a question, and makes sure that the caller may ask it."""

    def read(
        request: Request, caller: Annotated[Caller, Depends(need("org", "office", "auditor"))]
    ) -> _Asked:
        query, today = Query(request, parameters, register), records.clock.today()
        given = query.filters()
        org, day, within = (given.pop(name) for name in ("org", "as_of", "within"))
        if day is not None and day > today:
            query.add("in-the-future", "as_of", field="as_of", value=day)
        paged = parameters is _PAGED
        page = query.page(str, int, str, str) if paged else Page(LIMIT_AT_MOST, None)
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


def _lines(
    register: Register, records: Records, wanted: Filter, day: date, within: int, page: Page
) -> _Every:
    """Yield the lines of a table, page by page."""
    more = True
    while more:
        entries, cursor = records.overdue(wanted, day, within, page)
        yield from (_line(register, entry) for entry in entries)
        more = cursor is not None
        page = Page(page.limit, None if cursor is None else from_cursor(cursor))


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


def _line(register: Register, entry: LedgerEntry) -> list[object]:
    """Return a row as people read it: names for codes."""
    row = entry_row(entry)
    row["indicator"] = register.indicators[str(row["indicator"])].name_zh
    row["org"] = names_of(register.orgs, str(row["org"])).zh
    row["region"] = names_of(register.regions, str(row["region"])).zh
    row["state"] = _STATES[entry.state]
    row["provisional"] = "是" if row["provisional"] else ""
    row["leads"] = "、".join(register.orgs[code].name_zh for code in entry.leads)
    return list(row.values())
