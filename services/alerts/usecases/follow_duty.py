"""Follow a duty whose state changed.

Bad news of a duty is held until the topic has been quiet for a while, or the daily run comes: when
history is being loaded, the report that settles an old duty is often just behind the news that it
is overdue.
"""

from datetime import timedelta

from duibiao.register import parse
from services.alerts.domain import rules
from services.alerts.domain.addressees import of_duty
from services.alerts.domain.known import KnownDuty
from services.alerts.domain.news import Duty
from services.alerts.ports import Book
from services.alerts.usecases.desk import Desk
from services.alerts.usecases.reconcile import reconcile

QUIET = timedelta(seconds=30)


def follow_duty(book: Book, desk: Desk, duty: Duty, event_id: str, *, late: bool = False) -> bool:
    """Take one duty event; return whether it is new. A redelivered one changes nothing.

    Nor does a `late` one, told out of its order, where a newer one is known: ids rise with time.

    Raises:
        KeyError: the register knows no such unit.
        ValueError: the period has no code.

    """
    desk.register.orgs[duty.org]
    parse(duty.period)
    if not book.first_hearing(event_id, desk.now()):
        return False
    known = book.duty(duty.id, duty.org) if late else None
    if known is not None and known[1] > event_id:
        return True
    bad = rules.of_duty(desk.register.alert_rules, duty, event_id) is not None
    book.keep_duty(duty, event_id, held=bad)
    reconcile(book, desk, of_duty(duty), KnownDuty(duty, ()), event_id)
    return True


def settle_duties(book: Book, desk: Desk, *, at_once: bool = False) -> None:
    """Raise what the duties held back are due, once nothing new has come in for a while."""
    heard = book.last_heard()
    if not at_once and heard is not None and desk.now() - heard < QUIET:
        return
    for duty, event_id in book.held_duties():
        book.keep_duty(duty, event_id, held=False)
        reconcile_duty(book, desk, duty, event_id, event_id)


def reconcile_duty(book: Book, desk: Desk, duty: Duty, event_id: str, evaluation: str) -> None:
    """Bring the alert of a duty to its state, as the event told it."""
    finding = rules.of_duty(desk.register.alert_rules, duty, event_id)
    watched = duty.effective_due >= desk.watch_from
    known = KnownDuty(duty, (finding,) if finding is not None and watched else ())
    reconcile(book, desk, of_duty(duty), known, evaluation)
