"""Waivers and closed periods over HTTP: units ask, the office decides (contract section 3)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Final, Literal, get_args

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from duibiao.register import Register, parse
from duibiao.web.access import Caller, any_key, need
from duibiao.web.bodies import Day, Name, Strict, Text, clean
from duibiao.web.lists import Page, only
from duibiao.web.problems import Problem, error_detail
from services.indicators.adapters.decisions import DecisionLog
from services.indicators.adapters.http.answers import (
    columns_of,
    describe,
    json_of,
    listed,
    one,
    row,
    several,
)
from services.indicators.adapters.http.query import PAGING, Query, documented, names_of, parameter
from services.indicators.domain.decisions import (
    Closing,
    DecisionKind,
    Waiver,
    WaiverState,
)
from services.indicators.domain.rows import JsonObject
from services.indicators.usecases.decide import (
    UNDECIDED_AT_MOST,
    NoSuchDecision,
    NotEnded,
    TooEarly,
    TooLate,
    TooManyRequests,
    WrongState,
)

_Asker = Annotated[Caller, Depends(need("org", "office"))]
_Office = Annotated[Caller, Depends(need("office"))]
_Reader = Annotated[Caller, Depends(any_key)]
_STATES: Final[Mapping[str, str]] = {
    "requested": "待批准",
    "approved": "已批准",
    "rejected": "未批准",
    "ended": "已终止",
    "closed": "已锁定",
    "unjudged": "尚未评估至期末",
    "reopened": "已临时开放",
}
_STEPS: Final[Mapping[str, str]] = {
    "approved": "批准",
    "rejected": "驳回",
    "ended": "终止",
    "closed": "锁定",
    "reopened": "临时开放",
}


class WaiverRequest(Strict):
    """申请豁免。A waiver asked for."""

    target: Name = Field(description="目标 A target.", examples=["T16"])
    org: Name | None = Field(
        None,
        description="单位，缺省为密钥所属单位；牵头办公室不填则为各单位 Its own, or all units.",
    )
    first: Day = Field(description="首日 The first day.")
    until: Day = Field(description="末日，含当日 The last day, included.")
    reason: Text = Field(description="理由 Why.")
    document: Name = Field(description="文号 The document it rests on.")


class DecisionReason(Strict):
    """A decision that needs nothing but a reason."""

    reason: Text = Field(description="理由 Why.")


class WaiverEnding(DecisionReason):
    """提前终止豁免。The early end of a waiver."""

    until: Day | None = Field(None, description="末日，缺省为昨日 The last day; yesterday.")


class ClosingRequest(Strict):
    """锁定一期数据。The figures of a period frozen as reported."""

    period: Name = Field(description="已结束的期间 A period that has ended.", examples=["2021Q1"])
    comment: Text | None = Field(None, description="说明 A remark.")


class Reopening(DecisionReason):
    """临时开放已锁定的期间。An exception to a closing."""

    until: Day = Field(description="末日，含当日 The last day, included.")


_Asked = tuple[Mapping[str, str | None], Page]
_WAIVER_STATES: Final = get_args(WaiverState)
_OF_WAIVERS: Final = documented(
    parameter("target", "A target, such as T13."),
    parameter("org", "A unit; empty for waivers of all units."),
    parameter("state", "A state.", enum=list(_WAIVER_STATES)),
    *PAGING,
)
_WAIVER: Final = columns_of(Waiver)
_CLOSING: Final = columns_of(Closing)
_WAIVERS: Final = describe(Waiver, _WAIVER)
_CLOSINGS: Final = describe(
    Closing,
    _CLOSING,
    state={"enum": ["closed", "reopened"]},
    audit_sequence={"type": ["integer", "null"]},
    audit_hash={"type": ["string", "null"]},
)


def build(register: Register, log: DecisionLog) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["decisions 豁免与锁定"])
    _add_waivers(router, register, log)
    _add_closings(router, log)
    return router


def _add_waivers(router: APIRouter, register: Register, log: DecisionLog) -> None:
    targets = {target.id for target in register.targets}

    def wanted(request: Request) -> _Asked:
        query = Query(request, names_of(_OF_WAIVERS))
        asked = {
            "target": query.code("target", targets, "unknown-target"),
            "org": query.org("org", register.orgs),
            "state": query.one_of("state", _WAIVER_STATES),
        }
        page = query.page(str)
        query.done()
        return asked, page

    @router.get("/v1/waivers", responses=several(_WAIVERS), openapi_extra=_OF_WAIVERS)
    def waivers(caller: _Reader, asked: Annotated[_Asked, Depends(wanted)]) -> Response:
        """豁免列表，最新的在前；单位见本单位及各单位共用的。Waivers, the newest first."""
        filters, page = asked
        if caller.org is not None and filters["org"] not in (None, "", caller.org):
            raise Problem("forbidden", [error_detail("not-visible", pointer="/query/org")])
        given = {name: value or None for name, value in filters.items() if value is not None}
        after = None if page.after is None else str(page.after[0])
        found = [
            one
            for one in reversed([*log.waivers().values()])
            if (one.org is None or caller.role == "admin" or caller.sees(one.org))
            and all(getattr(one, name) == value for name, value in given.items())
            and (after is None or one.id < after)
        ]
        kept, cursor = page.cut(found[: page.limit + 1], lambda one: (one.id,))
        return listed([row(one, _WAIVER) for one in kept], cursor)

    @router.post("/v1/waivers", status_code=201, responses=one(_WAIVERS, 201))
    def request_waiver(caller: _Asker, body: WaiverRequest) -> Response:
        """申请豁免，由牵头办公室批准。Ask for a waiver; the office approves or rejects it."""
        said = _asked(register, caller, clean(body))
        with _problems("/v1/waivers", "waiver", "requested"):
            decision = log.take(caller.actor, lambda make: make.request_waiver(said))
        return json_of(row(log.waivers()[decision.id], _WAIVER), 201)

    def decide(caller: Caller, ident: str, kind: DecisionKind, body: DecisionReason) -> Response:
        said = clean(body).model_dump(mode="json")
        with _problems(f"/v1/waivers/{ident}", "waiver", kind.removeprefix("waiver.")):
            log.take(caller.actor, lambda make: make.decide_waiver(ident, kind, said))
        return json_of(row(log.waivers()[ident], _WAIVER))

    @router.post("/v1/waivers/{waiver_id}/approve", responses=one(_WAIVERS))
    def approve(waiver_id: str, caller: _Office, body: DecisionReason) -> Response:
        """批准豁免。Approve a waiver."""
        return decide(caller, waiver_id, "waiver.approved", body)

    @router.post("/v1/waivers/{waiver_id}/reject", responses=one(_WAIVERS))
    def reject(waiver_id: str, caller: _Office, body: DecisionReason) -> Response:
        """不予豁免。Reject a waiver."""
        return decide(caller, waiver_id, "waiver.rejected", body)

    @router.post("/v1/waivers/{waiver_id}/end", responses=one(_WAIVERS))
    def end(waiver_id: str, caller: _Office, body: WaiverEnding) -> Response:
        """提前终止豁免。End a waiver early."""
        return decide(caller, waiver_id, "waiver.ended", body)


def _add_closings(router: APIRouter, log: DecisionLog) -> None:
    def views() -> dict[str, dict[str, object]]:
        places, found = log.places(), log.closings()
        return {code: _closing(closing, places.get(closing.id)) for code, closing in found.items()}

    @router.get(
        "/v1/closings",
        responses=several(_CLOSINGS),
        dependencies=[Depends(any_key), Depends(only())],
    )
    def closings() -> Response:
        """已锁定的期间。The periods that were closed."""
        return listed(views().values())

    @router.post("/v1/closings", status_code=201, responses=one(_CLOSINGS, 201))
    def close(caller: _Office, body: ClosingRequest) -> Response:
        """锁定一期及其所含各期的数据，此后更正不改变已报数。Close a period."""
        clean(body)
        try:
            period = parse(body.period)
        except ValueError:
            fault = error_detail("bad-period", pointer="/period", value=body.period)
            raise Problem("invalid", [fault]) from None
        with _problems(f"/v1/closings/{period.code}", "period", "closed"):
            log.take(caller.actor, lambda make: make.close(period, body.comment or ""))
        return json_of(views()[period.code], 201)

    @router.post("/v1/closings/{period}/reopen", responses=one(_CLOSINGS))
    def reopen(period: str, caller: _Office, body: Reopening) -> Response:
        """临时开放，期满自动锁定。Let the reported figures move until the end of a day."""
        clean(body)
        with _problems(f"/v1/closings/{period}", "period", "reopened"):
            log.take(caller.actor, lambda make: make.reopen(period, body.until, body.reason))
        return json_of(views()[period])


def _reporters(register: Register, target: str) -> Sequence[str]:
    return register.indicators[register.target(target).indicator].reported_by


def _closing(closing: Closing, place: tuple[int, str] | None) -> dict[str, object]:
    state = "reopened" if closing.open else "closed"
    sequence, digest = place or (None, None)  # of a closing that came back from the log
    shown = row(closing, _CLOSING)
    return {**shown, "state": state, "audit_sequence": sequence, "audit_hash": digest}


def _asked(register: Register, caller: Caller, body: WaiverRequest) -> JsonObject:
    """Return what is asked for; Problem 422 for unknown codes, 403 for another unit."""
    org, faults = body.org or caller.org, []
    if caller.org not in (None, org):
        raise Problem("forbidden", [error_detail("not-visible", pointer="/org")])
    known = body.target in {target.id for target in register.targets}
    if not known:
        faults.append(error_detail("unknown-target", pointer="/target", value=body.target))
    if org is not None and org not in register.orgs:
        faults.append(error_detail("unknown-org", pointer="/org", value=org))
    elif known and org is not None and org not in _reporters(register, body.target):
        reason = (f"it reports nothing for {body.target}", f"该单位不报送目标“{body.target}”的数据")
        faults.append(error_detail("invalid-value", pointer="/org", field="org", reason=reason))
    if faults:
        raise Problem("invalid", faults)
    return {**body.model_dump(mode="json"), "org": org}


def _not_found(path: str) -> Problem:
    return Problem("not-found", [error_detail("not-found", value=path)])


@contextmanager
def _problems(path: str, what: Literal["waiver", "period"], step: str) -> Iterator[None]:
    """Turn the errors of the use cases into problems."""
    subject = (what, "豁免" if what == "waiver" else "期间")
    try:
        yield
    except NoSuchDecision:
        raise _not_found(path) from None
    except WrongState as error:
        state, step_zh = (error.state, _STATES[error.state]), _STEPS[step]
        detail = error_detail("wrong-decision", subject=subject, state=state, step=(step, step_zh))
        raise Problem("conflict", [detail]) from None
    except NotEnded as error:
        reason = (f"it lasts until {error.last}", f"该期间{error.last}才结束")
        raise _invalid("period", reason) from None
    except TooEarly as error:
        reason = (f"not before {error.earliest}", f"不得早于{error.earliest}")
        raise _invalid("until", reason) from None
    except TooLate as error:
        reason = (f"not after {error.latest}", f"不得晚于{error.latest}")
        raise _invalid("until", reason) from None
    except TooManyRequests:
        limit = UNDECIDED_AT_MOST
        detail = error_detail("too-many", field=("undecided waivers", "待批准的豁免"), limit=limit)
        raise Problem("conflict", [detail]) from None


def _invalid(field: str, reason: tuple[str, str]) -> Problem:
    detail = error_detail("invalid-value", pointer=f"/{field}", field=field, reason=reason)
    return Problem("invalid", [detail])
