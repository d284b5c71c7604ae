"""The routes by which people act on an alert, and what becomes of the errors of the use cases.

`ACTIONS` declares them: path, body, who may call it, what the audit chain notes, the use case.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Depends, Response
from sqlalchemy import Connection

from duibiao.audit import Act, AuditLog
from duibiao.register import Register
from duibiao.store import Store
from duibiao.web.access import Caller, need
from duibiao.web.problems import Problem, fault
from services.alerts.adapters import bodies
from services.alerts.adapters.bodies import Strict, clean
from services.alerts.adapters.response_schemas import ALERT_DETAIL
from services.alerts.domain.alert import Alert, State, Step
from services.alerts.domain.life import NeedsReason, WrongStep
from services.alerts.ports import AlertRepository
from services.alerts.usecases import answer_alert as act
from services.alerts.usecases.answer_alert import (
    Answer,
    NoSuchAlert,
    NotALead,
    NotTheirs,
    Person,
    TooEarly,
)
from services.alerts.usecases.context import AlertContext

OpenRepository = Callable[[Connection], AlertRepository]
Shown = Callable[[str, Caller], Response]
Call = tuple[AlertRepository, AlertContext, str, Person]
"""What every use case is called with, before what the body says."""

_STATES: Final = {
    State.PENDING: "待发送",
    State.FIRING: "已发出",
    State.ACKNOWLEDGED: "已签收",
    State.REPLIED: "已回复",
    State.CLOSED: "已销号",
    State.RESOLVED: "已自行解除",
    State.REVOKED: "已撤销",
}
_STEPS: Final = {
    Step.ACKNOWLEDGED: "签收",
    Step.REPLIED: "回复",
    Step.RETURNED: "退回",
    Step.EXTENDED: "延期",
    Step.ASSIGNED: "转办",
    Step.APPEALED: "申诉",
    Step.APPEAL_REJECTED: "驳回申诉",
    Step.CLOSED: "销号",
    Step.REOPENED: "重新打开",
    Step.REVOKED: "撤销",
}


@dataclass(frozen=True, slots=True)
class Action:
    """One way to act on an alert: `POST /v1/alerts/{id}/{verb}`.

    Attributes:
        verb: the last part of the path.
        did: what the audit chain notes.
        about: the description in OpenAPI.
        body: the model of the body.
        step: the use case.
        units: whether lead units may take it too; else the office alone.
        bodiless: whether the body may be left out.

    """

    verb: str
    did: str
    about: str
    body: type[Strict]
    step: Callable[[Call, Any], Alert]
    units: bool = False
    bodiless: bool = False


ACTIONS: Final = (
    Action(
        "acknowledge",
        "alert.acknowledged",
        "签收预警。Sign for an alert.",
        bodies.AlertAcknowledgement,
        lambda call, body: act.acknowledge(*call, body.comment),
        units=True,
        bodiless=True,
    ),
    Action(
        "reply",
        "alert.replied",
        "回复整改情况，同时签收；牵头单位各自回复。Reply for one lead unit; this signs too.",
        bodies.AlertReplyBody,
        lambda call, body: act.reply(
            *call,
            Answer(body.comment, body.cause, body.measures, body.finish_by, tuple(body.files)),
        ),
        units=True,
    ),
    Action(
        "appeal",
        "alert.appealed",
        "申诉；成立的由办公室撤销预警。Appeal; an appeal that is upheld ends in a revocation.",
        bodies.AlertReason,
        lambda call, body: act.appeal(*call, body.reason),
        units=True,
    ),
    Action(
        "close",
        "alert.closed",
        "核实销号；数据未恢复或缺回复的须说明理由。Close an alert that has been checked.",
        bodies.AlertClosing,
        lambda call, body: act.close(*call, body.comment, body.reason),
    ),
    Action(
        "reopen",
        "alert.reopened",
        "重新打开。Open a closed alert again.",
        bodies.AlertReason,
        lambda call, body: act.reopen(*call, body.reason),
    ),
    Action(
        "revoke",
        "alert.revoked",
        "撤销预警：误填、补报或申诉成立。Take an alert back: a keying error, an appeal upheld.",
        bodies.AlertReason,
        lambda call, body: act.revoke(*call, body.reason),
    ),
    Action(
        "reject-appeal",
        "alert.appeal-rejected",
        "驳回申诉，重新计算回复期限。Reject an appeal; the reply date is counted anew.",
        bodies.AlertReason,
        lambda call, body: act.reject_appeal(*call, body.reason),
    ),
    Action(
        "return",
        "alert.returned",
        "退回修改。Give a reply back, with a new reply date.",
        bodies.AlertReturn,
        lambda call, body: act.give_back(*call, body.reason, body.lead, body.reply_due),
    ),
    Action(
        "extend",
        "alert.extended",
        "延长回复期限。Put the reply date off.",
        bodies.AlertExtension,
        lambda call, body: act.extend(*call, body.reason, body.reply_due),
    ),
    Action(
        "assign",
        "alert.assigned",
        "转办其他单位，重新计算回复期限。Hand an alert over; the reply date is counted anew.",
        bodies.AlertAssignment,
        lambda call, body: act.assign(*call, body.reason, body.org, body.from_),
    ),
)


def build(
    store: Store,
    register: Register,
    context: AlertContext,
    open_repository: OpenRepository,
    audit: AuditLog,
    shown: Shown,
) -> APIRouter:
    """Return the routes; `shown` answers with the alert as it then stands."""
    router = APIRouter(prefix="/v1/alerts/{alert_id}")

    def take(action: Action, alert_id: str, caller: Caller, body: Strict) -> Response:
        clean(body)
        if isinstance(body, bodies.AlertAssignment):
            _check_unit(register, body.org)
        # Step and audit record in one transaction, then the answer.
        with _told(register, alert_id), store.begin() as tx:
            call = open_repository(tx), context, alert_id, Person(caller.org)
            alert = action.step(call, body)
            audit.append(tx, [_audited(caller, action.did, body, alert)])
        return shown(alert_id, caller)

    for action in ACTIONS:
        router.add_api_route(
            f"/{action.verb}",
            _endpoint(action, take),
            methods=["POST"],
            responses=ALERT_DETAIL,
            name=action.verb,
            description=action.about,
        )
    return router


def _endpoint(
    action: Action, take: Callable[[Action, str, Caller, Strict], Response]
) -> Callable[..., Response]:
    model = action.body
    who = Depends(need("org", "office") if action.units else need("office"))
    if action.bodiless:

        def without(
            alert_id: str,
            caller: Annotated[Caller, who],
            body: model | None = None,  # type: ignore[valid-type]
        ) -> Response:
            return take(action, alert_id, caller, body or model())

        return without

    def endpoint(
        alert_id: str,
        caller: Annotated[Caller, who],
        body: Annotated[model, Body()],  # type: ignore[valid-type]
    ) -> Response:
        return take(action, alert_id, caller, body)

    return endpoint


def not_found(alert_id: str) -> Problem:
    """Return the problem of an alert that is not there."""
    return Problem("not-found", [fault("not-found", value=f"/v1/alerts/{alert_id}")])


def _check_unit(register: Register, org: str) -> None:
    known = register.orgs.get(org)
    if known is None:
        raise Problem("invalid", [fault("unknown-org", pointer="/org", value=org)])
    if known.kind == "group":
        reason = ("a collective name leads nothing", "统称不能作为牵头单位")
        raise _invalid("org", reason)


def _invalid(field: str, reason: tuple[str, str]) -> Problem:
    found = fault("invalid-value", pointer=f"/{field}", field=field, reason=reason)
    return Problem("invalid", [found])


def _audited(caller: Caller, did: str, body: Strict, alert: Alert) -> Act:
    details = {
        "number": alert.number,
        "state": alert.state.value,
        "comment": None,
        "reason": None,
        **bodies.said(body),
    }
    return Act(caller.actor, did, alert.id, details)


@contextmanager
def _told(register: Register, alert_id: str) -> Iterator[None]:
    """Tell the errors of the use cases as problems."""
    try:
        yield
    except NoSuchAlert as error:
        raise not_found(alert_id) from error
    except NotTheirs as error:
        raise Problem("forbidden", [fault("not-visible")]) from error
    except WrongStep as error:
        told = fault(
            "wrong-state",
            state=(error.state.value, _STATES[error.state]),
            step=(error.step.value, _STEPS[error.step]),
        )
        raise Problem("conflict", [told]) from error
    except NeedsReason as error:
        raise Problem("invalid", [fault("reason-needed", pointer="/reason")]) from error
    except NotALead as error:
        names = "、".join(f"“{register.orgs[lead].name_zh}”" for lead in error.leads)
        reason = (f"the alert goes to {', '.join(error.leads)}", f"预警的牵头单位为{names}")
        raise _invalid(error.field, reason) from error
    except TooEarly as error:
        day = error.earliest.isoformat()
        reason = (f"{day} is the earliest date", f"不得早于{day}")
        raise _invalid("reply_due", reason) from error
