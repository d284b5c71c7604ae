"""What people do with an alert: lead units answer it, the office decides on it.

A lead unit signs, replies and appeals for itself; the office may do so for the lead units that have
not, with what came to it on paper. Everything else is the office's alone. Errors: NoSuchAlert,
NotTheirs, NotALead, TooEarly, life.WrongStep, life.NeedsReason.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.alerts.domain import answers, life
from services.alerts.domain.alert import Alert, Named, Reply, ReplyFile, Stamp, Step, Transition
from services.alerts.ports import AlertRepository
from services.alerts.usecases.context import AlertContext
from services.alerts.usecases.reconcile import known_of

OFFICE: Final = "office"


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: a unit by its code, or the office (`org` None); and the name of the person."""

    org: str | None
    name: str | None = None

    @property
    def actor(self) -> str:
        """For whom they act, as history shows it."""
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
    files: tuple[ReplyFile, ...] = ()


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


class Changed(Exception):  # noqa: N818 - says what it is; it becomes a 412
    """The alert is not in a version that the person has seen; `version` is the present one."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


@dataclass(frozen=True, slots=True)
class AlertActions:
    """What one person may do with one alert; every action returns the alert as it then stands.

    Attributes:
        seen: versions (numbers of steps) of which the alert must have one; None: any.

    """

    repository: AlertRepository
    context: AlertContext
    alert_id: str
    who: Person
    seen: Collection[int] | None = None

    def acknowledge(self, comment: str | None) -> Alert:
        """Sign for the alert 签收."""
        alert = self._alert()
        orgs = self.who.of(alert.subject.leads)
        return self._record(answers.acknowledged(alert, orgs, self._stamp(), comment))

    def reply(self, answer: Answer) -> Alert:
        """Reply to the alert 回复; a reply of who has not signed for it yet signs too."""
        alert = self._alert()
        orgs = self.who.of(alert.silent_leads)
        unsigned = [org for org in orgs if org not in alert.signed]
        if unsigned:
            alert = self._record(answers.acknowledged(alert, unsigned, self._stamp(), None))
        stamp = self._stamp()
        said = answer.comment, answer.cause, answer.measures, answer.finish_by, answer.files
        replies = [Reply(org, stamp.at, *said) for org in orgs]
        return self._record(answers.replied(alert, replies, stamp))

    def may_reply(self) -> None:
        """Make sure that the alert is one to reply to, as who adds files to a reply wants to."""
        alert = self._alert()
        life.need(Step.REPLIED, alert, allowed=alert.open)

    def appeal(self, reason: str) -> Alert:
        """Appeal against the alert 申诉."""
        return self._record(answers.appealed(self._alert(), self._stamp(), reason))

    def reject_appeal(self, reason: str) -> Alert:
        """Reject an appeal; what is owed is owed by a new date."""
        alert, due = self._office_alert()
        return self._record(answers.appeal_rejected(alert, due, self._stamp(), reason))

    def return_reply(self, reason: str, lead: str | None, reply_due: date | None) -> Alert:
        """Return a reply 退回修改, or all of them; the date is counted anew unless one is set."""
        alert, due = self._office_alert()
        due = _not_before(self.context.today(), reply_due) or due
        if lead is not None and lead not in alert.subject.leads:
            raise NotALead("lead", alert.subject.leads)
        return self._record(answers.returned(alert, lead, due, self._stamp(), reason))

    def extend(self, reason: str, reply_due: date) -> Alert:
        """Put off the reply date."""
        alert, _ = self._office_alert()
        _not_before(max(self.context.today(), alert.reply_due or date.min), reply_due)
        return self._record(answers.extended(alert, reply_due, self._stamp(), reason))

    def assign(self, reason: str, org: str, from_: str | None) -> Alert:
        """Hand the alert over to another unit; `from_` may be left out where there is one lead."""
        alert, due = self._office_alert()
        leads = alert.subject.leads
        handing = from_ if from_ is not None or len(leads) > 1 else leads[0]
        if handing not in leads:
            raise NotALead("from", leads)
        return self._record(answers.assigned(alert, handing, org, due, self._stamp(), reason))

    def close(self, comment: str, reason: str | None) -> Alert:
        """Close an alert that has been checked 核实销号; its periods are handled."""
        alert, _ = self._office_alert()
        return self._end(life.closed(alert, self._stamp(), comment, reason))

    def revoke(self, reason: str) -> Alert:
        """Take the alert back; its periods are handled."""
        alert, _ = self._office_alert()
        return self._end(life.revoked(alert, self._stamp(), reason))

    def reopen(self, reason: str) -> Alert:
        """Open a closed alert again, unless one of its identity is open or it is removed."""
        alert, due = self._office_alert()
        identity = alert.identity
        if self.repository.open_alert(identity) is not None or not self.context.holds(identity):
            raise life.WrongStep(Step.REOPENED, alert.state)
        made = life.reopened(alert, due, self._stamp(), reason)
        self.repository.remove_handled(alert.identity, [named.period for named in alert.named])
        return self._record(made)

    def _alert(self) -> Alert:
        alert = self.repository.alert(self.alert_id)
        if alert is None:
            raise NoSuchAlert(self.alert_id)
        if not self.who.of(alert.subject.leads):
            raise NotTheirs(self.alert_id)
        if self.seen is not None and alert.steps not in self.seen:
            raise Changed(alert.steps)
        return alert

    def _office_alert(self) -> tuple[Alert, date | None]:
        """Return the alert for the office alone, and a reply date counted from today."""
        if self.who.org is not None:
            raise NotTheirs(self.alert_id)
        alert = self._alert()
        return alert, self.context.reply_due(alert.colour)

    def _stamp(self) -> Stamp:
        return self.context.stamp(self.who.actor, self.who.name)

    def _record(self, made: Transition) -> Alert:
        self.repository.record(made)
        return made.alert

    def _end(self, made: Transition) -> Alert:
        """End the alert; what is good at the time and turns bad later is another matter."""
        alert = self._record(made)
        known = known_of(self.repository, alert.identity)
        bad = (one for one in alert.named if known is None or not known.good(one))
        handled = [Named(one.period, alert.colour, one.occasion) for one in bad]
        self.repository.add_handled(alert.identity, handled)
        return alert


def _not_before(earliest: date, day: date | None) -> date | None:
    if day is not None and day < earliest:
        raise TooEarly(earliest)
    return day
