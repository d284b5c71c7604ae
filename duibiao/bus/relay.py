"""The relay: moves what a service has to say from its outbox to the log, again and again.

A crash between sending and forgetting sends the same ids again; the log, or the reader, drops
them. Nothing is forgotten before it is durable on the log. A few small events are forgotten a
moment later and together: the next service is at work on them already, and that commit would only
compete with its own.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import Connection

from duibiao.bus.log_watch import UNWATCHED, Watch
from duibiao.bus.outbox import Note
from duibiao.bus.ports import Bus, Event, Place, Producer
from duibiao.core.failpoints import failpoint, named
from duibiao.core.parts import Loop
from duibiao.core.retry import Retry
from duibiao.store.leader_election import ALONE, LeaderElection

BATCH = 500
IDLE = 0.25  # seconds between looks when nobody nudges: another process may share the outbox
CLOSING = 2.0
REST = 0.02  # seconds at most between two batches, for as many as can to share a commit
_LOOKING = 0.05  # seconds between looks before the log has been seen
FORGET_AFTER: Final = 0.1  # seconds that a few sent events may stay in the outbox
_FEW: Final = 8  # events
_SMALL: Final = 64 * 1024  # bytes of their data


class OutboxSource(Protocol):
    """Where the relay finds events. Called on the relay's thread only.

    Attributes:
        republished: events since the start that were put in once more, since they may be lost.

    """

    republished: int

    def pending(self, limit: int) -> Sequence[tuple[int, Event]]:
        """Return the oldest events not yet sent with their numbers, at most `limit`, in order.

        Fewer where they are large: all of them are in memory at once.
        What was not reported by `sent` must come again, in the same order.
        """
        ...

    def sent(self, ids: Sequence[int], note: Note) -> None:
        """Take note that the events of these numbers are durable on the log, after `note(tx)`."""
        ...


class Relay(Loop):
    """A part that empties one outbox into the log.

    `nudge()` after each commit makes it look at once; it looks by itself every `idle` seconds.
    While the log cannot be reached the events stay where they are. Of several replicas that share
    an outbox the leader alone sends, so that events of one key keep their order.

    Attributes:
        watch: sees whether the log has lost what was sent; nothing is sent before it has looked.

    """

    def __init__(
        self,
        name: str,
        source: OutboxSource,
        bus: Bus,
        *,
        watch: Watch = UNWATCHED,
        batch: int = BATCH,
        idle: float = IDLE,
        election: LeaderElection = ALONE,
    ) -> None:
        super().__init__(name)
        self._election = election
        self._source = source
        self._oldest: Event | None = None
        self._sent = dict[int, Event]()
        self._written = list[Mapping[Place, range]]()
        self._forget_at = 0.0
        self.watch = watch
        self._bus = bus
        self._batch = batch
        self._idle = idle
        self._producer: Producer | None = None
        self._after_send = named(name, "after-send")

    @property
    def republished(self) -> int:
        """How many events were put in the outbox once more, since they may be lost."""
        return self._source.republished

    @property
    def waiting_since(self) -> datetime | None:
        """The time of the oldest event not yet sent; None when none waits or another sends."""
        oldest = self._oldest
        return None if oldest is None else oldest.time

    def turn(self) -> None:
        """Send one batch, or wait for a nudge when there is none that we may send now."""
        if not self._election.holds():
            self._oldest = None
            self._doubt_what_was_sent()
            self.watch.forget()
            self.wait(self._idle)
            return
        began = time.monotonic()
        if self.watch.look():
            self._doubt_what_was_sent()
            self._drop_the_producer()
        found = self._source.pending(self._batch + len(self._sent))
        waiting = {number: event for number, event in found if number not in self._sent}
        self._oldest = next(iter(waiting.values()), None)
        if not waiting:
            self._rest()
        elif self.watch.clear:
            self._send(waiting)
            if 1 < len(waiting) < self._batch:
                # Several came while we were at work: under load, as long again. One never waits.
                self._stopping.wait(min(REST, time.monotonic() - began))
        else:
            self.wait(_LOOKING)

    def _rest(self) -> None:
        left = self._forget_at - time.monotonic()
        if not self._sent or left > 0:
            self.wait(left if self._sent else self._idle)
        else:
            self._forget()

    def _send(self, waiting: Mapping[int, Event]) -> None:
        if self._producer is None:
            self._producer = self._bus.producer()
        written = self._producer.send(list(waiting.values()))
        failpoint(self._after_send)
        if not self._sent:
            self._forget_at = time.monotonic() + FORGET_AFTER
        self._sent |= waiting
        self._written.append(written)
        size = sum(len(event.data) for event in self._sent.values())
        if len(self._sent) > _FEW or size > _SMALL or time.monotonic() >= self._forget_at:
            self._forget()

    def _forget(self) -> None:
        """Take what was sent from the outbox; where that fails it is sent once more."""
        numbers, written = list(self._sent), self._written
        self._doubt_what_was_sent()

        def note(tx: Connection) -> None:
            for one in written:
                self.watch.wrote(tx, one)

        self._source.sent(numbers, note)

    def _doubt_what_was_sent(self) -> None:
        self._sent, self._written = {}, []

    def leave(self) -> None:
        """Forget what was sent, close the producer, then let another one lead."""
        try:
            if self._sent and self._election.holds():
                self._forget()
        except Retry:
            pass  # it is sent once more
        self._drop_the_producer()
        self._election.resign()

    def _drop_the_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.close(CLOSING)
