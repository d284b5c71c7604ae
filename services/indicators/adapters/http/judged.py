"""What was judged, over HTTP: verdicts with their proofs, and duties (contract section 3)."""

from typing import Annotated, Final, get_args

from fastapi import APIRouter, Depends, Request, Response

from duibiao.register import DutyStatus, Register
from duibiao.web.access import any_key
from duibiao.web.lists import Page
from duibiao.web.problems import Problem, fault
from services.indicators.adapters.http.answers import (
    columns_of,
    describe,
    json_of,
    listed,
    one,
    row,
    several,
)
from services.indicators.adapters.http.proof_schema import described_proof
from services.indicators.adapters.http.query import (
    PAGING,
    PAGING_NAMES,
    Query,
    documented,
    parameter,
)
from services.indicators.adapters.reading import DutyFilter, Reading, VerdictFilter
from services.indicators.domain.rows import DutyRow, Status, VerdictRow

_VERDICT: Final = columns_of(VerdictRow)
_DUTY: Final = columns_of(DutyRow)
_STATUSES: Final = get_args(Status)
_DUTY_STATUSES: Final = get_args(DutyStatus)

_VERDICT_PARAMETERS: Final = (
    parameter("target", "A target, such as T13.", examples=["T16"]),
    parameter("org", "A unit; empty for the rows over several units."),
    parameter("region", "A region's code."),
    parameter("period", "A period, such as 2021Q1.", examples=["2021Q1"]),
    parameter("status", "A status.", enum=list(_STATUSES)),
    parameter("as_of", "reported or corrected; 422 `not-yet` until periods can be closed."),
)
_DUTY_PARAMETERS: Final = (
    parameter("due", "The day of the notice by which it is owed.", format="date"),
    parameter("org", "A unit."),
    parameter("status", "A status.", enum=list(_DUTY_STATUSES)),
)
_PROOF: Final = described_proof(describe(VerdictRow, _VERDICT))


def build(register: Register, reading: Reading) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["verdicts 评估结论"], dependencies=[Depends(any_key)])

    @router.get(
        "/v1/verdicts",
        responses=several(describe(VerdictRow, _VERDICT)),
        openapi_extra=documented(*_VERDICT_PARAMETERS, *PAGING),
    )
    def verdicts(
        asked: Annotated[tuple[VerdictFilter, Page], Depends(_Verdicts(register))],
    ) -> Response:
        """评估结论列表，最近评估的在前。List verdicts, the newest evaluated first."""
        rows, cursor = reading.verdicts(*asked)
        return listed([row(verdict, _VERDICT) for verdict in rows], cursor)

    @router.get("/v1/verdicts/{verdict_id}/proof", responses=one(_PROOF))
    def proof(verdict_id: str) -> Response:
        """评估依据：输入、计数、算式、版本。Show how one version of a verdict was reached."""
        found = reading.version(verdict_id)
        if found is None:
            where = f"/v1/verdicts/{verdict_id}/proof"
            raise Problem("not-found", [fault("not-found", value=where)])
        verdict, proven = found
        return json_of({"id": verdict.id, "verdict": row(verdict, _VERDICT), **proven})

    @router.get(
        "/v1/duties",
        responses=several(describe(DutyRow, _DUTY)),
        openapi_extra=documented(*_DUTY_PARAMETERS, *PAGING),
    )
    def duties(asked: Annotated[tuple[DutyFilter, Page], Depends(_Duties(register))]) -> Response:
        """报告义务列表。List duties, the latest due first, then in the order of the notice."""
        rows, cursor = reading.duties(*asked)
        return listed([row(duty, _DUTY) for duty in rows], cursor)

    return router


class _Verdicts:
    """Reads what a list of verdicts is asked for. Runs on a thread: it needs no event loop."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._targets = {target.id for target in register.targets}

    def __call__(self, request: Request) -> tuple[VerdictFilter, Page]:
        names = [described["name"] for described in _VERDICT_PARAMETERS]
        query = Query(request, (*names, *PAGING_NAMES))
        wanted = VerdictFilter(
            target=query.code("target", self._targets, "unknown-target"),
            org=query.org("org", self._register.orgs),
            region=query.code("region", self._register.regions, "unknown-region"),
            period=query.period("period"),
            status=query.one_of("status", _STATUSES),
        )
        if query.given("as_of"):
            query.not_yet("as_of")
        page = query.page(str)
        query.done()
        return wanted, page


class _Duties:
    """Reads what a list of duties is asked for."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def __call__(self, request: Request) -> tuple[DutyFilter, Page]:
        names = [described["name"] for described in _DUTY_PARAMETERS]
        query = Query(request, (*names, *PAGING_NAMES))
        wanted = DutyFilter(
            due=query.day("due"),
            org=query.org("org", self._register.orgs),
            status=query.one_of("status", _DUTY_STATUSES),
        )
        page = query.page(int, str, str)
        query.done()
        return wanted, page
