"""What was sent, over HTTP: figures, cases and progress reports as they count now."""

from collections.abc import Container, Mapping
from typing import Annotated, Any, Final, get_args

from fastapi import APIRouter, Depends, Request, Response

from duibiao.register import Register
from duibiao.web.access import Caller, need
from duibiao.web.lists import Page
from duibiao.web.problems import Problem, fault
from services.indicators.adapters.http.answers import listed, several
from services.indicators.adapters.http.query import (
    PAGING,
    PAGING_NAMES,
    Query,
    documented,
    parameter,
)
from services.indicators.adapters.http.record_rows import (
    CASE,
    OBSERVATION,
    REPORT,
    case_row,
    observation_row,
    report_row,
)
from services.indicators.adapters.records import RecordFilter, Records
from services.indicators.domain.submission import CaseOutcome

_OUTCOMES: Final = get_args(CaseOutcome)
_WORDS: Final = {"outcome": _OUTCOMES, "overdue": ("true", "false")}
_PARAMETERS: Final[Mapping[str, dict[str, Any]]] = {
    "indicator": parameter("indicator", "An indicator."),
    "measure": parameter("measure", "A measure, such as 6.3."),
    "org": parameter("org", "A unit; an org's key reads its own only."),
    "region": parameter("region", "A region's code."),
    "period": parameter("period", "A period, such as 2021Q1.", examples=["2021Q1"]),
    "outcome": parameter("outcome", "An outcome.", enum=list(_OUTCOMES)),
    "overdue": parameter("overdue", "Beyond its limit as of today, or not.", type="boolean"),
}
_OBSERVATIONS: Final = ("indicator", "org", "region", "period")
_CASES: Final = ("indicator", "org", "region", "period", "outcome", "overdue")
_REPORTS: Final = ("measure", "org", "period")

_Asked = tuple[RecordFilter, Page]


def build(register: Register, records: Records) -> APIRouter:
    """Return the routes; an org reads its own records, the office and the auditor all."""
    router = APIRouter(tags=["records 已报数据"])

    @router.get(
        "/v1/records/observations",
        responses=several(OBSERVATION),
        openapi_extra=_documented(_OBSERVATIONS),
    )
    def record_observations(
        asked: Annotated[_Asked, Depends(_Reader(register, _OBSERVATIONS, str, str, str, str))],
    ) -> Response:
        """已报指标值，最近收到的在前。List the figures that count, the newest received first."""
        rows, cursor = records.observations(*asked)
        return listed([observation_row(one) for one in rows], cursor)

    @router.get("/v1/records/cases", responses=several(CASE), openapi_extra=_documented(_CASES))
    def record_cases(
        asked: Annotated[_Asked, Depends(_Reader(register, _CASES, str, str, str))],
    ) -> Response:
        """已报办件及其用时，最近收到的在前。List the cases that count, with their days.

        `period`: the cases that a figure of that period is made of: completed in it (for shares:
        accepted in it), and open ones past the limit at its end. A page may hold fewer rows than
        `limit` while `next_cursor` is not null.
        """
        rows, cursor = records.cases(*asked)
        return listed([case_row(one) for one in rows], cursor)

    @router.get(
        "/v1/records/progress-reports",
        responses=several(REPORT),
        openapi_extra=_documented(_REPORTS),
    )
    def record_progress_reports(
        asked: Annotated[_Asked, Depends(_Reader(register, _REPORTS, str, str, str, str))],
    ) -> Response:
        """已报进展情况，含历次内容。List the progress reports, each with its earlier versions."""
        rows, cursor = records.reports(*asked)
        return listed([report_row(one) for one in rows], cursor)

    return router


def _documented(names: tuple[str, ...]) -> dict[str, Any]:
    return documented(*(_PARAMETERS[name] for name in names), *PAGING)


class _Reader:
    """Reads what a list is asked for, and makes sure that the caller may see it."""

    def __init__(self, register: Register, names: tuple[str, ...], *key: type[str]) -> None:
        """`names` are the filters of the list, `key` the types of its rows' identity."""
        self._names = names
        self._position = (int, *key)
        self._orgs = register.orgs
        self._codes: Mapping[str, tuple[Container[str], str]] = {
            "indicator": (register.indicators, "unknown-indicator"),
            "measure": ({measure.no for measure in register.measures}, "unknown-measure"),
            "region": (register.regions, "unknown-region"),
        }

    def __call__(
        self, request: Request, caller: Annotated[Caller, Depends(need("org", "office", "auditor"))]
    ) -> _Asked:
        query = Query(request, (*self._names, *PAGING_NAMES))
        given = {name: self._read(query, name) for name in self._names}
        page = query.page(*self._position)
        query.done()
        org, overdue = given.pop("org"), given.pop("overdue", None)
        if org and not caller.sees(org):
            raise Problem("forbidden", [fault("not-visible", pointer="/query/org")])
        whose = caller.org if org is None else org
        late = None if overdue is None else overdue == "true"
        return RecordFilter(**given, org=whose, overdue=late), page

    def _read(self, query: Query, name: str) -> str | None:
        if name in self._codes:
            return query.code(name, *self._codes[name])
        if name == "org":
            return query.org(name, self._orgs)
        if name == "period":
            return query.period(name)
        return query.one_of(name, _WORDS[name])
