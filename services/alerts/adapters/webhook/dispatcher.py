"""The dispatcher: a part that delivers what one receiver is owed, however often it takes.

One per receiver, so that one that hangs holds up no other. Between tries it waits twice as long
each time, a little at random, and never less than the receiver asks for.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from duibiao.core import Clock, Loop
from duibiao.core.failpoints import failpoint
from duibiao.store import Store
from services.alerts.adapters.webhook import notifications
from services.alerts.adapters.webhook.notifications import Due
from services.alerts.adapters.webhook.sender import Abandoned, Result, Sender

FIRST_WAIT = 5.0  # seconds before the second try
LONGEST_WAIT = 6 * 3600.0
AT_ONCE = 20  # notifications taken up between two looks at what else has come
IDLE = 5.0  # seconds between looks: another process may have queued something

Count = Callable[[str], None]

_log = structlog.get_logger(__name__)


class NotificationDispatcher(Loop):
    """Delivers one receiver's notifications; `nudge()` after a commit makes it look at once."""

    def __init__(
        self,
        receiver: str,
        sender: Sender,
        store: Store,
        clock: Clock,
        *,
        tries: int,
        count: Count,
        jitter: random.Random | None = None,
    ) -> None:
        """`count` is told how each try ended: sent, retried or failed.

        Of several replicas the leader alone delivers anything.
        """
        super().__init__(f"alerts dispatcher {receiver}")
        self._receiver = receiver
        self._sender = sender
        self._store = store
        self._clock = clock
        self._tries = tries
        self._count = count
        self._election = store.leader_election(f"dispatcher {receiver}")
        self._jitter = jitter or random.Random()  # noqa: S311 - spreads tries, guards nothing

    def turn(self) -> None:
        """Deliver what is due, or wait until something is."""
        if not self._election.holds():
            self.wait(IDLE)
            return
        now = self._clock.now()
        with self._store.read() as connection:
            waiting = notifications.due(connection, self._receiver, now, AT_ONCE)
            upcoming = None if waiting else notifications.next_due(connection, self._receiver)
        try:
            for notification in waiting:
                if not self._election.holds():
                    return  # a slow receiver has cost us the lead: another one has the rest
                self._deliver(notification)
        except Abandoned:
            return
        if not waiting:
            self.wait(_until(upcoming, now))

    def leave(self) -> None:
        """Let another one lead."""
        self._election.resign()
        self._sender.close()

    def stop(self, timeout: float) -> None:
        """End without waiting for a receiver that takes its time: it will be tried again."""
        self._sender.abandon()
        super().stop(timeout)

    def _deliver(self, notification: Due) -> None:
        began, clocked = self._clock.now(), self._clock.monotonic()
        with self._store.begin() as tx:
            ours = notifications.note_begun(tx, notification, began)
        if not ours:
            return  # we were held up since we asked who leads
        result = self._sender.send(notification.message, began)
        failpoint("alerts-dispatcher.after-send")
        took = timedelta(seconds=self._clock.monotonic() - clocked)
        at = self._clock.now()
        again_at = self._again_at(result, notification.tries + 1, at)
        with self._store.begin() as tx:
            notifications.note_try(tx, notification, result, at=at, took=took, again_at=again_at)
        self._record(notification, result, again_at)

    def _again_at(self, result: Result, tries: int, now: datetime) -> datetime | None:
        if result.outcome in ("sent", "gone") or tries >= self._tries:
            return None
        doubled: float = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(tries - 1, 30))
        wait = max(doubled * self._jitter.uniform(0.5, 1.0), result.retry_after or 0.0)
        return now + timedelta(seconds=wait)

    def _record(self, notification: Due, result: Result, again_at: datetime | None) -> None:
        sent = result.outcome == "sent"
        ended = "sent" if sent else ("failed" if again_at is None else "retried")
        self._count(ended)
        write = _log.error if ended == "failed" else _log.info
        write(
            "notification tried",
            receiver=self._receiver,
            notification=notification.message.id,
            nth=notification.tries + 1,
            outcome=result.outcome,
            status_code=result.status_code,
            ended=ended,
        )


def _until(upcoming: datetime | None, now: datetime) -> float:
    if upcoming is None:
        return IDLE
    return min(IDLE, max(0.0, (upcoming - now).total_seconds()))
