"""The relay: moves what a service has to say from its outbox to the log, again and again.

A crash between sending and forgetting sends the same ids again; the log, or the reader, drops
them. Nothing is forgotten before it is durable on the log.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from duibiao.bus.ports import Bus, Event, Producer
from duibiao.runtime.parts import Loop

BATCH = 100
IDLE = 0.25  # seconds between looks when nobody nudges: another process may share the outbox
CLOSING = 2.0


class OutboxSource(Protocol):
    """Where the relay finds events. Called on the relay's thread, `oldest` on any."""

    def pending(self, limit: int) -> Sequence[tuple[int, Event]]:
        """Return the oldest events not yet sent with their numbers, at most `limit`, in order.

        What was not reported by `sent` must come again, in the same order.
        """
        ...

    def sent(self, ids: Sequence[int]) -> None:
        """Take note that the events of these numbers are durable on the log."""
        ...

    def oldest(self) -> datetime | None:
        """Return the time of the event that has waited longest, None when none waits."""
        ...


class Relay(Loop):
    """A part that empties one outbox into the log.

    `nudge()` after each commit makes it look at once; it looks by itself every `idle` seconds.
    While the log cannot be reached the events stay where they are.
    """

    def __init__(
        self,
        name: str,
        source: OutboxSource,
        bus: Bus,
        *,
        batch: int = BATCH,
        idle: float = IDLE,
    ) -> None:
        super().__init__(name)
        self.source = source
        self._bus = bus
        self._batch = batch
        self._idle = idle
        self._producer: Producer | None = None

    def turn(self) -> None:
        """Send one batch, or wait for a nudge when there is none."""
        if self._producer is None:
            self._producer = self._bus.producer()
        waiting = self.source.pending(self._batch)
        if not waiting:
            self.wait(self._idle)
            return
        self._producer.send([event for _, event in waiting])
        self.source.sent([number for number, _ in waiting])

    def leave(self) -> None:
        """Close the producer."""
        if self._producer is not None:
            self._producer.close(CLOSING)
