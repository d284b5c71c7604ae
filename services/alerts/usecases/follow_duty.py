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
from services.alerts.ports import AlertRepository
from services.alerts.usecases.context import AlertContext
from services.alerts.usecases.reconcile import Reconciler

QUIET = timedelta(seconds=30)


def follow_duty(
    repository: AlertRepository,
    context: AlertContext,
    duty: Duty,
    event_id: str,
    *,
    late: bool = False,
) -> bool:
    """Take one duty event; return whether it is new. A redelivered one changes nothing.

    Nor does a `late` one, told out of its order, where a newer one is known: ids rise with time.
    One that the register does not have, no longer or not yet, is held.

    Raises:
        ValueError: the period has no code.

    """
    parse(duty.period)
    if not repository.note_event(event_id, context.now()):
        return False
    known = repository.duty(duty.id, duty.org) if late else None
    if known is not None and known[1] > event_id:
        return True
    subject = of_duty(duty)
    owed = context.holds(subject.identity)
    bad = rules.of_duty(context.register.alert_rules, duty, event_id) is not None
    repository.save_duty(duty, event_id, held=bad or not owed)
    if owed:
        Reconciler(repository, context).reconcile(subject, KnownDuty(duty, ()), event_id)
    return True


def settle_duties(
    repository: AlertRepository, context: AlertContext, *, at_once: bool = False
) -> None:
    """Raise what the duties held back are due, once nothing new has come in for a while."""
    heard = repository.last_event_at()
    if not at_once and heard is not None and context.now() - heard < QUIET:
        return
    for duty, event_id in repository.held_duties():
        if context.holds(of_duty(duty).identity):
            repository.save_duty(duty, event_id, held=False)
            reconcile_duty(Reconciler(repository, context), duty, event_id, event_id)


def reconcile_duty(work: Reconciler, duty: Duty, event_id: str, evaluation: str) -> None:
    """Bring the alert of a duty to its state, as the event told it."""
    trigger = rules.of_duty(work.context.register.alert_rules, duty, event_id)
    watched = duty.effective_due >= work.context.watch_from
    known = KnownDuty(duty, (trigger,) if trigger is not None and watched else ())
    work.reconcile(of_duty(duty), known, evaluation)
