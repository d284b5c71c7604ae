"""The relay: moves what a service has to say from its outbox to the log, again and again.

A crash between sending and forgetting sends the same ids again; the log, or the reader, drops
them. Nothing is forgotten before it is durable on the log.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from time import monotonic
from typing import Protocol

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
REST = 0.25  # seconds between sending and forgetting, which many share: who reads goes first
_LOOKING = 0.05  # seconds between looks before the log has been seen


class OutboxSource(Protocol):
    """Where the relay finds events. Called on the relay's thread only.

    Attributes:
        republished: events since the start that were put in once more, since they may be lost.

    """

    republished: int

    def pending(self, limit: int, sent: Collection[int]) -> Sequence[tuple[int, Event]]:
        """Return the oldest events but those `sent`, with their numbers, at most `limit`, in order.

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
        background: bool = False,
    ) -> None:
        super().__init__(name, background=background)
        self._election = election
        self._source = source
        self._oldest: Event | None = None
        self._sent: list[int] = []  # and not forgotten
        self._written: list[Mapping[Place, range]] = []
        self._due = 0.0
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
            self._sent, self._written = [], []
            self.watch.forget()
            self.wait(self._idle)
            return
        if self.watch.look():
            self._drop_the_producer()
            self._sent, self._written = [], []  # maybe on a log that is no more
        if len(self._sent) >= self._batch or monotonic() >= self._due:
            self._forget()
        waiting = self._source.pending(self._batch, self._sent)
        self._oldest = waiting[0][1] if waiting else None
        if waiting and not self.watch.clear:
            self.wait(_LOOKING)
            return
        if waiting:
            self._send([event for _, event in waiting])
            if not self._sent:
                self._due = monotonic() + REST
            self._sent += [number for number, _ in waiting]
        if len(waiting) < self._batch:
            # All went out, or large ones are left, which may wait for the next look.
            self._oldest = None
            self.wait(min(self._idle, self._due - monotonic()) if self._sent else self._idle)

    def leave(self) -> None:
        """Forget what was sent, close the producer, then let another one lead."""
        try:
            with suppress(Retry):
                self._forget()
        finally:
            self._drop_the_producer()
            self._election.resign()

    def _send(self, events: Sequence[Event]) -> None:
        if self._producer is None:
            self._producer = self._bus.producer()
        self._written.append(self._producer.send(events))
        failpoint(self._after_send)

    def _forget(self) -> None:
        """Forget what was sent; what cannot be forgotten, or another leader has, is sent again."""
        sent, written = self._sent, self._written
        self._sent, self._written = [], []

        def note(tx: Connection) -> None:
            for one in written:
                self.watch.wrote(tx, one)

        if sent and self._election.holds():
            self._source.sent(sent, note)

    def _drop_the_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.close(CLOSING)
