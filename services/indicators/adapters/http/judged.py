"""What was judged, over HTTP: verdicts and duties (contract section 3)."""

from datetime import datetime
from typing import Annotated, Final, get_args

from fastapi import APIRouter, Depends, Request, Response

from duibiao.register import DutyStatus, Register
from duibiao.web.access import any_key
from duibiao.web.lists import Page
from services.indicators.adapters.http.answers import columns_of, describe, listed, row, several
from services.indicators.adapters.http.query import PAGING, Query, documented
from services.indicators.adapters.reading import Reading
from services.indicators.adapters.records import Filter
from services.indicators.board.data import View
from services.indicators.domain.rows import DutyRow, Status, VerdictRow

VERDICT: Final = columns_of(VerdictRow)
_DUTY: Final = columns_of(DutyRow)
_VERDICTS: Final = several(describe(VerdictRow, VERDICT))
_DUTIES: Final = several(describe(DutyRow, _DUTY))

_OF_VERDICTS: Final = documented(
    *("target", "org.several", "region", "period", "status", "as_of.view", *PAGING),
    status=get_args(Status),
)
_OF_DUTIES: Final = documented("due", "org", "status", *PAGING, status=get_args(DutyStatus))

_Asked = tuple[Filter, Page]


def build(register: Register, reading: Reading) -> APIRouter:
    """Return the routes. Queries are read on a thread: that needs no event loop."""
    router = APIRouter(tags=["verdicts 评估结论"], dependencies=[Depends(any_key)])

    def wanted_verdicts(request: Request) -> tuple[Filter, Page, View]:
        query = Query(request, _OF_VERDICTS, register)
        names = ("target", "org", "region", "period", "status")
        wanted = Filter(**{name: query.read(name) for name in names})
        view, page = query.view("as_of"), query.page(str)
        if isinstance(view, datetime) and wanted.target is None and wanted.org is None:
            query.add("missing", "target", field="target")  # of all series it would take minutes
        query.done()
        return wanted, page, view

    def wanted_duties(request: Request) -> _Asked:
        query = Query(request, _OF_DUTIES, register)
        given, page = query.filters(), query.page(int, str, str)
        query.done()
        due = given.pop("due")
        return Filter(**given, due=None if due is None else due.isoformat()), page

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
