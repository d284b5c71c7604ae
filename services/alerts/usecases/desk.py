"""What every use case of the service works with, and the steps they share.

The desk holds the register, the calendar, the clock and the source of ids; a book comes in with
each transaction. `raise_alert` is the only way an alert opens or rises, `recover` the only way one
resolves upon an evaluation.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from duibiao.register import Register, Verb, parse
from duibiao.workdays import Workdays, local_day
from services.alerts.domain import life, rules
from services.alerts.domain.alert import Alert, Colour, Finding, Stamp, Subject, number
from services.alerts.ports import Book

SYSTEM = "duibiao"
"""The actor of steps that nobody took by hand."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The register, the calendar, the clock and the ids that steps are made with.

    `watch_from`: what fell due before that day raises no alert.
    """

    register: Register
    workdays: Workdays
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    watch_from: date

    def today(self) -> date:
        """Return the day in Asia/Shanghai."""
        return local_day(self.now())

    def stamp(self, actor: str = SYSTEM) -> Stamp:
        """Return a stamp of this moment for one step."""
        return Stamp(self.new_id(), self.now(), actor)

    def verb(self, target: str | None) -> Verb | None:
        """Return the verb of a target; None for a duty."""
        return None if target is None else self.register.target(target).verb

    def waits(self, colour: Colour) -> bool:
        """Whether an alert of a colour waits for the next working morning; red never does."""
        return self.register.alert_rules.wait_for_morning and colour is not Colour.RED

    def reply_due(self, colour: Colour) -> date | None:
        """Return the last day to answer what is sent today."""
        return rules.reply_due(self.register.alert_rules, colour, self.today(), self.workdays)

    def next_number(self, book: Book, colour: Colour) -> str:
        """Take the next number of a colour in this year."""
        year = self.today().year
        return number(colour, year, book.next_place(colour, year))


def raise_alert(book: Book, desk: Desk, subject: Subject, finding: Finding) -> None:
    """Open an alert for a finding, or raise, renew or keep the one that is open."""
    alert = book.open_alert(subject.identity)
    if alert is None:
        if not life.barred(book.last_alert(subject.identity), finding):
            _open(book, desk, subject, finding)
    elif finding.colour.rank > alert.colour.rank:
        _escalate(book, desk, alert, finding)
    elif finding.colour is not alert.colour or _earlier(finding, alert.finding):
        relapse(book, alert)
    elif finding.period == alert.finding.period:
        book.keep_alert(life.noted(alert, finding))
    else:
        book.record(life.renewed(alert, finding, desk.stamp()))


def recover(book: Book, desk: Desk, alert: Alert, evaluation: str) -> None:
    """Take a good evaluation: the first is remembered, the next one resolves the alert."""
    if alert.recovering is None:
        book.keep_alert(replace(alert, recovering=evaluation))
    else:
        book.record(life.resolved(alert, desk.stamp()))


def relapse(book: Book, alert: Alert) -> None:
    """Forget a good evaluation that did not last."""
    if alert.recovering is not None:
        book.keep_alert(replace(alert, recovering=None))


def _earlier(finding: Finding, other: Finding) -> bool:
    return parse(finding.period).last < parse(other.period).last


def _open(book: Book, desk: Desk, subject: Subject, finding: Finding) -> None:
    book.record(
        life.opened(
            desk.new_id(),
            subject,
            finding,
            number=desk.next_number(book, finding.colour),
            reply_due=desk.reply_due(finding.colour),
            waits=desk.waits(finding.colour),
            stamp=desk.stamp(),
        )
    )


def _escalate(book: Book, desk: Desk, alert: Alert, finding: Finding) -> None:
    book.record(
        life.escalated(
            alert,
            finding,
            number=desk.next_number(book, finding.colour),
            reply_due=desk.reply_due(finding.colour),
            waits=desk.waits(finding.colour),
            stamp=desk.stamp(),
        )
    )
