"""What the use cases need of the outside: one repository of everything that is stored.

An implementation belongs to one transaction and is thrown away with it. Whatever is written
through it is there together or not at all; that is what keeps numbers without gaps and lets a
redelivered event change nothing.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from services.alerts.domain.alert import Alert, Colour, Identity, Named, Transition
from services.alerts.domain.news import Duty, Series, Verdict


class AlertRepository(Protocol):
    """Verdicts and duties as last heard, alerts with their history, counters, the daily run."""

    def note_event(self, event_id: str, at: datetime) -> bool:
        """Note an event by its id; False when it had been noted before (a redelivery)."""

    def last_event_at(self) -> datetime | None:
        """Return when the newest event was noted; None before the first."""

    def verdicts(self, series: Series) -> Sequence[Verdict]:
        """Return the last verdict of each period of a series, oldest period first."""

    def save_verdict(self, verdict: Verdict, *, held_since: datetime | None) -> None:
        """Replace the verdict of its series and period; held = not yet judged for an alert."""

    def held_verdicts(self, target: str | None = None) -> Sequence[tuple[Verdict, datetime]]:
        """Return what is held, of one target or of all, with the time it is held since."""

    def save_duty(self, duty: Duty, event_id: str, *, held: bool) -> None:
        """Replace the state of a unit's duty; `event_id` is what it was told by."""

    def duty(self, duty_id: str, org: str) -> tuple[Duty, str] | None:
        """Return a unit's duty and the id of the event that told of it last, None where none."""

    def held_duties(self) -> Sequence[tuple[Duty, str]]:
        """Return the duties held back, each with the id of its event."""

    def alert(self, alert_id: str) -> Alert | None:
        """Return an alert by its id, locked until the transaction ends."""

    def open_alert(self, identity: Identity) -> Alert | None:
        """Return the one open alert of an identity, locked until the transaction ends."""

    def open_alerts(self) -> Sequence[Alert]:
        """Return all open alerts, oldest first."""

    def handled(self, identity: Identity) -> Sequence[Named]:
        """Return the periods whose card the office closed or revoked, in that card's colour."""

    def add_handled(self, identity: Identity, named: Sequence[Named]) -> None:
        """Note periods as dealt with, in place of what was noted of them."""

    def remove_handled(self, identity: Identity, periods: Sequence[str]) -> None:
        """Forget that periods were dealt with."""

    def next_serial(self, colour: Colour, year: int) -> int:
        """Count on within a colour and a year, from 1; undone with the transaction."""

    def record(self, transition: Transition) -> None:
        """Keep a step: the alert, its history, the event for the topic, what receivers are owed."""

    def save_alert(self, alert: Alert) -> None:
        """Keep what changed in an alert without a step."""

    def last_run(self) -> date | None:
        """Return the day of the last daily run; None before the first start."""

    def set_last_run(self, day: date) -> None:
        """Note the day of a daily run."""
