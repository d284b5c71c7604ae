"""The log as an append table in one SQLite file, for when no broker is configured.

One partition per topic, numbered 0; offsets rise over the whole file and are never used again.
An event whose id is already on the log is dropped, so a resend changes nothing. Readers in this
process are woken by an append; those in other processes look every `POLL` seconds.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from duibiao.bus import sqlite_table as table
from duibiao.bus.event_rows import row_of
from duibiao.bus.ports import End, Event, Look, Place, PositionOf, SendFailed
from duibiao.bus.retention import Retention
from duibiao.bus.sqlite_reader import AppendSignal, SqliteConsumer
from duibiao.core.clock import Clock
from duibiao.core.parts import Ticker
from duibiao.core.retry import Retry
from duibiao.store import sqlite
from duibiao.store.fifo_lock import FifoLock

PRUNE_EVERY = 3600.0
CLUSTER = "embedded"


class SqliteBus:
    """The log of one installation in the file at `path`. A part, named "log".

    `retention` says per topic how long records are kept; where a topic is not named they are
    kept for ever.
    """

    name = "log"

    def __init__(
        self,
        path: Path,
        clock: Clock,
        retention: Mapping[str, timedelta] | None = None,
        *,
        patience: float = sqlite.PATIENCE,
        prune_every: float = PRUNE_EVERY,
        accepted: str = "",
    ) -> None:
        self.path = path
        self.accepted = accepted
        self._clock = clock
        self._appended = AppendSignal()
        self._turns = FifoLock()
        self._connection = sqlite.connect(path, patience=patience)
        for statement in table.SCHEMA.split(";"):
            self._connection.execute(statement)
        self._retention = Retention(clock, retention or {})
        # Not at the start: a relay must first resend what a crash left, and readers must note
        # where they stand.
        self._pruning = Ticker("log-retention", clock, prune_every, self.prune, at_start=False)

    @property
    def failed(self) -> BaseException | None:
        """Why pruning has ended by itself."""
        return self._pruning.failed

    def start(self) -> None:
        """Begin to prune now and then."""
        self._pruning.start()

    def stop(self, timeout: float) -> None:
        """Stop pruning and close the file."""
        self._pruning.stop(timeout)
        with self._turns:
            self._connection.close()

    def producer(self) -> "SqliteProducer":
        """Return a producer."""
        return SqliteProducer(self._append)

    def consumer(self, group: str, topics: Sequence[str], positions: PositionOf) -> SqliteConsumer:
        """Return a consumer; `group` names the reader for the sake of retention."""
        return SqliteConsumer(self.path, self._note, group, topics, positions, self._appended)

    def look(self, topics: Sequence[str], since: float) -> Look:  # noqa: ARG002 - it is now
        """Return the end of the file, which is that of every topic."""
        began = time.monotonic()
        with self._turns, table.translate_errors():
            end = self._end()
        return Look(began, {(topic, 0): end for topic in topics})

    def _end(self) -> End:
        ident, next_offset = self._connection.execute(table.END).fetchone()
        return End(f"{CLUSTER}/{ident}", next_offset)

    def _append(self, events: Sequence[Event]) -> Mapping[Place, range]:
        appended = self._clock.now().timestamp()
        rows = [(*row_of(event), appended) for event in events]
        try:
            with self._writing() as connection:
                connection.executemany(table.APPEND, rows)
                end = self._end().next_offset
        except Retry as error:
            raise SendFailed(str(error)) from error
        self._appended.notify(event.topic for event in events)
        return {(event.topic, 0): range(end, end) for event in events}

    def _note(self, reader: str, topic: str, next_offset: int) -> None:
        with self._writing() as connection:
            connection.execute(
                table.NOTE, (reader, topic, next_offset, self._clock.now().timestamp())
            )

    def prune(self) -> None:
        """Delete what is older than its topic's retention, in short transactions."""
        while self._prune_some() and not self._pruning.stopping:
            pass

    def _prune_some(self) -> bool:
        with self._writing() as connection:
            return self._retention.prune(connection)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        # The writers of this process take turns; those of other processes wait in SQLite.
        with self._turns, table.translate_errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


class SqliteProducer:
    """Appends to the log; closing it costs nothing, the bus owns the file."""

    def __init__(self, append: Callable[[Sequence[Event]], Mapping[Place, range]]) -> None:
        self._append = append
        self._closed = False

    def send(self, events: Sequence[Event]) -> Mapping[Place, range]:
        """Append events in one commit. Raises `SendFailed`."""
        if self._closed:
            raise ValueError("the producer is closed")
        return self._append(events) if events else {}

    def close(self, timeout: float) -> None:  # noqa: ARG002 - nothing to wait for
        """Take no more events."""
        self._closed = True
