"""The routes by which people act on an alert, and what becomes of the errors of the use cases.

Who may take a step is the use cases' to say.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response
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
from services.alerts.usecases import answer_alert
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
ByReason = Callable[[AlertRepository, AlertContext, str, Person, str], Alert]
Answerer = Annotated[Caller, Depends(need("org", "office"))]
Office = Annotated[Caller, Depends(need("office"))]

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
_BY_REASON: Final = (
    ("reopen", "alert.reopened", answer_alert.reopen, "重新打开。Open a closed alert again."),
    (
        "revoke",
        "alert.revoked",
        answer_alert.revoke,
        "撤销预警：误填、补报或申诉成立。Take an alert back: a keying error, an appeal upheld.",
    ),
    (
        "reject-appeal",
        "alert.appeal-rejected",
        answer_alert.reject_appeal,
        "驳回申诉，重新计算回复期限。Reject an appeal; the reply date is counted anew.",
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
    act = _Acting(store, register, open_repository, audit, shown)
    _answering(router, context, act)
    _deciding(router, context, act)
    _directing(router, register, context, act)
    return router


def not_found(alert_id: str) -> Problem:
    """Return the problem of an alert that is not there."""
    return Problem("not-found", [fault("not-found", value=f"/v1/alerts/{alert_id}")])


class _Acting:
    """Lets a person act on an alert: step and audit record in one transaction, then the answer."""

    def __init__(
        self,
        store: Store,
        register: Register,
        open_repository: OpenRepository,
        audit: AuditLog,
        shown: Shown,
    ) -> None:
        self._store = store
        self._register = register
        self._open_book = open_repository
        self._audit = audit
        self._shown = shown

    def __call__(
        self,
        alert_id: str,
        caller: Caller,
        did: str,
        body: Strict,
        step: Callable[[AlertRepository, Person], Alert],
    ) -> Response:
        with _told(self._register, alert_id), self._store.begin() as tx:
            alert = step(self._open_book(tx), Person(caller.org))
            self._audit.append(tx, [_audited(caller, did, body, alert)])
        return self._shown(alert_id, caller)


def _answering(router: APIRouter, context: AlertContext, act: _Acting) -> None:
    @router.post("/acknowledge", responses=ALERT_DETAIL)
    def acknowledge(
        alert_id: str, caller: Answerer, body: bodies.AlertAcknowledgement | None = None
    ) -> Response:
        """签收预警。Sign for an alert."""
        body = clean(body or bodies.AlertAcknowledgement())
        return act(
            alert_id,
            caller,
            "alert.acknowledged",
            body,
            lambda repository, who: answer_alert.acknowledge(
                repository, context, alert_id, who, body.comment
            ),
        )

    @router.post("/reply", responses=ALERT_DETAIL)
    def reply(alert_id: str, caller: Answerer, body: bodies.AlertReplyBody) -> Response:
        """回复整改情况，同时签收；牵头单位各自回复。Reply for one lead unit; this signs too."""
        clean(body)
        answer = Answer(body.comment, body.cause, body.measures, body.finish_by, tuple(body.files))
        return act(
            alert_id,
            caller,
            "alert.replied",
            body,
            lambda repository, who: answer_alert.reply(repository, context, alert_id, who, answer),
        )

    @router.post("/appeal", responses=ALERT_DETAIL)
    def appeal(alert_id: str, caller: Answerer, body: bodies.AlertReason) -> Response:
        """申诉；成立的由办公室撤销预警。Appeal; an appeal that is upheld ends in a revocation."""
        clean(body)
        return act(
            alert_id,
            caller,
            "alert.appealed",
            body,
            lambda repository, who: answer_alert.appeal(
                repository, context, alert_id, who, body.reason
            ),
        )


def _deciding(router: APIRouter, context: AlertContext, act: _Acting) -> None:
    @router.post("/close", responses=ALERT_DETAIL)
    def close(alert_id: str, caller: Office, body: bodies.AlertClosing) -> Response:
        """核实销号；数据未恢复或缺回复的须说明理由。Close an alert that has been checked."""
        clean(body)
        return act(
            alert_id,
            caller,
            "alert.closed",
            body,
            lambda repository, who: answer_alert.close(
                repository, context, alert_id, who, body.comment, body.reason
            ),
        )

    for verb, did, step, about in _BY_REASON:
        router.add_api_route(
            f"/{verb}",
            _by_reason(context, act, did, step),
            methods=["POST"],
            responses=ALERT_DETAIL,
            name=verb,
            description=about,
        )


def _by_reason(
    context: AlertContext, act: _Acting, did: str, step: ByReason
) -> Callable[..., Response]:
    def decide(alert_id: str, caller: Office, body: bodies.AlertReason) -> Response:
        clean(body)
        return act(
            alert_id,
            caller,
            did,
            body,
            lambda repository, who: step(repository, context, alert_id, who, body.reason),
        )

    return decide


def _directing(router: APIRouter, register: Register, context: AlertContext, act: _Acting) -> None:
    @router.post("/return", responses=ALERT_DETAIL)
    def give_back(alert_id: str, caller: Office, body: bodies.AlertReturn) -> Response:
        """退回修改。Give a reply back, with a new reply date."""
        clean(body)
        return act(
            alert_id,
            caller,
            "alert.returned",
            body,
            lambda repository, who: answer_alert.give_back(
                repository, context, alert_id, who, body.reason, body.lead, body.reply_due
            ),
        )

    @router.post("/extend", responses=ALERT_DETAIL)
    def extend(alert_id: str, caller: Office, body: bodies.AlertExtension) -> Response:
        """延长回复期限。Put the reply date off."""
        clean(body)
        return act(
            alert_id,
            caller,
            "alert.extended",
            body,
            lambda repository, who: answer_alert.extend(
                repository, context, alert_id, who, body.reason, body.reply_due
            ),
        )

    @router.post("/assign", responses=ALERT_DETAIL)
    def assign(alert_id: str, caller: Office, body: bodies.AlertAssignment) -> Response:
        """转办其他单位，重新计算回复期限。Hand an alert over; the reply date is counted anew."""
        clean(body)
        _check_unit(register, body.org)
        return act(
            alert_id,
            caller,
            "alert.assigned",
            body,
            lambda repository, who: answer_alert.assign(
                repository, context, alert_id, who, body.reason, body.org, body.from_
            ),
        )


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
