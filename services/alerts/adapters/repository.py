"""The repository in SQL: the port `services.alerts.ports.AlertRepository` over one transaction."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from duibiao.bus import Event
from duibiao.register import parse
from duibiao.workdays.moments import from_us, to_us
from services.alerts.adapters.tables import (
    ALERTS,
    COUNTERS,
    DUTIES,
    EVENTS_SEEN,
    HANDLED,
    META,
    OUTBOX,
    TRANSITIONS,
    VERDICTS,
)
from services.alerts.domain.alert import (
    Alert,
    Colour,
    Identity,
    Named,
    Stamp,
    State,
    Step,
    Transition,
)
from services.alerts.domain.news import Duty, Series, Verdict

EventOf = Callable[[Transition], Event]
Announce = Callable[[sa.Connection, Transition], None]

_LAST_RUN = "last_run"


def upsert(table: sa.Table) -> sa.TextClause:
    """Return the statement that adds a row of a table, or replaces the one with its key."""
    names = [column.name for column in table.columns]
    keys = [column.name for column in table.primary_key]
    values = ", ".join(f":{name}" for name in names)
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
    return sa.text(
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({values}) "  # noqa: S608 - ours
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"
    ).bindparams(*(sa.bindparam(column.name, type_=column.type) for column in table.columns))


# Statements are built once: building one costs more than running it.
_PUT_VERDICT, _PUT_DUTY, _PUT_ALERT, _PUT_HANDLED = map(upsert, (VERDICTS, DUTIES, ALERTS, HANDLED))
_PUT_EVENT = sa.text("INSERT INTO events_seen VALUES (:event_id, :at_us) ON CONFLICT DO NOTHING")
_PUT_TRANSITION = sa.insert(TRANSITIONS)
_OF_SERIES = sa.select(VERDICTS).where(
    *(VERDICTS.c[key] == sa.bindparam(key) for key in ("target", "org", "region"))
)
_HELD = (
    sa.select(VERDICTS)
    .where(VERDICTS.c.held_since_us.is_not(None))
    .order_by(VERDICTS.c.held_since_us)
)
_HELD_OF_TARGET = _HELD.where(VERDICTS.c.target == sa.bindparam("of_target"))
_ALERT_OF_ID = sa.select(ALERTS).where(ALERTS.c.id == sa.bindparam("key")).with_for_update()
_OPEN = sa.select(ALERTS).where(ALERTS.c.open.is_(True)).with_for_update()
_OPEN_OF_IDENTITY = _OPEN.where(ALERTS.c.identity == sa.bindparam("key"))
_HANDLED_OF = (
    sa.select(HANDLED).where(HANDLED.c.identity == sa.bindparam("key")).order_by(HANDLED.c.period)
)
_COUNT = (
    sa.update(COUNTERS)
    .where(
        COUNTERS.c.colour == sa.bindparam("of_colour"), COUNTERS.c.year == sa.bindparam("of_year")
    )
    .values(last=COUNTERS.c.last + 1)
    .returning(COUNTERS.c.last)
)


class SqlAlertRepository:
    """One transaction's view of everything the service keeps.

    `event_of` makes the event of a step for the topic, `announce` queues the notifications of a
    step; both happen in the same transaction as the step.

    Attributes:
        raised: how many alerts this transaction has opened or escalated.

    """

    def __init__(self, tx: sa.Connection, event_of: EventOf, announce: Announce) -> None:
        self.raised = 0
        self._verdicts: dict[Series, dict[str, Verdict]] = {}  # asked for again and again
        self._tx = tx
        self._event_of = event_of
        self._announce = announce

    def note_event(self, event_id: str, at: datetime) -> bool:
        """Note an event by its id; False when it had been noted before."""
        values = {"event_id": event_id, "at_us": to_us(at)}
        return self._tx.execute(_PUT_EVENT, values).rowcount > 0

    def last_event_at(self) -> datetime | None:
        """Return when the newest event was noted."""
        us = self._tx.execute(sa.select(sa.func.max(EVENTS_SEEN.c.at_us))).scalar_one()
        return None if us is None else from_us(us)

    def forget_events(self, before: datetime) -> None:
        """Forget event ids so old that no redelivery can bring them back."""
        self._tx.execute(sa.delete(EVENTS_SEEN).where(EVENTS_SEEN.c.at_us < to_us(before)))

    def verdicts(self, series: Series) -> Sequence[Verdict]:
        """Return the last verdict of each period of a series, oldest period first."""
        if series not in self._verdicts:
            found = self._tx.execute(_OF_SERIES, _series_key(series))
            self._verdicts[series] = {row.period: row.document for row in found}
        return sorted(self._verdicts[series].values(), key=_by_period)

    def save_verdict(self, verdict: Verdict, *, held_since: datetime | None) -> None:
        """Replace the verdict of its series and period."""
        row = {
            **_series_key(verdict.series),
            "period": verdict.period,
            "held_since_us": to_us(held_since),
            "document": verdict,
        }
        self._tx.execute(_PUT_VERDICT, row)
        if verdict.series in self._verdicts:
            self._verdicts[verdict.series][verdict.period] = verdict

    def held_verdicts(self, target: str | None = None) -> Sequence[tuple[Verdict, datetime]]:
        """Return what is held, of one target or of all, with the time it is held since."""
        query = _HELD if target is None else _HELD_OF_TARGET
        found = self._tx.execute(query, {"of_target": target})
        return [(row.document, from_us(row.held_since_us)) for row in found]

    def save_duty(self, duty: Duty, event_id: str, *, held: bool) -> None:
        """Replace the state of a unit's duty."""
        key = {"duty": duty.id, "org": duty.org}
        values = {"event_id": event_id, "held": held, "document": duty}
        self._tx.execute(_PUT_DUTY, key | values)

    def duty(self, duty_id: str, org: str) -> tuple[Duty, str] | None:
        """Return a unit's duty and the id of its last event."""
        row = self._tx.execute(sa.select(DUTIES).filter_by(duty=duty_id, org=org)).one_or_none()
        return None if row is None else (row.document, row.event_id)

    def held_duties(self) -> Sequence[tuple[Duty, str]]:
        """Return the duties held back, each with the id of its event, in order of those."""
        query = sa.select(DUTIES).where(DUTIES.c.held.is_(True)).order_by(DUTIES.c.event_id)
        return [(row.document, row.event_id) for row in self._tx.execute(query)]

    def alert(self, alert_id: str) -> Alert | None:
        """Return an alert by its id, locked."""
        return self._alert(_ALERT_OF_ID, alert_id)

    def open_alert(self, identity: Identity) -> Alert | None:
        """Return the one open alert of an identity, locked."""
        return self._alert(_OPEN_OF_IDENTITY, identity.key)

    def open_alerts(self) -> Sequence[Alert]:
        """Return all open alerts, oldest first."""
        return [row.document for row in self._tx.execute(_OPEN.order_by(ALERTS.c.id))]

    def handled(self, identity: Identity) -> Sequence[Named]:
        """Return the periods whose alert the office closed or revoked."""
        found = self._tx.execute(_HANDLED_OF, {"key": identity.key})
        return [Named(row.period, Colour(row.colour), row.occasion) for row in found]

    def add_handled(self, identity: Identity, named: Sequence[Named]) -> None:
        """Keep periods as handled."""
        for one in named:
            key = {"identity": identity.key, "period": one.period}
            values = {"colour": one.colour.value, "occasion": one.occasion}
            self._tx.execute(_PUT_HANDLED, key | values)

    def remove_handled(self, identity: Identity, periods: Sequence[str]) -> None:
        """Keep periods as handled no longer."""
        of_them = (HANDLED.c.identity == identity.key, HANDLED.c.period.in_(periods))
        self._tx.execute(sa.delete(HANDLED).where(*of_them))

    def next_serial(self, colour: Colour, year: int) -> int:
        """Count on within a colour and a year, from 1."""
        key = {"of_colour": colour.value, "of_year": year}
        counted = self._tx.execute(_COUNT, key).scalar_one_or_none()
        if counted is None:
            self._tx.execute(sa.insert(COUNTERS).values(colour=colour.value, year=year, last=1))
            return 1
        return int(counted)

    def record(self, transition: Transition) -> None:
        """Keep a step: the alert, its history, the event, the notifications."""
        self.save_alert(transition.alert)
        self._tx.execute(_PUT_TRANSITION, transition_values(transition))
        OUTBOX.put(self._tx, [self._event_of(transition)])
        self._announce(self._tx, transition)
        self.raised += transition.step in (Step.OPENED, Step.ESCALATED)

    def save_alert(self, alert: Alert) -> None:
        """Keep what changed in an alert without a step."""
        identity, subject = alert.identity, alert.subject
        row = {
            "id": alert.id,
            "identity": identity.key,
            "target": identity.target,
            "org": identity.org,
            "leads": msgspec.json.encode(subject.leads).decode(),
            "copied": msgspec.json.encode(subject.copied).decode(),
            "number": alert.number,
            "colour": alert.colour.value,
            "state": alert.state.value,
            "open": alert.open,
            "steps": alert.steps,
            "document": alert,
        }
        self._tx.execute(_PUT_ALERT, row)

    def last_run(self) -> date | None:
        """Return the day of the last daily run."""
        day = META.get(self._tx, _LAST_RUN)
        return None if day is None else date.fromisoformat(day)

    def set_last_run(self, day: date) -> None:
        """Keep the day of a daily run."""
        META.set(self._tx, _LAST_RUN, day.isoformat())

    def _alert(self, query: sa.Select[Any], key: str) -> Alert | None:
        row = self._tx.execute(query, {"key": key}).one_or_none()
        return None if row is None else row.document


def watch_from(tx: sa.Connection, wanted: date | None, today: date) -> date:
    """Return the day the watch begins, settled on the very first start and kept from then on."""
    return date.fromisoformat(META.once(tx, "watch_from", (wanted or today).isoformat()))


def transition_values(transition: Transition) -> dict[str, object]:
    """Return a row of `transitions`."""
    alert, stamp = transition.alert, transition.stamp
    return {
        "id": stamp.id,
        "alert_id": alert.id,
        "sequence": alert.steps,
        "step": transition.step.value,
        "was": None if transition.was is None else transition.was.value,
        "state": alert.state.value,
        "colour": alert.colour.value,
        "number": alert.number,
        "period": alert.trigger.period,
        "at_us": to_us(stamp.at),
        "actor": stamp.actor,
        "person": stamp.person,
        "cause": transition.cause,
        "rule": transition.rule,
        "comment": transition.comment,
        "reason": transition.reason,
        "reply": transition.reply,
    }


def last_steps(tx: sa.Connection, event_of: EventOf) -> Iterator[Event]:
    """Yield the last step of every alert as its event, for a topic that may have lost some.

    In the order in which they were taken; the ids are those of the steps, so whoever has heard of a
    step already knows it again.
    """
    is_last = sa.and_(
        TRANSITIONS.c.alert_id == ALERTS.c.id, TRANSITIONS.c.sequence == ALERTS.c.steps
    )
    steps = (
        sa.select(TRANSITIONS, ALERTS.c.document).join(ALERTS, is_last).order_by(TRANSITIONS.c.id)
    )
    yield from (event_of(transition_of(row)) for row in tx.execute(steps))


def transition_of(row: sa.Row[Any]) -> Transition:
    """Return the step of a row of `transitions` with the `document` of its alert as it stands."""
    stamp, step = Stamp(row.id, from_us(row.at_us), row.actor), Step(row.step)
    was = None if row.was is None else State(row.was)
    said = row.cause, row.rule, row.comment, row.reason, row.reply
    return Transition(stamp, step, row.document, was, *said)


def _by_period(verdict: Verdict) -> tuple[date, str]:
    return parse(verdict.period).last, verdict.period


def _series_key(series: Series) -> dict[str, str]:
    # No org is the empty text.
    return {"target": series.target, "org": series.org or "", "region": series.region}
