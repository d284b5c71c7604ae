"""What was judged, over HTTP: verdicts and duties (contract section 3)."""

from datetime import datetime
from typing import Annotated, Final, get_args

from fastapi import APIRouter, Depends, Request, Response

from duibiao.register import DutyStatus, Register
from duibiao.web.access import any_key
from duibiao.web.lists import Page
from services.indicators.adapters.http.answers import columns_of, describe, listed, row, several
from services.indicators.adapters.http.query import PAGING, Query, documented, names_of, parameter
from services.indicators.adapters.reading import Reading, View
from services.indicators.adapters.records import Filter
from services.indicators.domain.rows import DutyRow, Status, VerdictRow

VERDICT: Final = columns_of(VerdictRow)
_DUTY: Final = columns_of(DutyRow)
_VERDICTS: Final = several(describe(VerdictRow, VERDICT))
_DUTIES: Final = several(describe(DutyRow, _DUTY))
_STATUSES: Final = get_args(Status)
_DUTY_STATUSES: Final = get_args(DutyStatus)

_OF_VERDICTS: Final = documented(
    parameter("target", "A target, such as T13.", examples=["T16"]),
    parameter("org", "A unit; empty for the rows over several units."),
    parameter("region", "A region's code."),
    parameter("period", "A period, such as 2021Q1.", examples=["2021Q1"]),
    parameter("status", "A status.", enum=list(_STATUSES)),
    parameter(
        "as_of",
        "corrected (default), reported (as frozen when the period was closed) or a moment.",
        examples=["reported", "2021-04-09T18:00:00+08:00"],
    ),
    *PAGING,
)
_OF_DUTIES: Final = documented(
    parameter("due", "The day of the notice by which it is owed.", format="date"),
    parameter("org", "A unit."),
    parameter("status", "A status.", enum=list(_DUTY_STATUSES)),
    *PAGING,
)

_Asked = tuple[Filter, Page]


def build(register: Register, reading: Reading) -> APIRouter:
    """Return the routes. Queries are read on a thread: that needs no event loop."""
    router = APIRouter(tags=["verdicts 评估结论"], dependencies=[Depends(any_key)])
    targets = {target.id for target in register.targets}

    def wanted_verdicts(request: Request) -> tuple[Filter, Page, View]:
        query = Query(request, names_of(_OF_VERDICTS))
        wanted = Filter(
            target=query.code("target", targets, "unknown-target"),
            org=query.org("org", register.orgs),
            region=query.code("region", register.regions, "unknown-region"),
            period=query.period("period"),
            status=query.one_of("status", _STATUSES),
        )
        view, page = query.view("as_of"), query.page(str)
        if isinstance(view, datetime) and wanted.target is None and wanted.org is None:
            query.add("missing", "target", field="target")  # of all series it would take minutes
        query.done()
        return wanted, page, view

    def wanted_duties(request: Request) -> _Asked:
        query = Query(request, names_of(_OF_DUTIES))
        due = query.day("due")
        wanted = Filter(
            due=None if due is None else due.isoformat(),
            org=query.org("org", register.orgs),
            status=query.one_of("status", _DUTY_STATUSES),
        )
        page = query.page(int, str, str)
        query.done()
        return wanted, page

    @router.get("/v1/verdicts", responses=_VERDICTS, openapi_extra=_OF_VERDICTS)
    def verdicts(asked: Annotated[tuple[Filter, Page, View], Depends(wanted_verdicts)]) -> Response:
        """评估结论列表，最近评估的在前。List verdicts, the newest evaluated first."""
        rows, cursor = reading.verdicts(*asked)
        return listed([row(verdict, VERDICT) for verdict in rows], cursor)

    @router.get("/v1/duties", responses=_DUTIES, openapi_extra=_OF_DUTIES)
    def duties(asked: Annotated[_Asked, Depends(wanted_duties)]) -> Response:
        """报告义务列表。List duties, the latest due first, then in the order of the notice."""
        rows, cursor = reading.duties(*asked)
        return listed([row(duty, _DUTY) for duty in rows], cursor)

    return router
