"""Waivers and closed periods over HTTP: units ask, the office decides (contract section 3)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from operator import attrgetter
from typing import Annotated, Any, Final, get_args, get_type_hints

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from duibiao.register import Period, Register, parse
from duibiao.web.access import Caller, any_key, need
from duibiao.web.bodies import Day, Name, Strict, Text, clean
from duibiao.web.lists import only
from duibiao.web.problems import Problem, error_detail
from services.indicators.adapters.decisions import DecisionLog
from services.indicators.adapters.http import answers
from services.indicators.adapters.http.query import PAGING, Query, codes_of, documented
from services.indicators.domain.decisions import Closing, DecisionKind, Waiver
from services.indicators.domain.rows import JsonObject
from services.indicators.usecases import decide

Asker = Annotated[Caller, Depends(need("org", "office"))]
Attester = Annotated[Caller, Depends(need("org", "office", but=["reporter"]))]
Office = Annotated[Caller, Depends(need("office"))]
OfficeHead = Annotated[Caller, Depends(need("office", but=["duty-officer"]))]
Find = Callable[[Iterable[Any]], tuple[Sequence[Any], str | None]]
_WORDS: Final[Mapping[str, Mapping[str, str]]] = msgspec.json.decode(
    files(__package__).joinpath("decisions.json").read_bytes()
)


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


_WAIVER: Final = answers.columns_of(Waiver)
_CLOSING: Final = answers.columns_of(Closing)
_WAIVERS: Final = answers.describe(Waiver, _WAIVER)
_CLOSINGS: Final = answers.describe(
    Closing,
    _CLOSING,
    state={"enum": ["closed", "reopened"]},
    audit_sequence={"type": ["integer", "null"]},
    audit_hash={"type": ["string", "null"]},
)


class Listing:
    """A list of what is decided on; finds what is asked for among what the caller may see.

    `kind`: of its rows, whose `state` may be asked for, and `about`. The last id comes first.
    """

    def __init__(self, register: Register, kind: type[Any], about: str) -> None:
        states = get_args(get_type_hints(kind)["state"])
        self._register = register
        self.documented = documented(about, "org.all", "state", *PAGING, state=states)

    def __call__(self, request: Request, caller: Annotated[Caller, Depends(any_key)]) -> Find:
        query = Query(request, self.documented, self._register)
        asked, page = query.filters(), query.page(str)
        query.done()
        if caller.org is not None and asked["org"] not in (None, "", caller.org):
            raise Problem("forbidden", [error_detail("not-visible", pointer="/query/org")])
        given = {name: value or None for name, value in asked.items() if value is not None}

        def find(found: Iterable[Any]) -> tuple[Sequence[Any], str | None]:
            rows = [
                one
                for one in sorted(found, key=attrgetter("id"), reverse=True)
                if (one.org is None or caller.role == "admin" or caller.sees(one.org))
                and all(getattr(one, name) == value for name, value in given.items())
                and (page.after is None or one.id < str(page.after[0]))
            ]
            return page.cut(rows[: page.limit + 1], lambda one: (one.id,))

        return find


def build(register: Register, log: DecisionLog) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["decisions 豁免与锁定"])
    _add_waivers(router, register, log)
    _add_closings(router, log)
    return router


def _add_waivers(router: APIRouter, register: Register, log: DecisionLog) -> None:
    wanted = Listing(register, Waiver, "target")

    @router.get("/v1/waivers", responses=answers.several(_WAIVERS), openapi_extra=wanted.documented)
    def waivers(find: Annotated[Find, Depends(wanted)]) -> Response:
        """豁免列表，最新的在前；单位见本单位及各单位共用的。Waivers, the newest first."""
        kept, cursor = find(log.waivers().values())
        return answers.listed([answers.row(one, _WAIVER) for one in kept], cursor)

    @router.post("/v1/waivers", status_code=201, responses=answers.one(_WAIVERS, 201))
    def request_waiver(caller: Asker, body: WaiverRequest) -> Response:
        """申请豁免，由牵头办公室批准。Ask for a waiver; the office approves or rejects it."""
        said = _asked(register, caller, body)
        with problems("/v1/waivers", "waiver.requested"):
            decision = log.take(caller.actor, lambda make: make.request_waiver(said))
        return answers.json_of(answers.row(log.waivers()[decision.id], _WAIVER), 201)

    def step(caller: Caller, ident: str, kind: DecisionKind, body: DecisionReason) -> Response:
        said = clean(body).model_dump(mode="json")
        with problems(f"/v1/waivers/{ident}", kind):
            log.take(caller.actor, lambda make: make.decide_waiver(ident, kind, said))
        return answers.json_of(answers.row(log.waivers()[ident], _WAIVER))

    @router.post("/v1/waivers/{waiver_id}/approve", responses=answers.one(_WAIVERS))
    def approve(waiver_id: str, caller: OfficeHead, body: DecisionReason) -> Response:
        """批准豁免。Approve a waiver."""
        return step(caller, waiver_id, "waiver.approved", body)

    @router.post("/v1/waivers/{waiver_id}/reject", responses=answers.one(_WAIVERS))
    def reject(waiver_id: str, caller: Office, body: DecisionReason) -> Response:
        """不予豁免。Reject a waiver."""
        return step(caller, waiver_id, "waiver.rejected", body)

    @router.post("/v1/waivers/{waiver_id}/end", responses=answers.one(_WAIVERS))
    def end(waiver_id: str, caller: Office, body: WaiverEnding) -> Response:
        """提前终止豁免。End a waiver early."""
        return step(caller, waiver_id, "waiver.ended", body)


def _add_closings(router: APIRouter, log: DecisionLog) -> None:
    def views() -> dict[str, dict[str, object]]:
        places, found = log.places(), log.closings()
        return {code: _closing(closing, places.get(closing.id)) for code, closing in found.items()}

    @router.get(
        "/v1/closings",
        responses=answers.several(_CLOSINGS),
        dependencies=[Depends(any_key), Depends(only())],
    )
    def closings() -> Response:
        """已锁定的期间。The periods that were closed."""
        return answers.listed(views().values())

    @router.post("/v1/closings", status_code=201, responses=answers.one(_CLOSINGS, 201))
    def close(caller: OfficeHead, body: ClosingRequest) -> Response:
        """锁定一期及其所含各期的数据，此后更正不改变已报数。Close a period."""
        period = period_of(clean(body).period)
        with problems(f"/v1/closings/{period.code}", "period.closed"):
            log.take(caller.actor, lambda make: make.close(period, body.comment or ""))
        return answers.json_of(views()[period.code], 201)

    @router.post("/v1/closings/{period}/reopen", responses=answers.one(_CLOSINGS))
    def reopen(period: str, caller: OfficeHead, body: Reopening) -> Response:
        """临时开放，期满自动锁定。Let the reported figures move until the end of a day."""
        clean(body)
        with problems(f"/v1/closings/{period}", "period.reopened"):
            log.take(caller.actor, lambda make: make.reopen(period, body.until, body.reason))
        return answers.json_of(views()[period])


def period_of(code: str, pointer: str = "/period") -> Period:
    """Return a period by its code, Problem 422 where that is none."""
    try:
        return parse(code)
    except ValueError:
        fault = error_detail("bad-period", pointer=pointer, value=code)
        raise Problem("invalid", [fault]) from None


def _reporters(register: Register, target: str) -> Sequence[str]:
    return register.indicators[register.target(target).indicator].reported_by


def _closing(closing: Closing, place: tuple[int, str] | None) -> dict[str, object]:
    state = "reopened" if closing.open else "closed"
    sequence, digest = place or (None, None)  # of a closing that came back from the log
    shown = answers.row(closing, _CLOSING)
    return {**shown, "state": state, "audit_sequence": sequence, "audit_hash": digest}


def said_of(register: Register, body: Strict) -> JsonObject:
    """Return what a body says; Problem 422 for each code that names nothing."""
    said = clean(body).model_dump(mode="json")
    faults = [
        error_detail(f"unknown-{name}", pointer=f"/{name}", value=said[name])
        for name, codes in codes_of(register).items()
        if said.get(name) is not None and said[name] not in codes
    ]
    if faults:
        raise Problem("invalid", faults)
    return said


def _asked(register: Register, caller: Caller, body: WaiverRequest) -> JsonObject:
    """Return what is asked for; Problem 422 for unknown codes, 403 for another unit."""
    org = body.org or caller.org
    if caller.org not in (None, org):
        raise Problem("forbidden", [error_detail("not-visible", pointer="/org")])
    said = said_of(register, body)
    if org is not None and org not in _reporters(register, body.target):
        reason = (f"it reports nothing for {body.target}", f"该单位不报送目标“{body.target}”的数据")
        raise _invalid("org", reason)
    return {**said, "org": org}


@contextmanager
def problems(path: str, kind: DecisionKind) -> Iterator[None]:
    """Turn the errors of the use cases into problems."""
    what, _, step = kind.partition(".")
    subject = (what, _WORDS["subjects"][what])
    try:
        yield
    except decide.NoSuchDecision:
        raise Problem("not-found", [error_detail("not-found", value=path)]) from None
    except decide.WrongState as error:
        state, step_zh = (error.state, _WORDS["states"][error.state]), _WORDS["steps"][step]
        detail = error_detail("wrong-decision", subject=subject, state=state, step=(step, step_zh))
        raise Problem("conflict", [detail]) from None
    except decide.NotEnded as error:
        reason = (f"it lasts until {error.last}", f"该期间{error.last}才结束")
        raise _invalid("period", reason) from None
    except decide.TooEarly as error:
        reason = (f"not before {error.earliest}", f"不得早于{error.earliest}")
        raise _invalid("until", reason) from None
    except decide.TooLate as error:
        reason = (f"not after {error.latest}", f"不得晚于{error.latest}")
        raise _invalid("until", reason) from None
    except decide.TooManyRequests:
        limit = decide.UNDECIDED_AT_MOST
        detail = error_detail("too-many", field=("undecided waivers", "待批准的豁免"), limit=limit)
        raise Problem("conflict", [detail]) from None


def _invalid(field: str, reason: tuple[str, str]) -> Problem:
    detail = error_detail("invalid-value", pointer=f"/{field}", field=field, reason=reason)
    return Problem("invalid", [detail])
