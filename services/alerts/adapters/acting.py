"""What people do with alerts, for the API and the pages alike: who may, what is said, the step."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from typing import Final, cast

from sqlalchemy import Connection

from duibiao.audit import Act, AuditLog
from duibiao.register import Register
from duibiao.store import Store
from duibiao.web.access import Caller, Position, Role, need
from duibiao.web.board.words import ALERT_STATE, ALERT_STEP, say
from duibiao.web.bodies import Strict, clean, said
from duibiao.web.problems import Problem, error_detail
from services.alerts.adapters import bodies, queries
from services.alerts.adapters.quiet import read_quiet
from services.alerts.adapters.reply_files import ReplyFiles
from services.alerts.domain.alert import Alert, State, Step
from services.alerts.domain.life import NeedsReason, WrongStep
from services.alerts.domain.quiet import Quiet
from services.alerts.ports import AlertRepository
from services.alerts.usecases import answer_alert
from services.alerts.usecases.context import AlertContext

OpenRepository = Callable[[Connection], AlertRepository]


@dataclass(frozen=True, slots=True)
class Access:
    """Who may do something: these roles, save people in some positions."""

    roles: tuple[Role, ...]
    but: frozenset[Position] = frozenset()

    def needed(self) -> Callable[..., Awaitable[Caller]]:
        """Return the dependency of a route that lets only these through."""
        return need(*self.roles, but=self.but)

    def allows(self, caller: Caller) -> bool:
        """Whether a caller may."""
        return caller.role in self.roles and caller.position not in self.but


LEADS: Final = Access(("org", "office"), frozenset({"reporter"}))
OFFICE: Final = Access(("office",))
OFFICE_HEAD: Final = Access(("office",), frozenset({"duty-officer"}))
_S, _A = Step, answer_alert.AlertActions
# What may be said in any action.
_ANYTHING: Final[Mapping[str, object]] = {
    **dict.fromkeys(("comment", "reason", "org"), "-"),
    "answer": answer_alert.Answer("-", "-", "-", date.max),
    "lead": None,
    "reply_due": date.max,
}


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that people do with an alert: `run` takes the fields of the body."""

    step: Step
    access: Access
    body: type[Strict]
    run: Callable[..., Alert]


# By the last part of the addresses; on the pages in this order.
ACTIONS: Final[Mapping[str, Action]] = {
    "acknowledge": Action(_S.ACKNOWLEDGED, LEADS, bodies.AlertAcknowledgement, _A.acknowledge),
    "reply": Action(_S.REPLIED, LEADS, bodies.AlertReplyBody, _A.reply),
    "appeal": Action(_S.APPEALED, LEADS, bodies.AlertReason, _A.appeal),
    "close": Action(_S.CLOSED, OFFICE, bodies.AlertClosing, _A.close),
    "return": Action(_S.RETURNED, OFFICE, bodies.AlertReturn, _A.return_reply),
    "extend": Action(_S.EXTENDED, OFFICE, bodies.AlertExtension, _A.extend),
    "assign": Action(_S.ASSIGNED, OFFICE, bodies.AlertAssignment, _A.assign),
    "reject-appeal": Action(_S.APPEAL_REJECTED, OFFICE_HEAD, bodies.AlertReason, _A.reject_appeal),
    "revoke": Action(_S.REVOKED, OFFICE_HEAD, bodies.AlertReason, _A.revoke),
    "reopen": Action(_S.REOPENED, OFFICE_HEAD, bodies.AlertReason, _A.reopen),
}


class _OneAlert:
    """A repository of one alert, and of the open one of its identity, which keeps nothing."""

    def __init__(self, alert: Alert, other: Alert | None) -> None:
        self.alert, self.open_alert = lambda _: alert, lambda _: other
        self.verdicts = lambda _: ()

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_: None


@dataclass(frozen=True, slots=True)
class Acting:
    """Does what was asked for, with its audit record in the same transaction."""

    store: Store
    context: AlertContext
    open_repository: OpenRepository
    audit: AuditLog
    files: ReplyFiles

    def quiet(self, connection: Connection) -> Quiet:
        """Return what holds alerts now."""
        return read_quiet(connection, self.context.register.city, self.context.now)

    def act(
        self, caller: Caller, alert_id: str, seen: frozenset[int] | None, name: str, body: Strict
    ) -> None:
        """Take the step; whoever calls it has made sure that the caller has access to it.

        Raises:
            Problem: 403, 404, 409, 412 or 422, with everything that is wrong.

        """
        given = clean(body).model_dump()
        if isinstance(body, bodies.AlertReplyBody):
            named = self.files.named(caller, alert_id, body.files)
            given = {"answer": answer_alert.Answer(**given | {"files": named})}
        if isinstance(body, bodies.AlertAssignment):
            _check_unit(self.context.register, body.org)
        with as_problems(self.context.register, alert_id), self.store.begin() as tx:
            action, on = ACTIONS[name], self._on(tx, caller, alert_id, seen)
            alert = action.run(on, **given)
            self.audit.append(tx, [_audited(caller, action, body, alert)])

    def check_reply(self, caller: Caller, alert_id: str) -> None:
        """Make sure that a caller may add files to a reply; Problem 403, 404 or 409."""
        with as_problems(self.context.register, alert_id), self.store.begin() as tx:
            self._on(tx, caller, alert_id, None).may_reply()

    def open_to(self, caller: Caller, alert: Alert) -> Sequence[str]:
        """Return what a caller may do with an alert as it stands; the office's own acts first.

        Each is tried, and nothing is kept.
        """
        others = queries.open_alerts(self.store) if alert.state is State.CLOSED else ()
        other = next((one for one in others if one.identity == alert.identity), None)
        repository = cast("AlertRepository", _OneAlert(alert, other))
        on = answer_alert.AlertActions(repository, self.context, alert.id, person_of(caller))
        found = []
        given = {**_ANYTHING, "from_": alert.subject.leads[0]}
        for name, action in ACTIONS.items():
            fields = ["answer"] if name == "reply" else action.body.model_fields
            with suppress(WrongStep, answer_alert.NotTheirs):
                action.run(on, **{field: given[field] for field in fields})
                found += [name] * action.access.allows(caller)
        return sorted(found, key=lambda name: caller.org is None and ACTIONS[name].access is LEADS)

    def _on(
        self, tx: Connection, caller: Caller, alert_id: str, seen: frozenset[int] | None
    ) -> answer_alert.AlertActions:
        repository, who = self.open_repository(tx), person_of(caller)
        return answer_alert.AlertActions(repository, self.context, alert_id, who, seen)


def person_of(caller: Caller) -> answer_alert.Person:
    """Return for whom a caller acts."""
    return answer_alert.Person(caller.org, caller.person.name if caller.person else None)


def _check_unit(register: Register, org: str) -> None:
    known = register.orgs.get(org)
    if known is None:
        raise Problem("invalid", [error_detail("unknown-org", pointer="/org", value=org)])
    if known.kind == "group":
        raise _invalid("org", "a collective name leads nothing", "统称不能作为牵头单位")


def _invalid(field: str, *reason: str) -> Problem:
    found = error_detail("invalid-value", pointer=f"/{field}", field=field, reason=reason)
    return Problem("invalid", [found])


def _audited(caller: Caller, action: Action, body: Strict, alert: Alert) -> Act:
    stands = {"number": alert.number, "state": alert.state.value, "comment": None, "reason": None}
    act = f"alert.{action.step.replace('_', '-')}"
    return Act(caller.actor, act, alert.id, {**stands, **said(body)})


@contextmanager
def as_problems(register: Register, alert_id: str) -> Iterator[None]:
    """Turn the errors of the use cases into problems."""
    try:
        yield
    except answer_alert.NoSuchAlert as error:
        raise queries.not_found(alert_id) from error
    except answer_alert.NotTheirs as error:
        raise Problem("forbidden", [error_detail("not-visible")]) from error
    except answer_alert.Changed as error:
        at = "/header/If-Match"
        changed = error_detail("alert-changed", pointer=at, version=error.version)
        raise Problem("precondition-failed", [changed]) from error
    except WrongStep as error:
        wrong = error_detail(
            "wrong-state",
            state=(error.state.value, say(ALERT_STATE, error.state, "zh")),
            step=(error.step.value, say(ALERT_STEP, error.step, "zh")),
        )
        raise Problem("conflict", [wrong]) from error
    except NeedsReason as error:
        raise Problem("invalid", [error_detail("reason-needed", pointer="/reason")]) from error
    except answer_alert.NotALead as error:
        names = "、".join(f"“{register.orgs[lead].name_zh}”" for lead in error.leads)
        leads = f"the alert goes to {', '.join(error.leads)}"
        raise _invalid(error.field, leads, f"预警的牵头单位为{names}") from error
    except answer_alert.TooEarly as error:
        day = error.earliest.isoformat()
        raise _invalid("reply_due", f"{day} is the earliest date", f"不得早于{day}") from error
