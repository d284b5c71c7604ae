"""The dispatcher: a part that delivers what one receiver is owed, however often it takes.

One per receiver, so that one that hangs holds up no other. Between tries it waits twice as long
each time, a little at random, and never less than the receiver asks for.
"""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection

from duibiao.core import Clock, Loop
from duibiao.core.failpoints import failpoint
from duibiao.store import Store
from duibiao.workdays.moments import from_us
from services.alerts.adapters.channels import notifications
from services.alerts.adapters.channels.channel import ENDINGS, Abandoned, Channel, Result
from services.alerts.adapters.channels.notifications import Attempt, Finished, NotificationQueue

FIRST_WAIT = 5.0  # seconds before the second try
LONGEST_WAIT = 6 * 3600.0
IDLE = 5.0  # seconds between looks: another process may have queued something

Count = Callable[[str], None]

_log = structlog.get_logger(__name__)


class NotificationDispatcher(Loop):
    """Delivers one receiver's notifications; `nudge()` makes it look at once."""

    def __init__(
        self,
        receiver: str,
        channel: Channel[Any],
        store: Store,
        clock: Clock,
        *,
        tries: int,
        count: Count,
        queue: NotificationQueue,
        jitter: random.Random | None = None,
    ) -> None:
        """`count` is told how each try ended: sent, retried or failed. `queue` tells the office.

        Of several replicas the leader alone delivers anything.
        """
        # Machines come first.
        super().__init__(f"alerts dispatcher {receiver}", background=channel.gap > 0)
        self._receiver = receiver
        self._channel = channel
        self._store = store
        self._clock = clock
        self._tries = tries
        self._count = count
        self._queue = queue
        self._election = store.leader_election(f"dispatcher {receiver}")
        self._idle = IDLE
        self._begun: list[Attempt] = []
        self._finished: list[Finished] = []  # of what was begun, in its order
        self._abandoned = self._failing = False
        self._jitter = jitter or random.Random()  # noqa: S311 - spreads tries, guards nothing

    def turn(self) -> None:
        """Deliver what is due, then wait until something is."""
        if not self._begun and not self._election.holds():
            self.wait(IDLE)
            return
        rest = 0.0
        while self._next():
            self._deliver()
            rest = self._channel.gap * self._jitter.uniform(0.5, 1.5)
        self._stopping.wait(rest)
        self.wait(self._idle)

    def leave(self) -> None:
        """Let another one lead."""
        self._election.resign()
        self._channel.close()

    def stop(self, timeout: float) -> None:
        """End without waiting for a receiver that takes its time: it will be tried again."""
        self._channel.abandon()
        super().stop(timeout)

    def _next(self) -> bool:
        """Keep the outcomes of what was begun and begin what is due next, in one transaction."""
        # A slow receiver may have cost us the lead: another one has the rest.
        goes_on = not self.stopping and not self._abandoned and self._election.holds()
        finished = self._finished
        with self._store.begin() as tx:
            notifications.finish(tx, finished)
            notifications.give_back(tx, self._begun[len(finished) + self._abandoned :])
            for one in finished:
                self._follow_dead_end(tx, one)
            now, waiting = self._clock.now(), notifications.waiting(tx, self._receiver)
            begun = notifications.claim(tx, self._receiver, waiting, now) if goes_on else []
        # Not before: what the store could not keep is kept the next time.
        self._begun, self._finished, self._idle = begun, [], _until(waiting, now)
        self._failing = any(one.failing for one in waiting)
        for one in finished:
            self._log(one)
        return bool(begun)

    def _deliver(self) -> None:
        """Try one after the other, until one does not arrive or another replica has the lead."""
        try:
            for attempt in self._begun:
                paused = bool(self._finished) and self._stopping.wait(self._channel.pause)
                if paused or not self._election.holds():
                    break
                self._finished.append(self._tried(attempt))
                if self._finished[-1].result.outcome != "sent":
                    break
        except Abandoned:
            self._abandoned = True

    def _tried(self, attempt: Attempt) -> Finished:
        began, clocked = self._clock.now(), self._clock.monotonic()
        result = self._channel.send(attempt.message, began)
        failpoint("alerts-dispatcher.after-send")
        took = timedelta(seconds=self._clock.monotonic() - clocked)
        at = self._clock.now()
        return Finished(attempt, result, at, took, self._again_at(result, attempt.failures + 1, at))

    def _again_at(self, result: Result, tries: int, now: datetime) -> datetime | None:
        if result.outcome in ENDINGS or tries >= self._tries:
            return None
        doubled: float = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(tries - 1, 30))
        wait = max(doubled * self._jitter.uniform(0.5, 1.0), result.retry_after or 0.0)
        return now + timedelta(seconds=wait)

    def _follow_dead_end(self, tx: Connection, finished: Finished) -> None:
        """Disable a receiver that is gone; tell the office of a dead end, once until it is over."""
        if finished.again_at is not None:
            return
        name, at, outcome = self._receiver, finished.at, finished.result.outcome
        concerned = self._failing or outcome != "sent"
        new = concerned and notifications.set_failing(tx, name, failing=outcome != "sent")
        if outcome == "gone" and notifications.disable(tx, name, at):
            text = f"Receiver {name} answered 410 and is disabled. Its notifications wait."
            text_zh = f"通知对象“{name}”答复410，已停用；发给它的通知暂存，启用后发送。"
            self._queue.notice(tx, "receiver-disabled", text, text_zh, at, name)
        elif outcome != "sent" and new:
            text = f"A notification to {name} failed for good ({outcome}). See the notifications."
            text_zh = f"发给“{name}”的通知最终未送达，请查看通知记录。"
            self._queue.notice(tx, "notification-failed", text, text_zh, at, name)

    def _log(self, finished: Finished) -> None:
        result, over = finished.result, finished.again_at is None
        ended = "sent" if result.outcome == "sent" else "failed" if over else "retried"
        self._count(ended)
        if ended == "sent":
            return  # the history has it
        write = _log.info if ended == "retried" else _log.error
        write(
            "notification tried",
            receiver=self._receiver,
            notification=finished.attempt.message.id,
            nth=finished.attempt.nth,
            outcome=result.outcome,
            status_code=result.status_code,
            ended=ended,
        )


def _until(waiting: Sequence[notifications.Waiting], now: datetime) -> float:
    due = from_us(waiting[0].next_us) if waiting else now + timedelta(seconds=IDLE)
    return min(IDLE, max(0.0, (due - now).total_seconds()))
