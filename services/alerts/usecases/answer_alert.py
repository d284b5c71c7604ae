"""What people do with an alert: lead units answer it, the office decides on it.

A lead unit signs, replies and appeals for itself; the office may do so for the lead units that have
not, with what came to it on paper. Everything else is the office's alone. Errors: NoSuchAlert,
NotTheirs, NotALead, TooEarly, life.WrongStep, life.NeedsReason.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.alerts.domain import answers, life
from services.alerts.domain.alert import Alert, Named, Reply, Stamp, Step, Transition
from services.alerts.ports import AlertRepository
from services.alerts.usecases.context import AlertContext

Made = Sequence[Transition]
OFFICE: Final = "office"


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: a unit by its code, or the office (`org` None)."""

    org: str | None

    @property
    def name(self) -> str:
        """The actor as history shows it."""
        return self.org or OFFICE

    def of(self, orgs: Sequence[str]) -> tuple[str, ...]:
        """Return those of some lead units that the person acts for."""
        return tuple(org for org in orgs if self.org in (None, org))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reply says, before it is known whose it is."""

    comment: str
    cause: str
    measures: str
    finish_by: date
    files: tuple[str, ...] = ()


class NoSuchAlert(LookupError):  # noqa: N818 - says what it is; it becomes a 404
    """No alert has this id."""


class NotTheirs(Exception):  # noqa: N818 - says what it is; it becomes a 403
    """The alert does not go to this unit, or the step is the office's alone."""


class NotALead(Exception):  # noqa: N818 - says what it is; it becomes a 422
    """The unit named is none of those the alert goes to; `field` names it, `leads` are those."""

    def __init__(self, field: str, leads: Sequence[str]) -> None:
        super().__init__(field)
        self.field = field
        self.leads = leads


class TooEarly(Exception):  # noqa: N818 - says what it is; it becomes a 422
    """A reply date before `earliest`."""

    def __init__(self, earliest: date) -> None:
        super().__init__(earliest.isoformat())
        self.earliest = earliest


def acknowledge(
    repository: AlertRepository,
    context: AlertContext,
    alert_id: str,
    who: Person,
    comment: str | None,
) -> Alert:
    """Sign for an alert."""
    return _act(
        repository,
        context,
        alert_id,
        who,
        lambda a, s: [answers.acknowledged(a, who.of(a.subject.leads), s, comment)],
    )


def reply(
    repository: AlertRepository, context: AlertContext, alert_id: str, who: Person, answer: Answer
) -> Alert:
    """Reply to an alert; a reply of who has not signed for it yet signs too."""

    def step(alert: Alert, stamp: Stamp) -> Made:
        made: list[Transition] = []
        orgs = who.of(alert.silent_leads)
        unsigned = [org for org in orgs if org not in alert.signed]
        if unsigned:
            made.append(answers.acknowledged(alert, unsigned, stamp, None))
            alert, stamp = made[0].alert, context.stamp(who.name)
        replies = [_reply(org, answer, stamp) for org in orgs]
        return [*made, answers.replied(alert, replies, stamp)]

    return _act(repository, context, alert_id, who, step)


def appeal(
    repository: AlertRepository, context: AlertContext, alert_id: str, who: Person, reason: str
) -> Alert:
    """Appeal against an alert."""
    return _act(repository, context, alert_id, who, lambda a, s: [answers.appealed(a, s, reason)])


def reject_appeal(
    repository: AlertRepository, context: AlertContext, alert_id: str, who: Person, reason: str
) -> Alert:
    """Reject an appeal; what is owed is owed by a new date."""
    return _decide(
        repository,
        context,
        alert_id,
        who,
        lambda a, s: answers.appeal_rejected(a, context.reply_due(a.colour), s, reason),
    )


def give_back(
    repository: AlertRepository,
    context: AlertContext,
    alert_id: str,
    who: Person,
    reason: str,
    lead: str | None,
    reply_due: date | None,
) -> Alert:
    """Return a reply 退回修改, or all of them; a date is counted anew unless one is set."""

    def step(alert: Alert, stamp: Stamp) -> Transition:
        if lead is not None and lead not in alert.subject.leads:
            raise NotALead("lead", alert.subject.leads)
        due = reply_due or context.reply_due(alert.colour)
        return answers.returned(alert, lead, due, stamp, reason)

    _not_before(reply_due, context.today())
    return _decide(repository, context, alert_id, who, step)


def extend(
    repository: AlertRepository,
    context: AlertContext,
    alert_id: str,
    who: Person,
    reason: str,
    reply_due: date,
) -> Alert:
    """Put off the reply date of an alert."""

    def step(alert: Alert, stamp: Stamp) -> Transition:
        _not_before(reply_due, max(context.today(), alert.reply_due or date.min))
        return answers.extended(alert, reply_due, stamp, reason)

    return _decide(repository, context, alert_id, who, step)


def assign(
    repository: AlertRepository,
    context: AlertContext,
    alert_id: str,
    who: Person,
    reason: str,
    org: str,
    old: str | None,
) -> Alert:
    """Hand an alert over to another unit; `old` may be left out where there is one lead only."""

    def step(alert: Alert, stamp: Stamp) -> Transition:
        leads = alert.subject.leads
        handing = old if old is not None or len(leads) > 1 else leads[0]
        if handing not in leads:
            raise NotALead("from", leads)
        due = context.reply_due(alert.colour)
        return answers.assigned(alert, handing, org, due, stamp, reason)

    return _decide(repository, context, alert_id, who, step)


def close(
    repository: AlertRepository,
    context: AlertContext,
    alert_id: str,
    who: Person,
    comment: str,
    reason: str | None,
) -> Alert:
    """Close an alert that has been checked; its periods are dealt with."""
    return _end(repository, context, alert_id, who, lambda a, s: life.closed(a, s, comment, reason))


def revoke(
    repository: AlertRepository, context: AlertContext, alert_id: str, who: Person, reason: str
) -> Alert:
    """Take an alert back; its periods are dealt with."""
    return _end(repository, context, alert_id, who, lambda a, s: life.revoked(a, s, reason))


def reopen(
    repository: AlertRepository, context: AlertContext, alert_id: str, who: Person, reason: str
) -> Alert:
    """Open a closed alert again, unless another one of its identity is open."""

    def step(alert: Alert, stamp: Stamp) -> Transition:
        if repository.open_alert(alert.identity) is not None:
            raise life.WrongStep(Step.REOPENED, alert.state)
        made = life.reopened(alert, context.reply_due(alert.colour), stamp, reason)
        repository.remove_handled(alert.identity, [named.period for named in alert.named])
        return made

    return _decide(repository, context, alert_id, who, step)


def _end(
    repository: AlertRepository,
    context: AlertContext,
    alert_id: str,
    who: Person,
    step: Callable[[Alert, Stamp], Transition],
) -> Alert:
    alert = _decide(repository, context, alert_id, who, step)
    repository.add_handled(
        alert.identity, [Named(n.period, alert.colour, n.occasion) for n in alert.named]
    )
    return alert


def _decide(
    repository: AlertRepository,
    context: AlertContext,
    alert_id: str,
    who: Person,
    step: Callable[[Alert, Stamp], Transition],
) -> Alert:
    """Take a step of the office's."""
    if who.org is not None:
        raise NotTheirs(alert_id)
    return _act(repository, context, alert_id, who, lambda a, s: [step(a, s)])


def _act(
    repository: AlertRepository,
    context: AlertContext,
    alert_id: str,
    who: Person,
    step: Callable[[Alert, Stamp], Made],
) -> Alert:
    alert = repository.alert(alert_id)
    if alert is None:
        raise NoSuchAlert(alert_id)
    if not who.of(alert.subject.leads):
        raise NotTheirs(alert_id)
    made = step(alert, context.stamp(who.name))
    for transition in made:
        repository.record(transition)
    return made[-1].alert


def _reply(org: str, answer: Answer, stamp: Stamp) -> Reply:
    return Reply(
        org,
        stamp.at,
        answer.comment,
        answer.cause,
        answer.measures,
        answer.finish_by,
        answer.files,
    )


def _not_before(day: date | None, earliest: date) -> None:
    if day is not None and day < earliest:
        raise TooEarly(earliest)
