"""Bring the alert of an identity to what is known: the only way one opens, rises or recovers.

It looks at everything that is known and not at what came last, so the order in which things become
known makes no difference to what is open in the end.
"""

from collections.abc import Sequence
from dataclasses import replace

from services.alerts.domain import life
from services.alerts.domain.alert import Alert, Colour, Subject, Trigger
from services.alerts.domain.known import Known
from services.alerts.domain.periods import is_handled, supersedes, worst
from services.alerts.ports import AlertRepository
from services.alerts.usecases.context import AlertContext


def reconcile(
    repository: AlertRepository,
    context: AlertContext,
    subject: Subject,
    known: Known,
    evaluation: str,
) -> None:
    """Open, raise, renew, mark or resolve the alert of a subject, as what is known asks.

    Args:
        repository: of the transaction.
        context: register, clock and ids.
        subject: the identity, and whom a new alert goes to.
        known: everything known of it.
        evaluation: names what led here; two different ones make a recovery certain.

    """
    # First, and so locked: while it is, nobody can close it and note its periods as dealt with.
    alert = repository.open_alert(subject.identity)
    triggers = _unhandled(repository, subject, known)
    if alert is not None:
        alert = _take(repository, context, alert, triggers)
    elif triggers:
        alert = _open(repository, context, subject, triggers)
    if alert is not None:
        _track_recovery(repository, context, alert, known, evaluation)


def escalate(
    repository: AlertRepository, context: AlertContext, alert: Alert, triggers: Sequence[Trigger]
) -> Alert:
    """Raise an open alert to the colour of the worst of the triggers."""
    colour = worst(triggers).colour
    number = context.next_number(repository, colour)
    made = life.escalated(
        alert, triggers, context.asking(colour), number=number, stamp=context.stamp()
    )
    repository.record(made)
    return made.alert


def _unhandled(repository: AlertRepository, subject: Subject, known: Known) -> list[Trigger]:
    """Return the triggers that the office has not dealt with; what was good since is forgotten."""
    handled = {named.period: named for named in repository.handled(subject.identity)}
    over = [period for period, named in handled.items() if known.good(named)]
    if over:
        repository.remove_handled(subject.identity, over)
    standing = {period: named for period, named in handled.items() if period not in over}
    return [one for one in known.triggers if not is_handled(standing.get(one.period), one)]


def _open(
    repository: AlertRepository,
    context: AlertContext,
    subject: Subject,
    triggers: Sequence[Trigger],
) -> Alert:
    colour = worst(triggers).colour
    made = life.opened(
        context.new_id(),
        subject,
        _of_weight(triggers, colour),
        context.asking(colour),
        number=context.next_number(repository, colour),
        stamp=context.stamp(),
    )
    repository.record(made)
    return made.alert


def _take(
    repository: AlertRepository, context: AlertContext, alert: Alert, triggers: Sequence[Trigger]
) -> Alert:
    colour = max((one.colour for one in triggers), key=lambda c: c.rank, default=alert.colour)
    if colour.rank > alert.colour.rank:
        return escalate(repository, context, alert, _of_weight(triggers, colour))
    named = {one.period: one for one in alert.named}
    added = [
        one
        for one in _of_weight(triggers, alert.colour)
        if one.period not in named or supersedes(one, named[one.period])
    ]
    if added:
        made = life.renewed(alert, added, context.asking(alert.colour), context.stamp())
        repository.record(made)
        return made.alert
    return _noted(repository, alert, triggers)


def _noted(repository: AlertRepository, alert: Alert, triggers: Sequence[Trigger]) -> Alert:
    """Keep the newest verdict that is as bad as the one the alert stands on."""
    newest = next((one for one in triggers if _same(one, alert.trigger)), alert.trigger)
    if newest.cause != alert.trigger.cause:
        alert = replace(alert, trigger=newest)
        repository.save_alert(alert)
    return alert


def _of_weight(triggers: Sequence[Trigger], colour: Colour) -> list[Trigger]:
    """Return what a card of a colour is about: yellow and red ones leave out what is only short."""
    blue = colour is Colour.BLUE
    return [one for one in triggers if blue or one.breach or one.colour is not Colour.BLUE]


def _same(one: Trigger, other: Trigger) -> bool:
    return (one.period, one.colour, one.occasion) == (other.period, other.colour, other.occasion)


def _track_recovery(
    repository: AlertRepository, context: AlertContext, alert: Alert, known: Known, evaluation: str
) -> None:
    """Keep the marks of an open alert, and take the step where a recovery is certain or gone."""
    marked = replace(alert, named=tuple(map(known.marked, alert.named)))
    if not all(map(known.recovered, marked.named)):
        if marked.recovered_at is not None:
            repository.record(life.relapsed(marked, context.stamp()))
            return
        marked = replace(marked, recovering=None)
    elif marked.recovering is None:
        marked = replace(marked, recovering=evaluation)
    elif marked.recovered_at is None and marked.recovering != evaluation:
        repository.record(life.recovered(marked, context.stamp()))
        return
    if marked != alert:
        repository.save_alert(marked)
