"""The notification log: what receivers are owed, every try, and what became of it.

A notification is written in the transaction of the step it tells of and leaves `queued` only for
`sent` or `failed`. A try is noted before it is made: of one that a crash cut off nobody knows how
it went, so it stands there as `unknown`, and another is made with the same id. At least once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, insert, select, update

from services.alerts.adapters.documents import webhook_body
from services.alerts.adapters.rows import from_us, to_us
from services.alerts.adapters.tables import ATTEMPTS, NOTIFICATIONS
from services.alerts.adapters.webhook.receivers import Receivers
from services.alerts.adapters.webhook.sender import Message, Result
from services.alerts.domain.alert import Transition
from services.alerts.domain.life import keeps_silent

CHANNEL = "webhook"
NO_RECEIVER = "no-receiver"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Due:
    """A notification whose next try is due; `tries` were made already."""

    message: Message
    tries: int


def _first_waiting() -> ColumnElement[bool]:
    earlier = NOTIFICATIONS.alias("earlier")
    blocked = select(earlier.c.id).where(
        earlier.c.receiver == bindparam("receiver"),
        earlier.c.alert_id == NOTIFICATIONS.c.alert_id,
        earlier.c.state == "queued",
        earlier.c.sequence < NOTIFICATIONS.c.sequence,
    )
    return and_(
        NOTIFICATIONS.c.receiver == bindparam("receiver"),
        NOTIFICATIONS.c.state == "queued",
        ~blocked.exists(),
    )


# Built once: building them costs more than running them.
_DUE: Final = (
    select(NOTIFICATIONS.c.id, NOTIFICATIONS.c.body, NOTIFICATIONS.c.tries)
    .where(_first_waiting(), NOTIFICATIONS.c.next_us <= bindparam("now_us"))
    .order_by(NOTIFICATIONS.c.next_us, NOTIFICATIONS.c.id)
    .limit(bindparam("at_most"))
)
_NEXT_DUE: Final = select(func.min(NOTIFICATIONS.c.next_us)).where(_first_waiting())
_OF_ID: Final = NOTIFICATIONS.c.id == bindparam("the_id")
_WAITS: Final = and_(
    NOTIFICATIONS.c.state == "queued", NOTIFICATIONS.c.tries == bindparam("the_tries")
)
_BEGIN: Final = update(NOTIFICATIONS).where(_OF_ID, _WAITS).values(tries=NOTIFICATIONS.c.tries + 1)
_ADD: Final = insert(NOTIFICATIONS)
_ATTEMPT: Final = insert(ATTEMPTS)
_END_ATTEMPT: Final = update(ATTEMPTS).where(
    ATTEMPTS.c.notification_id == bindparam("the_id"), ATTEMPTS.c.nth == bindparam("the_tries")
)


class NotificationQueue:
    """Queues, in the transaction of a step, what the receivers' file wants sent of it."""

    def __init__(self, receivers: Receivers, new_id: Callable[[], str]) -> None:
        self._receivers = receivers
        self._new_id = new_id

    def __call__(self, tx: Connection, transition: Transition) -> None:
        """Queue a notification per receiver; none for a step that is nobody's business."""
        names = () if keeps_silent(transition) else self._receivers.of(transition.alert)
        if not names:
            return
        at = to_us(transition.stamp.at)
        row = {
            "transition_id": transition.stamp.id,
            "alert_id": transition.alert.id,
            "sequence": transition.alert.steps,
            "channel": CHANNEL,
            "body": webhook_body(transition),
            "state": "queued",
            "created_us": at,
            "next_us": at,
            "tries": 0,
        }
        tx.execute(_ADD, [{**row, "id": self._new_id(), "receiver": name} for name in names])


def due(connection: Connection, receiver: str, now: datetime, limit: int) -> Sequence[Due]:
    """Return what is due to a receiver, oldest first.

    Of one alert the steps go out in order: a later one waits until the earlier is sent or failed.
    """
    asked = {"receiver": receiver, "now_us": to_us(now), "at_most": limit}
    return [Due(Message(row.id, row.body), row.tries) for row in connection.execute(_DUE, asked)]


def next_due(connection: Connection, receiver: str) -> datetime | None:
    """Return when the next try to a receiver is due; None when nothing waits."""
    us = connection.execute(_NEXT_DUE, {"receiver": receiver}).scalar_one()
    return None if us is None else from_us(us)


def note_begun(tx: Connection, tried: Due, at: datetime) -> bool:
    """Note that a try is about to be made; False where another replica has made it meanwhile."""
    begun = tx.execute(_BEGIN, {"the_id": tried.message.id, "the_tries": tried.tries})
    if not begun.rowcount:
        return False
    attempt = {"notification_id": tried.message.id, "nth": tried.tries + 1}
    tx.execute(_ATTEMPT, {**attempt, "at_us": to_us(at), "took_ms": 0, "outcome": UNKNOWN})
    return True


def note_try(
    tx: Connection,
    tried: Due,
    result: Result,
    *,
    at: datetime,
    took: timedelta,
    again_at: datetime | None,
) -> None:
    """Note how a try went, and when the next is due; None: it was the last, whatever came of it.

    What a later try has settled meanwhile stands, unless this one has arrived.
    """
    key = {"the_id": tried.message.id, "the_tries": tried.tries + 1}
    answer = {"status_code": result.status_code, "outcome": result.outcome}
    values: dict[str, object] = {**answer, "next_us": None if again_at is None else to_us(again_at)}
    if result.outcome == "sent":
        values |= {"state": "sent", "sent_us": to_us(at)}
        tx.execute(update(NOTIFICATIONS).where(_OF_ID).values(values), key)
    else:
        values |= {"state": "failed"} if again_at is None else {}
        tx.execute(update(NOTIFICATIONS).where(_OF_ID, _WAITS).values(values), key)
    ended = {"at_us": to_us(at), "took_ms": took // timedelta(milliseconds=1), **answer}
    tx.execute(_END_ATTEMPT.values(ended), key)


def give_up_on_strangers(tx: Connection, names: Sequence[str]) -> int:
    """Mark as failed what waits for receivers that the file no longer has; return how many."""
    gone = tx.execute(
        update(NOTIFICATIONS)
        .where(NOTIFICATIONS.c.state == "queued", NOTIFICATIONS.c.receiver.not_in(names))
        .values(state="failed", outcome=NO_RECEIVER, next_us=None)
    )
    return gone.rowcount
