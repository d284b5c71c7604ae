"""Bring the alert of an identity to what is known: the only way one opens, rises or recovers.

It looks at everything that is known and not at what came last, so the order in which things become
known makes no difference to what is open in the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.alerts.domain import life
from services.alerts.domain.alert import (
    Alert,
    Colour,
    Identity,
    Stamp,
    Subject,
    Transition,
    Trigger,
)
from services.alerts.domain.known import Known, KnownDuty, KnownSeries
from services.alerts.domain.news import Series
from services.alerts.domain.periods import is_handled, supersedes, worst
from services.alerts.ports import AlertRepository
from services.alerts.usecases.context import AlertContext


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Works on alerts inside one transaction of the repository."""

    repository: AlertRepository
    context: AlertContext

    def reconcile(self, subject: Subject, known: Known, evaluation: str) -> None:
        """Open, raise, renew, mark or resolve the alert of a subject, as what is known asks.

        Args:
            subject: the identity, and whom a new alert goes to.
            known: everything known of it.
            evaluation: names what led here; two different ones make a recovery certain.

        """
        # First, and so locked: while it is, nobody can close it and note its periods as dealt with.
        alert = self.repository.open_alert(subject.identity)
        triggers = self._unhandled(subject, known)
        if alert is not None:
            alert = self._take(alert, triggers)
        elif triggers:
            alert = self._open(subject, triggers)
        if alert is not None:
            self._track_recovery(alert, known, evaluation)

    def escalate(self, alert: Alert, triggers: Sequence[Trigger]) -> Alert:
        """Raise an open alert to the colour of the worst of the triggers."""
        asking, number, stamp = self._next(worst(triggers).colour)
        return self._record(life.escalated(alert, triggers, asking, number=number, stamp=stamp))

    def _open(self, subject: Subject, triggers: Sequence[Trigger]) -> Alert:
        colour, alert_id = worst(triggers).colour, self.context.new_id()
        asking, number, stamp = self._next(colour)
        found = _of_weight(triggers, colour)
        return self._record(
            life.opened(alert_id, subject, found, asking, number=number, stamp=stamp)
        )

    def _next(self, colour: Colour) -> tuple[life.Asking, str, Stamp]:
        number = self.context.next_number(self.repository, colour)
        return self.context.asking(colour), number, self.context.stamp()

    def _unhandled(self, subject: Subject, known: Known) -> list[Trigger]:
        """Return the triggers that the office has not dealt with; forget what was good since."""
        handled = {named.period: named for named in self.repository.handled(subject.identity)}
        over = [period for period, named in handled.items() if known.good(named)]
        if over:
            self.repository.remove_handled(subject.identity, over)
        standing = {period: named for period, named in handled.items() if period not in over}
        return [one for one in known.triggers if not is_handled(standing.get(one.period), one)]

    def _take(self, alert: Alert, triggers: Sequence[Trigger]) -> Alert:
        colour = max((one.colour for one in triggers), key=lambda c: c.rank, default=alert.colour)
        if colour.rank > alert.colour.rank:
            return self.escalate(alert, _of_weight(triggers, colour))
        named = {one.period: one for one in alert.named}
        added = [
            one
            for one in _of_weight(triggers, alert.colour)
            if one.period not in named or supersedes(one, named[one.period])
        ]
        if added:
            asking = self.context.asking(alert.colour)
            return self._record(life.renewed(alert, added, asking, self.context.stamp()))
        # The newest verdict that is as bad as the one the alert stands on.
        newest = next((one for one in triggers if _same(one, alert.trigger)), alert.trigger)
        if newest.cause != alert.trigger.cause:
            alert = replace(alert, trigger=newest)
            self.repository.save_alert(alert)
        return alert

    def _track_recovery(self, alert: Alert, known: Known, evaluation: str) -> None:
        """Keep the marks of an open alert; take the step where a recovery is certain or gone."""
        marked = replace(alert, named=tuple(map(known.marked, alert.named)))
        if not all(map(known.recovered, marked.named)):
            if marked.recovered_at is not None:
                self._record(life.relapsed(marked, self.context.stamp()))
                return
            marked = replace(marked, recovering=None)
        elif marked.recovering is None:
            marked = replace(marked, recovering=evaluation)
        elif marked.recovered_at is None and marked.recovering != evaluation:
            self._record(life.recovered(marked, self.context.stamp()))
            return
        if marked != alert:
            self.repository.save_alert(marked)

    def _record(self, made: Transition) -> Alert:
        self.repository.record(made)
        return made.alert


def known_of(repository: AlertRepository, identity: Identity) -> Known | None:
    """Return what is known of an identity, without a trigger; None for a duty never heard of."""
    if identity.duty is not None:
        found = repository.duty(identity.duty, identity.org or "")
        return None if found is None else KnownDuty(found[0], ())
    series = Series(identity.target or "", identity.org, identity.region or "")
    return KnownSeries({row.period: row for row in repository.verdicts(series)}, ())


def _of_weight(triggers: Sequence[Trigger], colour: Colour) -> list[Trigger]:
    """Return what a card of a colour is about: yellow and red ones leave out what is only short."""
    blue = colour is Colour.BLUE
    return [one for one in triggers if blue or one.breach or one.colour is not Colour.BLUE]


def _same(one: Trigger, other: Trigger) -> bool:
    return (one.period, one.colour, one.occasion) == (other.period, other.colour, other.occasion)
