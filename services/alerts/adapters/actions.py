"""The routes by which people act on an alert, and what becomes of the errors of the use cases."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Response
from sqlalchemy import Connection

from duibiao.audit import Act, AuditLog
from duibiao.register import Register
from duibiao.store import Store
from duibiao.web.access import Caller, need
from duibiao.web.bodies import Strict, clean, said
from duibiao.web.problems import Problem, error_detail
from services.alerts.adapters import bodies
from services.alerts.adapters.documents import TAGS, AlertDetail, shows
from services.alerts.adapters.queries import alert_answer, not_found
from services.alerts.adapters.reply_files import ReplyFiles
from services.alerts.domain.alert import Alert
from services.alerts.domain.life import NeedsReason, WrongStep
from services.alerts.domain.wording import STATES, STEPS
from services.alerts.ports import AlertRepository
from services.alerts.usecases.answer_alert import (
    AlertActions,
    Answer,
    Changed,
    NoSuchAlert,
    NotALead,
    NotTheirs,
    Person,
    TooEarly,
)
from services.alerts.usecases.context import AlertContext

OpenRepository = Callable[[Connection], AlertRepository]


@dataclass(frozen=True, slots=True)
class OnAlert:
    """Which alert a lead unit or the office acts on."""

    alert_id: str
    caller: Annotated[Caller, Depends(need("org", "office", but=["reporter"]))]
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="所见预警的ETag The ETag of the alert as seen; 412 once it has changed.",
            examples=['"3"'],
        ),
    ] = None

    @property
    def seen(self) -> frozenset[int] | None:
        """The versions named; None: any. What compresses answers on the way makes ETags weak."""
        if self.if_match is None or self.if_match.strip() == "*":
            return None
        return frozenset(map(int, _ETAG.findall(self.if_match)))


@dataclass(frozen=True, slots=True)
class OfficeOnAlert(OnAlert):
    """Which alert the office acts on."""

    caller: Annotated[Caller, Depends(need("office"))]


@dataclass(frozen=True, slots=True)
class OfficeHeadOnAlert(OnAlert):
    """Which alert the office acts on by an act that is not for the officer on duty."""

    caller: Annotated[Caller, Depends(need("office", but=["duty-officer"]))]


ByLead = Annotated[OnAlert, Depends()]
ByOffice = Annotated[OfficeOnAlert, Depends()]
ByOfficeHead = Annotated[OfficeHeadOnAlert, Depends()]
Action = Callable[[AlertActions], Alert]
Take = Callable[[OnAlert, Strict, str, Action], Response]

_ETAG: Final = re.compile(r'"([0-9]{1,9})"')


def build(
    store: Store,
    context: AlertContext,
    open_repository: OpenRepository,
    audit: AuditLog,
    files: ReplyFiles,
) -> APIRouter:
    """Return the routes; each answers with the alert as it then stands."""
    router = APIRouter(prefix="/v1/alerts/{alert_id}", tags=TAGS)

    def act(on: OnAlert, body: Strict, did: str, action: Action) -> Response:
        clean(body)
        # The step and its audit record in one transaction, then the answer.
        with as_problems(context.register, on.alert_id), store.begin() as tx:
            named = on.caller.person
            person = Person(on.caller.org, named.name if named else None)
            acting = AlertActions(open_repository(tx), context, on.alert_id, person, on.seen)
            alert = action(acting)
            audit.append(tx, [_audited(on.caller, did, body, alert)])
        return alert_answer(store, on.alert_id, on.caller)

    _add_lead_actions(router, act, files)
    _add_office_actions(router, act, context.register)
    return router


def _add_lead_actions(router: APIRouter, act: Take, files: ReplyFiles) -> None:
    post = partial(router.post, responses=shows(AlertDetail))

    @post("/acknowledge")
    def acknowledge(on: ByLead, body: bodies.AlertAcknowledgement | None = None) -> Response:
        """签收预警。Sign for an alert."""
        given = body or bodies.AlertAcknowledgement(comment=None)
        return act(on, given, "alert.acknowledged", lambda a: a.acknowledge(given.comment))

    @post("/reply")
    def reply(on: ByLead, body: bodies.AlertReplyBody) -> Response:
        """回复整改情况，同时签收；牵头单位各自回复。Reply for one lead unit; this signs too."""
        named = files.named(on.caller, on.alert_id, body.files)
        answer = Answer(**body.model_dump() | {"files": named})
        return act(on, body, "alert.replied", lambda a: a.reply(answer))

    @post("/appeal")
    def appeal(on: ByLead, body: bodies.AlertReason) -> Response:
        """申诉；成立的由办公室撤销预警。Appeal; an appeal that is upheld ends in a revocation."""
        return act(on, body, "alert.appealed", lambda a: a.appeal(body.reason))


def _add_office_actions(router: APIRouter, act: Take, register: Register) -> None:
    post = partial(router.post, responses=shows(AlertDetail))

    @post("/close")
    def close(on: ByOffice, body: bodies.AlertClosing) -> Response:
        """核实销号；数据未恢复或缺回复的须说明理由。Close an alert that has been checked."""
        return act(on, body, "alert.closed", lambda a: a.close(body.comment, body.reason))

    @post("/reopen")
    def reopen(on: ByOfficeHead, body: bodies.AlertReason) -> Response:
        """重新打开。Open a closed alert again."""
        return act(on, body, "alert.reopened", lambda a: a.reopen(body.reason))

    @post("/revoke")
    def revoke(on: ByOfficeHead, body: bodies.AlertReason) -> Response:
        """撤销预警：误填、补报或申诉成立。Take an alert back: a keying error, an appeal upheld."""
        return act(on, body, "alert.revoked", lambda a: a.revoke(body.reason))

    @post("/reject-appeal", name="reject-appeal")
    def reject_appeal(on: ByOfficeHead, body: bodies.AlertReason) -> Response:
        """驳回申诉，重新计算回复期限。Reject an appeal; the reply date is counted anew."""
        return act(on, body, "alert.appeal-rejected", lambda a: a.reject_appeal(body.reason))

    @post("/return", name="return")
    def return_reply(on: ByOffice, body: bodies.AlertReturn) -> Response:
        """退回修改。Return a reply, with a new reply date."""
        given = body.reason, body.lead, body.reply_due
        return act(on, body, "alert.returned", lambda a: a.return_reply(*given))

    @post("/extend")
    def extend(on: ByOffice, body: bodies.AlertExtension) -> Response:
        """延长回复期限。Put the reply date off."""
        return act(on, body, "alert.extended", lambda a: a.extend(body.reason, body.reply_due))

    @post("/assign")
    def assign(on: ByOffice, body: bodies.AlertAssignment) -> Response:
        """转办其他单位，重新计算回复期限。Hand an alert over; the reply date is counted anew."""
        _check_unit(register, clean(body).org)
        given = body.reason, body.org, body.from_
        return act(on, body, "alert.assigned", lambda a: a.assign(*given))


def _check_unit(register: Register, org: str) -> None:
    known = register.orgs.get(org)
    if known is None:
        raise Problem("invalid", [error_detail("unknown-org", pointer="/org", value=org)])
    if known.kind == "group":
        raise _invalid("org", "a collective name leads nothing", "统称不能作为牵头单位")


def _invalid(field: str, *reason: str) -> Problem:
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
def as_problems(register: Register, alert_id: str) -> Iterator[None]:
    """Turn the errors of the use cases into problems."""
    try:
        yield
    except NoSuchAlert as error:
        raise not_found(alert_id) from error
    except NotTheirs as error:
        raise Problem("forbidden", [error_detail("not-visible")]) from error
    except Changed as error:
        at = "/header/If-Match"
        changed = error_detail("alert-changed", pointer=at, version=error.version)
        raise Problem("precondition-failed", [changed]) from error
    except WrongStep as error:
        wrong = error_detail(
            "wrong-state",
            state=(error.state.value, STATES[error.state]),
            step=(error.step.value, STEPS[error.step]),
        )
        raise Problem("conflict", [wrong]) from error
    except NeedsReason as error:
        raise Problem("invalid", [error_detail("reason-needed", pointer="/reason")]) from error
    except NotALead as error:
        names = "、".join(f"“{register.orgs[lead].name_zh}”" for lead in error.leads)
        leads = f"the alert goes to {', '.join(error.leads)}"
        raise _invalid(error.field, leads, f"预警的牵头单位为{names}") from error
    except TooEarly as error:
        day = error.earliest.isoformat()
        raise _invalid("reply_due", f"{day} is the earliest date", f"不得早于{day}") from error
