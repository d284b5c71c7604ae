"""What was sent, over HTTP: figures, cases and progress reports as they count now."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Final, Literal, get_args

from fastapi import APIRouter, Depends, Request, Response

from duibiao.register import Register
from duibiao.web.access import Caller, need
from duibiao.web.lists import Page
from duibiao.web.problems import Problem, error_detail
from services.indicators.adapters.http.answers import described, listed, plain, several, shapes
from services.indicators.adapters.http.query import PAGING, Query, documented
from services.indicators.adapters.records import Filter, Records
from services.indicators.domain.case_clock import CaseRecord
from services.indicators.domain.submission import (
    CaseOutcome,
    CaseStatement,
    FigureKey,
    FigureStatement,
    ReportContent,
    ReportHistory,
    ReportKey,
    ReportState,
    Statement,
)

_OUTCOMES: Final = get_args(CaseOutcome)
_Asked = tuple[Filter, Page]


def build(register: Register, records: Records) -> APIRouter:
    """Return the routes; an org reads its own records, the office and the auditor all."""
    router = APIRouter(tags=["records 已报数据"])
    figures = _Reader(register, ("indicator", "org.own", "region", "period"), str, str, str, str)
    cases = _Reader(
        register, ("indicator", "org.own", "region", "period", "outcome", "overdue"), str, str, str
    )
    reports = _Reader(register, ("measure", "org.own", "period"), str, str, str, str)

    @router.get(
        "/v1/records/observations", responses=several(OBSERVATION), openapi_extra=figures.documented
    )
    def record_observations(asked: Annotated[_Asked, Depends(figures)]) -> Response:
        """已报指标值，最近收到的在前。List the figures that count, the newest received first."""
        rows, cursor = records.observations(*asked)
        return listed([observation_row(one) for one in rows], cursor)

    @router.get("/v1/records/cases", responses=several(CASE), openapi_extra=cases.documented)
    def record_cases(asked: Annotated[_Asked, Depends(cases)]) -> Response:
        """已报办件及其用时，最近收到的在前。List the cases that count, with their days.

        `period`: the cases that a figure of that period is made of: completed in it (for shares:
        accepted in it), and open ones past the limit at its end. A page may hold fewer rows than
        `limit` while `next_cursor` is not null.
        """
        rows, cursor = records.cases(*asked)
        return listed([case_row(one) for one in rows], cursor)

    @router.get(
        "/v1/records/progress-reports", responses=several(REPORT), openapi_extra=reports.documented
    )
    def record_progress_reports(asked: Annotated[_Asked, Depends(reports)]) -> Response:
        """已报进展情况，含历次内容。List the progress reports, each with its earlier versions."""
        rows, cursor = records.reports(*asked)
        return listed([report_row(one) for one in rows], cursor)

    return router


class _Reader:
    """Reads what a list is asked for, and makes sure that the caller may see it."""

    def __init__(self, register: Register, names: tuple[str, ...], *key: type[str]) -> None:
        """`names` are the filters of the list, `key` the types of its rows' identity."""
        self.documented = documented(*names, *PAGING, outcome=_OUTCOMES)
        self._position = (int, *key)
        self._register = register

    def __call__(
        self, request: Request, caller: Annotated[Caller, Depends(need("org", "office", "auditor"))]
    ) -> _Asked:
        query = Query(request, self.documented, self._register)
        given, page = query.filters(), query.page(*self._position)
        query.done()
        org = given.pop("org")
        if org and not caller.sees(org):
            raise Problem("forbidden", [error_detail("not-visible", pointer="/query/org")])
        return Filter(**given, org=caller.org if org is None else org), page


_STATED: Final = {"stated_at": datetime, "received_at": datetime, "submission_id": str}
_VERSION: Final[dict[str, Any]] = {
    "state": ReportState | None,
    "done_on": date | None,
    "summary": str | None,
    "zero_report": bool,
    "received_on": date | None,
    **_STATED,
}
_OBSERVATION: Final[dict[str, Any]] = {
    **dict.fromkeys(FigureKey._fields, str),
    **dict.fromkeys(("value", "numerator", "denominator", "sample_size"), Decimal | None),
    "status": Literal["normal", "not_applicable"],
    "comment": str | None,
    **_STATED,
}
_CASE: Final[dict[str, Any]] = {
    **dict.fromkeys(("case_no", "indicator", "org", "region"), str),
    "accepted_at": datetime,
    "completed_at": datetime | None,
    "outcome": CaseOutcome,
    "resolved": bool | None,
    "deadline": datetime | None,
    **dict.fromkeys(("gross_days", "paused_days", "extended_days", "net_days"), int | None),
    **dict.fromkeys(("limit", "overdue_days"), Fraction | None),
    "due": date | None,
    **dict.fromkeys(("deadline_differs_days", "pending_approvals"), int | None),
    "provisional": bool,
    **_STATED,
}
_REPORT: Final[dict[str, Any]] = {
    **dict.fromkeys(("measure", "org", "period"), str),
    "milestone": str | None,
    **_VERSION,
}
OBSERVATION: Final = described("ObservationRecord", _OBSERVATION)
CASE: Final = described("CaseRecord", _CASE, **shapes("records"))
REPORT: Final = described(
    "ProgressReportRecord",
    _REPORT,
    earlier_versions={"type": "array", "items": described("ReportVersion", _VERSION)},
)


def observation_row(statement: FigureStatement) -> dict[str, object]:
    content = statement.content
    status = "not_applicable" if content.not_applicable else "normal"
    said = (*statement.key, *map(plain, content[:4]), status, content.comment or None)
    return dict(zip(_OBSERVATION, (*said, *_stated(statement)), strict=True))


def case_row(record: CaseRecord) -> dict[str, object]:
    """Return a row of `/v1/records/cases`; days are working days, up to its completion or today."""
    case, content, clock = record.case, record.case.content, record.clock
    days: tuple[int | None, ...] = (None,) * 4
    if clock is not None:
        days = clock.gross, clock.paused, clock.extended, clock.net
    values = (
        *(case.case_no, case.indicator, case.org, *content[:6], *days),
        *(plain(record.limit), plain(record.overdue), record.due, record.deadline_differs),
        *(clock and clock.pending, clock is not None and clock.provisional),
        *_stated(case),
    )
    return {
        **dict(zip(_CASE, values, strict=True)),
        "pauses": [
            {"from": p.start, "to": p.end, "ground": p.ground, "document": p.document}
            for p in content.pauses
        ],
        "extension": content.extension and content.extension._asdict(),
        "labels": dict(content.labels),
    }


def report_row(history: ReportHistory) -> dict[str, object]:
    key, earlier = history.standing.key, [_version(one) for one in history.earlier]
    place = {"measure": key.measure, "org": key.org, "period": key.period}
    said = {"milestone": key.milestone or None, **_version(history.standing)}
    return {**place, **said, "earlier_versions": earlier}


def _version(statement: Statement[ReportKey, ReportContent]) -> dict[str, object]:
    said = statement.content._asdict() | {"summary": statement.content.summary or None}
    return {**said, **dict(zip(_STATED, _stated(statement), strict=True))}


def _stated(statement: Statement[Any, Any] | CaseStatement) -> tuple[datetime, datetime, str]:
    return statement.stated_at, statement.received_at, statement.submission_id
