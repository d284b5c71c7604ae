"""What people do with an alert: sign for it, reply, appeal, close it, take it back.

The units it goes to and the office may sign for it, reply and appeal; only the office closes and
revokes. Errors: NoSuchAlert, NotTheirs, life.WrongStep.
"""

from collections.abc import Callable
from dataclasses import dataclass

from services.alerts.domain import life
from services.alerts.domain.alert import Alert, Stamp, State, Transition
from services.alerts.ports import Book
from services.alerts.usecases.desk import Desk


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: a unit by its code, or the office (`org` None)."""

    org: str | None

    @property
    def name(self) -> str:
        """The actor as history shows it."""
        return self.org or "office"


class NoSuchAlert(LookupError):  # noqa: N818 - says what it is; it becomes a 404
    """No alert has this id."""


class NotTheirs(Exception):  # noqa: N818 - says what it is; it becomes a 403
    """The alert does not go to this unit, or the step is the office's alone."""


def acknowledge(book: Book, desk: Desk, alert_id: str, who: Person, comment: str | None) -> Alert:
    """Sign for an alert."""
    return _act(book, desk, alert_id, who, lambda a, s: (life.acknowledged(a, s, comment),))


def reply(book: Book, desk: Desk, alert_id: str, who: Person, comment: str) -> Alert:
    """Reply to an alert; a reply to one not yet signed for signs for it too."""

    def step(alert: Alert, stamp: Stamp) -> tuple[Transition, ...]:
        if alert.state is not State.FIRING:
            return (life.replied(alert, stamp, comment),)
        signed = life.acknowledged(alert, stamp, None)
        return (signed, life.replied(signed.alert, desk.stamp(who.name), comment))

    return _act(book, desk, alert_id, who, step)


def appeal(book: Book, desk: Desk, alert_id: str, who: Person, comment: str) -> Alert:
    """Appeal against an alert."""
    return _act(book, desk, alert_id, who, lambda a, s: (life.appealed(a, s, comment),))


def close(book: Book, desk: Desk, alert_id: str, who: Person, comment: str | None) -> Alert:
    """Close an alert whose reply has been checked."""
    return _act(
        book, desk, alert_id, who, lambda a, s: (life.closed(a, s, comment),), by_office=True
    )


def revoke(
    book: Book, desk: Desk, alert_id: str, who: Person, reason: str, comment: str | None
) -> Alert:
    """Take an alert back."""
    return _act(
        book,
        desk,
        alert_id,
        who,
        lambda a, s: (life.revoked(a, s, reason, comment),),
        by_office=True,
    )


def _act(
    book: Book,
    desk: Desk,
    alert_id: str,
    who: Person,
    step: Callable[[Alert, Stamp], tuple[Transition, ...]],
    *,
    by_office: bool = False,
) -> Alert:
    alert = book.alert(alert_id)
    if alert is None:
        raise NoSuchAlert(alert_id)
    if who.org is not None and (by_office or who.org not in alert.subject.leads):
        raise NotTheirs(alert_id)
    made = step(alert, desk.stamp(who.name))
    for transition in made:
        book.record(transition)
    return made[-1].alert
