"""The relay: moves what a service has to say from its outbox to the log, again and again.

A crash between sending and forgetting sends the same ids again; the log, or the reader, drops
them. Nothing is forgotten before it is durable on the log.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

from duibiao.bus.log_watch import UNWATCHED, Watch
from duibiao.bus.outbox import Note
from duibiao.bus.ports import Bus, Event, Producer
from duibiao.core.failpoints import failpoint, named
from duibiao.core.parts import Loop
from duibiao.store.leader_election import ALONE, LeaderElection

BATCH = 500
IDLE = 0.25  # seconds between looks when nobody nudges: another process may share the outbox
CLOSING = 2.0
REST = 0.01  # seconds between sending and forgetting
_LOOKING = 0.05  # seconds between looks before the log has been seen


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

    def sent(self, ids: Sequence[int], note: Note) -> None:
        """Take note that the events of these numbers are durable on the log, after `note(tx)`."""


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
            self.watch.forget()
            self.wait(self._idle)
            return
        if self.watch.look():
            self._drop_the_producer()
        waiting = self._source.pending(self._batch)
        if not waiting:
            self._oldest = None
            self.wait(self._idle)
            return
        self._oldest = waiting[0][1]
        if not self.watch.clear:
            self.wait(_LOOKING)
            return
        if self._producer is None:
            self._producer = self._bus.producer()
        written = self._producer.send([event for _, event in waiting])
        failpoint(self._after_send)
        full = len(waiting) == self._batch
        if not full:
            # Who reads the log goes first; what comes meanwhile shares the next batch.
            self._stopping.wait(REST)
        note = partial(self.watch.wrote, written=written)
        self._source.sent([number for number, _ in waiting], note)
        if not full:
            # All went out, or large ones are left, which may wait for the next look.
            self._oldest = None
            self.wait(self._idle)

    def leave(self) -> None:
        """Close the producer, then let another one lead."""
        self._drop_the_producer()
        self._election.resign()

    def _drop_the_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.close(CLOSING)
