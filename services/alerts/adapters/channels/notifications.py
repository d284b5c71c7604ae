"""The notifications: what receivers are to be sent, every attempt, and its outcome.

A notification is written in the transaction of its step, as `queued` or `held`. It ends as `sent`
or `failed`, or as `superseded` where a later one says more. An attempt is written before it is
made: one that a crash cut off stays `unknown`, and another is made with the same id. Delivery is at
least once.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import sqlalchemy as sa
import structlog

from duibiao.workdays.moments import to_us
from services.alerts.adapters.channels.channel import Message, Result
from services.alerts.adapters.channels.holding import REPLACE, TOLD, Holding, replace_earlier
from services.alerts.adapters.channels.receivers import Receivers
from services.alerts.adapters.documents import notice_body, webhook_body
from services.alerts.adapters.quiet import begins_flood
from services.alerts.adapters.repository import transition_of
from services.alerts.adapters.tables import ATTEMPTS, NOTIFICATIONS, RECEIVERS
from services.alerts.domain.alert import Alert, Step, Transition
from services.alerts.domain.life import keeps_silent
from services.alerts.domain.quiet import Matchers

Row = Mapping[str, object]
Waiting = sa.Row[*tuple[Any, ...]]
NO_RECEIVER = "no-receiver"
UNKNOWN = "unknown"
ONE_BY_ONE = "webhook"  # the channel of machines: a step a message
TOGETHER_AT_MOST = 100  # steps in one message
AT_ONCE = 10  # messages begun together: as many may come twice after a crash
_FLOOD: Final = (
    "Too many alerts opened within a minute. The next ones are held: release or withdraw them.",
    "一分钟内新增预警过多，其后的通知暂不发送，请放行或撤回。",
)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to deliver a notification, the `nth`, from 1.

    `failures`: of those before. What a crash cut off is none.
    """

    message: Message
    nth: int
    failures: int


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of an attempt, and when the next is due; None: it was the last."""

    attempt: Attempt
    result: Result
    at: datetime
    took: timedelta
    again_at: datetime | None


def _new(table: sa.Table, *names: str) -> dict[str, sa.ColumnElement[Any]]:
    """Return columns of a table as what a statement sets them to: `new_` and the name."""
    return {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in names}


_EARLIER: Final = NOTIFICATIONS.alias("earlier")
_BLOCKED: Final = sa.select(_EARLIER.c.id).where(
    _EARLIER.c.receiver == sa.bindparam("receiver"),
    _EARLIER.c.alert_id == NOTIFICATIONS.c.alert_id,
    _EARLIER.c.state == "queued",
    _EARLIER.c.sequence < NOTIFICATIONS.c.sequence,
)
_OF_RECEIVER: Final = (
    NOTIFICATIONS.c.receiver == sa.bindparam("receiver"),
    NOTIFICATIONS.c.state == "queued",
    ~_BLOCKED.exists(),
)
# Built once: building them costs more than running them.
_MATES: Final = NOTIFICATIONS.alias("mates")
_HAS_MATES: Final = sa.exists().where(
    _MATES.c.batch == NOTIFICATIONS.c.batch,
    _MATES.c.receiver == NOTIFICATIONS.c.receiver,
    _MATES.c.state == "queued",
    _MATES.c.id != NOTIFICATIONS.c.id,
)
_KNOWN: Final = ATTEMPTS.c.notification_id == NOTIFICATIONS.c.id, ATTEMPTS.c.outcome != UNKNOWN
_FAILURES: Final = sa.select(sa.func.count()).where(*_KNOWN).scalar_subquery()
_WAITING: Final = "id", "channel", "batch", "message_id", "tries", "next_us"
_WAITING_MESSAGES: Final = (
    sa.select(
        *(NOTIFICATIONS.c[name] for name in _WAITING),
        RECEIVERS.c.failing,
        _HAS_MATES.label("has_mates"),
        _FAILURES.label("failures"),
    )
    .outerjoin(RECEIVERS, RECEIVERS.c.name == NOTIFICATIONS.c.receiver)
    .where(*_OF_RECEIVER, RECEIVERS.c.disabled_us.is_(None))
    .order_by(NOTIFICATIONS.c.next_us, NOTIFICATIONS.c.id)
    .limit(AT_ONCE)
)
_OF_BATCH: Final = (
    sa.select(NOTIFICATIONS.c.id)
    .where(*_OF_RECEIVER, NOTIFICATIONS.c.batch == sa.bindparam("the_batch"))
    .where(NOTIFICATIONS.c.tries == 0, NOTIFICATIONS.c.next_us <= sa.bindparam("now_us"))
    .order_by(NOTIFICATIONS.c.id)
    .limit(TOGETHER_AT_MOST)
)
_OF_ID: Final = sa.or_(
    NOTIFICATIONS.c.id == sa.bindparam("the_id"),
    NOTIFICATIONS.c.message_id == sa.bindparam("the_id"),
)
_STILL_LAST: Final = sa.and_(
    NOTIFICATIONS.c.state == "queued", NOTIFICATIONS.c.tries == sa.bindparam("the_tries")
)
_IDS: Final[sa.BindParameter[list[str]]] = sa.bindparam("the_ids", expanding=True)
_BEGIN: Final = (
    sa.update(NOTIFICATIONS)
    .where(sa.or_(NOTIFICATIONS.c.id.in_(_IDS), NOTIFICATIONS.c.message_id.in_(_IDS)))
    .where(NOTIFICATIONS.c.state == "queued")
    .values(tries=NOTIFICATIONS.c.tries + 1)
    .returning(*(NOTIFICATIONS.c[name] for name in ("id", "message_id", "tries", "body")))
)
_TOGETHER: Final = (
    sa.update(NOTIFICATIONS)
    .where(NOTIFICATIONS.c.id.in_(sa.bindparam("of_batch", expanding=True)))
    .values(message_id=sa.bindparam("the_id"))
)
_ADD: Final = sa.insert(NOTIFICATIONS)
_ATTEMPT: Final = sa.insert(ATTEMPTS)
_ARRIVED: Final = (
    sa.update(NOTIFICATIONS)
    .where(_OF_ID)
    .values(_new(NOTIFICATIONS, "state", "sent_us", "next_us", "status_code", "outcome"))
)
_NOT_ARRIVED: Final = _ARRIVED.where(_STILL_LAST)
_THE_ATTEMPT: Final = sa.and_(
    ATTEMPTS.c.notification_id.in_(sa.select(NOTIFICATIONS.c.id).where(_OF_ID)),
    ATTEMPTS.c.nth == sa.bindparam("the_tries"),
)
_END_ATTEMPT: Final = (
    sa.update(ATTEMPTS)
    .where(_THE_ATTEMPT)
    .values(_new(ATTEMPTS, "at_us", "took_ms", "status_code", "outcome", "detail"))
)


class NotificationQueue:
    """Queues, in the transaction of a step, what the receivers' file wants sent of it.

    `nudges` wakes the dispatcher of a receiver: once `committed` is called after the transaction,
    on its thread. `holding` says what waits; without it nothing does.
    """

    def __init__(
        self,
        receivers: Receivers,
        new_id: Callable[[], str],
        nudges: Mapping[str, Callable[[], None]] | None = None,
        holding: Holding | None = None,
    ) -> None:
        self.receivers = receivers
        self._new_id = new_id
        self.nudges = dict(nudges or {})
        self._holding = holding
        self._queued = threading.local()

    def __call__(self, tx: sa.Connection, transition: Transition) -> None:
        """Queue a notification per receiver; none for a step that receivers are not sent."""
        at, alert, holding = transition.stamp.at, transition.alert, self._holding
        limit = holding.flood_limit if holding and transition.step is Step.OPENED else None
        if limit is not None and begins_flood(tx, transition, limit):
            self.notice(tx, "flood", *_FLOOD, at)
        names = () if keeps_silent(transition) else self.receivers.of(alert)
        if not names:
            return
        held, due = holding.plan(tx, transition, names) if holding else (set[str](), at)
        if alert.steps > 1:
            replace_earlier(tx, transition, [name for name in names if name not in held])
        row = {
            "transition_id": transition.stamp.id,
            "alert_id": alert.id,
            "sequence": alert.steps,
            "batch": self._batch_of(alert),
            "body": webhook_body(transition),
        }
        self._put(tx, names, row, at, due, held)

    def batch(self, cause: str) -> None:
        """Name what causes the steps that this thread takes next, such as a submission."""
        self._queued.batch = cause

    def hold(self, tx: sa.Connection, matchers: Matchers) -> None:
        """Hold what a new silence is about and nobody has tried to send."""
        if self._holding:
            self._holding.hold(tx, matchers)

    def release(self, tx: sa.Connection) -> None:
        """Queue what nothing holds any more: once per alert and receiver, as it stands now.

        An alert that has ended meanwhile rings only where its beginning was told.
        """
        for row, due in self._holding.released(tx) if self._holding else ():
            alert, of_them = row.document, {"the_alert": row.alert_id, "names": [row.receiver]}
            tx.execute(REPLACE, {**of_them, "states": ["held"]})
            if alert.open or tx.execute(TOLD, of_them).first():
                ring = {"batch": self._batch_of(alert), "state": "queued", "next_us": to_us(due)}
                again = sa.update(NOTIFICATIONS).where(NOTIFICATIONS.c.id == row.held)
                tx.execute(again.values(body=webhook_body(transition_of(row)), **ring))
                self._queued.names = {*self._names(), row.receiver}

    def notice(
        self,
        tx: sa.Connection,
        kind: str,
        text: str,
        text_zh: str,
        at: datetime,
        about: str | None = None,
    ) -> None:
        """Queue a notice to the office of what concerns the service itself; no alert is needed.

        `kind` is a word such as `receiver-disabled`. Without an office, or where the notice is
        `about` the office's own receiver, it is only logged.
        """
        office = self.receivers.office
        _log.warning("notice", kind=kind, text=text, office=office)
        if office is not None and office != about:
            self._put(tx, (office,), {"body": notice_body(kind, text, text_zh, at)}, at, at)

    def put(self, tx: sa.Connection, key: str, receiver: str, body: bytes, at: datetime) -> None:
        """Queue a message that is no step of an alert, under an id of its own."""
        self._put(tx, (receiver,), {"id": key, "body": body}, at, at)

    def committed(self) -> None:
        """Wake the dispatchers of what this thread has queued."""
        for name in self._names() & self.nudges.keys():
            self.nudges[name]()
        self._queued.names, self._queued.batch = set(), None

    def _put(
        self,
        tx: sa.Connection,
        names: Sequence[str],
        row: Row,
        at: datetime,
        due: datetime,
        held: Collection[str] = (),
    ) -> None:
        known, goes = self.receivers.by_name, {"state": "queued", "next_us": to_us(due)}
        new = {**row, "created_us": to_us(at), "tries": 0}
        rows = [
            {"id": self._new_id(), **new, "receiver": name, "channel": known[name].channel}
            | ({"state": "held", "next_us": None} if name in held else goes)
            for name in names
        ]
        tx.execute(_ADD, rows)
        self._queued.names = {*self._names(), *names}

    def _names(self) -> set[str]:
        return getattr(self._queued, "names", set())

    def _batch_of(self, alert: Alert) -> str:
        if getattr(self._queued, "batch", None) is None:
            self._queued.batch = uuid4().hex
        return " ".join((self._queued.batch, *alert.subject.leads))


def waiting(connection: sa.Connection, receiver: str) -> Sequence[Waiting]:
    """Return what a receiver is to be sent next, with `next_us`, when it is due: soonest first.

    `failing`: the last notification to the receiver failed for good.
    Of one alert the steps go out in order: a later one waits until the earlier is sent or failed.
    """
    return connection.execute(_WAITING_MESSAGES, {"receiver": receiver}).all()


def claim(
    tx: sa.Connection, receiver: str, rows: Sequence[Waiting], now: datetime
) -> list[Attempt]:
    """Begin the next attempts: of what is `waiting` those that are due.

    What is of one batch, due and not yet tried goes into one message, where the channel takes it.
    """
    ids, joined, now_us = dict[str, int](), set[str](), to_us(now)
    for row in (row for row in rows if row.next_us <= now_us):
        if row.id in joined:
            continue
        message_id = row.message_id or row.id
        if row.has_mates and not row.tries and row.channel != ONE_BY_ONE:
            of_them = {"receiver": receiver, "the_batch": row.batch, "now_us": now_us}
            together = tx.execute(_OF_BATCH, of_them).scalars().all()
            if len(together) > 1:
                joined.update(together)
                tx.execute(_TOGETHER, {"of_batch": together, "the_id": message_id})
        ids[message_id] = row.failures
    if not ids:
        return []
    begun = sorted(tx.execute(_BEGIN, {"the_ids": [*ids]}).all())
    new = {"at_us": now_us, "took_ms": 0, "outcome": UNKNOWN}
    tx.execute(_ATTEMPT, [{"notification_id": one.id, "nth": one.tries, **new} for one in begun])
    steps = {key: [one for one in begun if key in (one.message_id, one.id)] for key in ids}
    messages = (Message(key, tuple(one.body for one in steps[key])) for key in steps)
    return [Attempt(one, steps[one.id][0].tries, ids[one.id]) for one in messages]


def finish(tx: sa.Connection, finished: Sequence[Finished]) -> None:
    """Keep the outcome of attempts.

    What a later attempt has settled meanwhile stands, unless this one has arrived.
    """
    for statement, arrived in ((_ARRIVED, True), (_NOT_ARRIVED, False)):
        rows = [_ended(one) for one in finished if (one.result.outcome == "sent") == arrived]
        if rows:
            tx.execute(statement, rows)
            tx.execute(_END_ATTEMPT, rows)


def give_back(tx: sa.Connection, attempts: Sequence[Attempt]) -> None:
    """Undo the beginning of attempts that were not made."""
    if attempts:
        of_them = [{"the_id": one.message.id, "the_tries": one.nth} for one in attempts]
        tx.execute(sa.delete(ATTEMPTS).where(_THE_ATTEMPT), of_them)
        rows = sa.update(NOTIFICATIONS).where(_OF_ID, _STILL_LAST)
        tx.execute(rows.values(tries=NOTIFICATIONS.c.tries - 1), of_them)


def _ended(finished: Finished) -> Row:
    attempt, result, again_at = finished.attempt, finished.result, finished.again_at
    sent, at = result.outcome == "sent", to_us(finished.at)
    return {
        "the_id": attempt.message.id,
        "the_tries": attempt.nth,
        "new_state": "sent" if sent else "failed" if again_at is None else "queued",
        "new_sent_us": at if sent else None,
        "new_next_us": to_us(again_at),
        "new_status_code": result.status_code,
        "new_outcome": result.outcome,
        "new_at_us": at,
        "new_took_ms": finished.took // timedelta(milliseconds=1),
        "new_detail": result.detail,
    }


def fail_without_receiver(tx: sa.Connection, names: Sequence[str]) -> int:
    """Fail what waits for receivers that the file no longer has; return how many."""
    gone = tx.execute(
        sa.update(NOTIFICATIONS)
        .where(NOTIFICATIONS.c.state.in_(("queued", "held")))
        .where(NOTIFICATIONS.c.receiver.not_in(names))
        .values(state="failed", outcome=NO_RECEIVER, next_us=None)
    )
    return gone.rowcount


def settle(tx: sa.Connection, receivers: Receivers) -> None:
    """Keep one row per receiver of the file; one whose entry changed is enabled again."""
    stored = {(row.name, row.digest) for row in tx.execute(sa.select(RECEIVERS))}
    listed = receivers.by_name.values()
    kept = [one.name for one in listed if (one.name, one.digest) in stored]
    tx.execute(sa.delete(RECEIVERS).where(RECEIVERS.c.name.not_in(kept)))
    for one in (one for one in listed if one.name not in kept):
        row = {"name": one.name, "channel": one.channel, "digest": one.digest, "failing": False}
        tx.execute(sa.insert(RECEIVERS).values(row))


def disable(tx: sa.Connection, receiver: str, at: datetime | None) -> bool:
    """Disable a receiver, or enable it (None); its notifications wait. False: nothing changed."""
    other = RECEIVERS.c.disabled_us.is_(None) == bool(at)
    row = sa.update(RECEIVERS).where(RECEIVERS.c.name == receiver, other)
    return tx.execute(row.values(disabled_us=to_us(at))).rowcount > 0


def set_failing(tx: sa.Connection, receiver: str, *, failing: bool) -> bool:
    """Note whether the last notification failed for good. False: it was noted before."""
    row = sa.update(RECEIVERS).where(RECEIVERS.c.name == receiver, RECEIVERS.c.failing != failing)
    return tx.execute(row.values(failing=failing)).rowcount > 0
