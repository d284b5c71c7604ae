"""The routes by which people act on an alert, and what becomes of the errors of the use cases."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response
from sqlalchemy import Connection

from duibiao.audit import Act, AuditLog
from duibiao.register import Register
from duibiao.store import Store
from duibiao.web.access import Caller, need
from duibiao.web.bodies import Strict, clean, said
from duibiao.web.problems import Problem, error_detail
from services.alerts.adapters import bodies
from services.alerts.adapters.documents import AlertDetail, shows
from services.alerts.domain.alert import Alert, State, Step
from services.alerts.domain.life import NeedsReason, WrongStep
from services.alerts.ports import AlertRepository
from services.alerts.usecases.answer_alert import (
    AlertActions,
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
Action = Callable[[AlertActions], Alert]
Take = Callable[[str, Caller, Strict, str, Action], Response]
Post = Callable[..., Callable[[Callable[..., Response]], object]]
Lead = Annotated[Caller, Depends(need("org", "office"))]
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
    post = partial(router.post, responses=shows(AlertDetail))

    def act(alert_id: str, caller: Caller, body: Strict, audited: str, action: Action) -> Response:
        clean(body)
        if isinstance(body, bodies.AlertAssignment):
            _check_unit(register, body.org)
        # The step and its audit record in one transaction, then the answer.
        with _as_problems(register, alert_id), store.begin() as tx:
            person = Person(caller.org)
            alert = action(AlertActions(open_repository(tx), context, alert_id, person))
            audit.append(tx, [_audited(caller, audited, body, alert)])
        return shown(alert_id, caller)

    for add in (_add_lead_actions, _add_office_endings, _add_office_replies):
        add(post, act)
    return router


def _add_lead_actions(post: Post, act: Take) -> None:
    @post("/acknowledge")
    def acknowledge(
        alert_id: str, caller: Lead, body: bodies.AlertAcknowledgement | None = None
    ) -> Response:
        """签收预警。Sign for an alert."""
        answer = body or bodies.AlertAcknowledgement(comment=None)
        return act(
            alert_id, caller, answer, "alert.acknowledged", lambda a: a.acknowledge(answer.comment)
        )

    @post("/reply")
    def reply(alert_id: str, caller: Lead, body: bodies.AlertReplyBody) -> Response:
        """回复整改情况，同时签收；牵头单位各自回复。Reply for one lead unit; this signs too."""
        files = tuple(body.files)
        answer = Answer(body.comment, body.cause, body.measures, body.finish_by, files)
        return act(alert_id, caller, body, "alert.replied", lambda a: a.reply(answer))

    @post("/appeal")
    def appeal(alert_id: str, caller: Lead, body: bodies.AlertReason) -> Response:
        """申诉；成立的由办公室撤销预警。Appeal; an appeal that is upheld ends in a revocation."""
        return act(alert_id, caller, body, "alert.appealed", lambda a: a.appeal(body.reason))


def _add_office_endings(post: Post, act: Take) -> None:
    @post("/close")
    def close(alert_id: str, caller: Office, body: bodies.AlertClosing) -> Response:
        """核实销号；数据未恢复或缺回复的须说明理由。Close an alert that has been checked."""
        return act(
            alert_id, caller, body, "alert.closed", lambda a: a.close(body.comment, body.reason)
        )

    @post("/reopen")
    def reopen(alert_id: str, caller: Office, body: bodies.AlertReason) -> Response:
        """重新打开。Open a closed alert again."""
        return act(alert_id, caller, body, "alert.reopened", lambda a: a.reopen(body.reason))

    @post("/revoke")
    def revoke(alert_id: str, caller: Office, body: bodies.AlertReason) -> Response:
        """撤销预警：误填、补报或申诉成立。Take an alert back: a keying error, an appeal upheld."""
        return act(alert_id, caller, body, "alert.revoked", lambda a: a.revoke(body.reason))


def _add_office_replies(post: Post, act: Take) -> None:
    @post("/reject-appeal", name="reject-appeal")
    def reject_appeal(alert_id: str, caller: Office, body: bodies.AlertReason) -> Response:
        """驳回申诉，重新计算回复期限。Reject an appeal; the reply date is counted anew."""
        return act(
            alert_id, caller, body, "alert.appeal-rejected", lambda a: a.reject_appeal(body.reason)
        )

    @post("/return", name="return")
    def return_reply(alert_id: str, caller: Office, body: bodies.AlertReturn) -> Response:
        """退回修改。Return a reply, with a new reply date."""
        return act(
            alert_id,
            caller,
            body,
            "alert.returned",
            lambda a: a.return_reply(body.reason, body.lead, body.reply_due),
        )

    @post("/extend")
    def extend(alert_id: str, caller: Office, body: bodies.AlertExtension) -> Response:
        """延长回复期限。Put the reply date off."""
        return act(
            alert_id,
            caller,
            body,
            "alert.extended",
            lambda a: a.extend(body.reason, body.reply_due),
        )

    @post("/assign")
    def assign(alert_id: str, caller: Office, body: bodies.AlertAssignment) -> Response:
        """转办其他单位，重新计算回复期限。Hand an alert over; the reply date is counted anew."""
        return act(
            alert_id,
            caller,
            body,
            "alert.assigned",
            lambda a: a.assign(body.reason, body.org, body.from_),
        )


def not_found(alert_id: str) -> Problem:
    """Return the problem of an alert that is not there."""
    return Problem("not-found", [error_detail("not-found", value=f"/v1/alerts/{alert_id}")])


def _check_unit(register: Register, org: str) -> None:
    known = register.orgs.get(org)
    if known is None:
        raise Problem("invalid", [error_detail("unknown-org", pointer="/org", value=org)])
    if known.kind == "group":
        reason = ("a collective name leads nothing", "统称不能作为牵头单位")
        raise _invalid("org", reason)


def _invalid(field: str, reason: tuple[str, str]) -> Problem:
    found = error_detail("invalid-value", pointer=f"/{field}", field=field, reason=reason)
    return Problem("invalid", [found])


def _audited(caller: Caller, did: str, body: Strict, alert: Alert) -> Act:
    details = {
        "number": alert.number,
        "state": alert.state.value,
        "comment": None,
        "reason": None,
        **said(body),
    }
    return Act(caller.actor, did, alert.id, details)


@contextmanager
def _as_problems(register: Register, alert_id: str) -> Iterator[None]:
    """Turn the errors of the use cases into problems."""
    try:
        yield
    except NoSuchAlert as error:
        raise not_found(alert_id) from error
    except NotTheirs as error:
        raise Problem("forbidden", [error_detail("not-visible")]) from error
    except WrongStep as error:
        wrong = error_detail(
            "wrong-state",
            state=(error.state.value, _STATES[error.state]),
            step=(error.step.value, _STEPS[error.step]),
        )
        raise Problem("conflict", [wrong]) from error
    except NeedsReason as error:
        raise Problem("invalid", [error_detail("reason-needed", pointer="/reason")]) from error
    except NotALead as error:
        names = "、".join(f"“{register.orgs[lead].name_zh}”" for lead in error.leads)
        reason = (f"the alert goes to {', '.join(error.leads)}", f"预警的牵头单位为{names}")
        raise _invalid(error.field, reason) from error
    except TooEarly as error:
        day = error.earliest.isoformat()
        reason = (f"{day} is the earliest date", f"不得早于{day}")
        raise _invalid("reply_due", reason) from error
