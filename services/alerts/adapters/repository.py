"""The repository in SQL: the port `services.alerts.ports.AlertRepository` over one transaction."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select, update

from duibiao.bus import Event
from services.alerts.adapters import rows, tables
from services.alerts.adapters.tables import (
    ALERTS,
    COUNTERS,
    DEALT_WITH,
    DUTIES,
    EVENTS_SEEN,
    META,
    OUTBOX,
    TRANSITIONS,
    VERDICTS,
)
from services.alerts.domain.alert import Alert, Colour, Identity, Named, Step, Transition
from services.alerts.domain.news import Duty, Series, Verdict

EventOf = Callable[[Transition], Event]
Announce = Callable[[Connection, Transition], None]

_LAST_RUN = "last_run"


class _Keep:
    """How a row of a table is replaced or added. Built once: building costs more than running."""

    def __init__(self, table: Table) -> None:
        self.keys = [column.name for column in table.primary_key]
        self.insert = insert(table)
        self.update = update(table).where(
            *(table.c[key] == bindparam(f"the_{key}") for key in self.keys)
        )


_VERDICT, _DUTY, _ALERT, _DEALT = map(_Keep, (VERDICTS, DUTIES, ALERTS, DEALT_WITH))
_HEAR = insert(EVENTS_SEEN)
_KNOWN = select(EVENTS_SEEN.c.event_id).where(EVENTS_SEEN.c.event_id == bindparam("event_id"))
_OF_SERIES = (
    select(VERDICTS)
    .where(*(VERDICTS.c[key] == bindparam(key) for key in ("target", "org", "region")))
    .order_by(VERDICTS.c.period_last, VERDICTS.c.period)
)
_OPEN = (
    select(ALERTS)
    .where(ALERTS.c.identity == bindparam("identity"), ALERTS.c.open.is_(True))
    .with_for_update()
)

_DEALT_WITH = (
    select(DEALT_WITH)
    .where(DEALT_WITH.c.identity == bindparam("identity"))
    .order_by(DEALT_WITH.c.period)
)


class SqlAlertRepository:
    """One transaction's view of everything the service keeps.

    `event_of` makes the event of a step for the topic, `announce` notes whom receivers must be
    told; both happen in the same transaction as the step.

    Attributes:
        raised: how many alerts this transaction has opened or escalated.

    """

    def __init__(self, tx: Connection, event_of: EventOf, announce: Announce) -> None:
        self.raised = 0
        self._tx = tx
        self._event_of = event_of
        self._announce = announce

    def note_event(self, event_id: str, at: datetime) -> bool:
        """Note an event by its id; False when it had been noted before."""
        heard = {"event_id": event_id, "at_us": rows.to_us(at)}
        if self._tx.execute(_KNOWN, heard).first() is not None:
            return False
        self._tx.execute(_HEAR, heard)
        return True

    def last_event_at(self) -> datetime | None:
        """Return when the newest event was noted."""
        us = self._tx.execute(select(func.max(EVENTS_SEEN.c.at_us))).scalar_one()
        return None if us is None else rows.from_us(us)

    def forget_events(self, before: datetime) -> None:
        """Forget event ids so old that no redelivery can bring them back."""
        self._tx.execute(delete(EVENTS_SEEN).where(EVENTS_SEEN.c.at_us < rows.to_us(before)))

    def verdicts(self, series: Series) -> Sequence[Verdict]:
        """Return the last verdict of each period of a series, oldest period first."""
        found = self._tx.execute(_OF_SERIES, rows.series_values(series))
        return [rows.to_verdict(row) for row in found]

    def save_verdict(self, verdict: Verdict, *, held_since: datetime | None) -> None:
        """Replace the verdict of its series and period."""
        _upsert(self._tx, _VERDICT, rows.verdict_values(verdict, held_since))

    def held_verdicts(self, target: str | None = None) -> Sequence[tuple[Verdict, datetime]]:
        """Return what is held, of one target or of all, with the time it is held since."""
        query = select(VERDICTS).where(VERDICTS.c.held_since_us.is_not(None))
        if target is not None:
            query = query.where(VERDICTS.c.target == target)
        found = self._tx.execute(query.order_by(VERDICTS.c.held_since_us))
        return [(rows.to_verdict(row), rows.from_us(row.held_since_us)) for row in found]

    def save_duty(self, duty: Duty, event_id: str, *, held: bool) -> None:
        """Replace the state of a unit's duty."""
        _upsert(self._tx, _DUTY, rows.duty_values(duty, event_id, held=held))

    def duty(self, duty_id: str, org: str) -> tuple[Duty, str] | None:
        """Return a unit's duty and the id of the event that told of it last."""
        row = self._tx.execute(select(DUTIES).filter_by(duty=duty_id, org=org)).one_or_none()
        return None if row is None else (rows.to_duty(row), row.event_id)

    def held_duties(self) -> Sequence[tuple[Duty, str]]:
        """Return the duties held back, each with the id of its event, in order of those."""
        query = select(DUTIES).where(DUTIES.c.held.is_(True)).order_by(DUTIES.c.event_id)
        return [(rows.to_duty(row), row.event_id) for row in self._tx.execute(query)]

    def alert(self, alert_id: str) -> Alert | None:
        """Return an alert by its id, locked."""
        query = select(ALERTS).where(ALERTS.c.id == alert_id).with_for_update()
        row = self._tx.execute(query).one_or_none()
        return None if row is None else rows.to_alert(row)

    def open_alert(self, identity: Identity) -> Alert | None:
        """Return the one open alert of an identity, locked."""
        row = self._tx.execute(_OPEN, {"identity": identity.key}).one_or_none()
        return None if row is None else rows.to_alert(row)

    def open_alerts(self) -> Sequence[Alert]:
        """Return all open alerts, oldest first."""
        query = select(ALERTS).where(ALERTS.c.open.is_(True)).order_by(ALERTS.c.id)
        return [rows.to_alert(row) for row in self._tx.execute(query.with_for_update())]

    def dealt_with(self, identity: Identity) -> Sequence[Named]:
        """Return the periods whose card the office closed or revoked."""
        found = self._tx.execute(_DEALT_WITH, {"identity": identity.key})
        return [Named(row.period, Colour(row.colour), row.occasion) for row in found]

    def note_dealt_with(self, identity: Identity, named: Sequence[Named]) -> None:
        """Note periods as dealt with."""
        for one in named:
            key = {"identity": identity.key, "period": one.period}
            values = {"colour": one.colour.value, "occasion": one.occasion}
            _upsert(self._tx, _DEALT, {**key, **values})

    def forget_dealt_with(self, identity: Identity, periods: Sequence[str]) -> None:
        """Forget that periods were dealt with."""
        table = DEALT_WITH.c
        of_them = (table.identity == identity.key, table.period.in_(periods))
        self._tx.execute(delete(DEALT_WITH).where(*of_them))

    def next_serial(self, colour: Colour, year: int) -> int:
        """Count on within a colour and a year, from 1."""
        key = {"colour": colour.value, "year": year}
        counted = self._tx.execute(
            update(COUNTERS)
            .filter_by(**key)
            .values(last=COUNTERS.c.last + 1)
            .returning(COUNTERS.c.last)
        ).scalar_one_or_none()
        if counted is None:
            self._tx.execute(insert(COUNTERS).values(**key, last=1))
            return 1
        return int(counted)

    def record(self, transition: Transition) -> None:
        """Keep a step: the alert, its history, the event, what receivers are owed."""
        self.save_alert(transition.alert)
        self._tx.execute(insert(TRANSITIONS).values(rows.transition_values(transition)))
        OUTBOX.put(self._tx, [self._event_of(transition)])
        self._announce(self._tx, transition)
        self.raised += transition.step in (Step.OPENED, Step.ESCALATED)

    def save_alert(self, alert: Alert) -> None:
        """Keep what changed in an alert without a step."""
        _upsert(self._tx, _ALERT, rows.alert_values(alert))

    def last_run(self) -> date | None:
        """Return the day of the last daily run."""
        text = META.get(self._tx, _LAST_RUN)
        return None if text is None else date.fromisoformat(text)

    def set_last_run(self, day: date) -> None:
        """Note the day of a daily run."""
        META.set(self._tx, _LAST_RUN, day.isoformat())


def watch_from(tx: Connection, wanted: date | None, today: date) -> date:
    """Return the day the watch begins, settled on the very first start and kept from then on."""
    kept = tables.META.once(tx, "watch_from", (wanted or today).isoformat())
    return date.fromisoformat(kept)


def _upsert(tx: Connection, keep: _Keep, values: dict[str, object]) -> None:
    changed = tx.execute(keep.update, values | {f"the_{key}": values[key] for key in keep.keys})
    if not changed.rowcount:
        tx.execute(keep.insert, values)
