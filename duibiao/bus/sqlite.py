"""The log as an append table in one SQLite file, for when no broker is configured.

One partition per topic, numbered 0; offsets rise over the whole file and are never used again.
An event whose id is already on the log is dropped, so a resend changes nothing. Readers in this
process are woken by an append; those in other processes look every `POLL` seconds.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from heapq import merge
from pathlib import Path

from duibiao.bus.ports import Event, PositionOf, Record, SendFailed
from duibiao.bus.retention import Retention
from duibiao.runtime.clock import Clock
from duibiao.runtime.parts import Ticker
from duibiao.runtime.retry import Retry
from duibiao.store import sqlite

POLL = 0.05
MOST_BYTES = 4 * 1024 * 1024  # data that one poll returns, save that a record is never split
NOTE_EVERY = 600.0  # seconds between a reader's notes of how far it has come
PRUNE_EVERY = 3600.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
    "offset" INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL, "key" TEXT NOT NULL, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
    source TEXT NOT NULL, time TEXT NOT NULL, content_type TEXT NOT NULL,
    headers TEXT NOT NULL, appended REAL NOT NULL, data BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS log_topic ON log (topic, "offset");
CREATE TABLE IF NOT EXISTS readers (
    reader TEXT NOT NULL, topic TEXT NOT NULL, next_offset INTEGER NOT NULL, seen REAL NOT NULL,
    PRIMARY KEY (reader, topic)
) WITHOUT ROWID;
"""
_APPEND = """
INSERT INTO log
    (topic, "key", id, type, source, time, content_type, headers, appended, data)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING
"""
_READ = """
SELECT "offset", topic, "key", id, type, source, time, content_type, headers, data
FROM log WHERE topic = ? AND "offset" >= ? ORDER BY "offset"
"""
_LAG = 'SELECT count(*) FROM log WHERE topic = ? AND "offset" >= ?'
_NOTE = "INSERT OR REPLACE INTO readers VALUES (?, ?, ?, ?)"

_Row = tuple[int, str, str, str, str, str, str, str, str, bytes]


class SqliteBus:
    """The log of one installation in the file at `path`. A part, named "log".

    `retention` says per topic how long records are kept; where a topic is not named they are
    kept for ever.
    """

    name = "log"

    def __init__(
        self, path: Path, clock: Clock, retention: Mapping[str, timedelta] | None = None
    ) -> None:
        self.path = path
        self._clock = clock
        self._bell = _Bell()
        self._turn = threading.Lock()
        self._connection = sqlite.connect(path)
        for statement in _SCHEMA.split(";"):
            self._connection.execute(statement)
        self._retention = Retention(clock, retention or {})
        # Not at the start: a relay must first resend what a crash left, and readers must note
        # where they stand.
        self._pruning = Ticker("log-retention", clock, PRUNE_EVERY, self.prune, at_start=False)

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
        with self._turn:
            self._connection.close()

    def producer(self) -> "SqliteProducer":
        """Return a producer."""
        return SqliteProducer(self)

    def consumer(
        self, group: str, topics: Sequence[str], positions: PositionOf
    ) -> "SqliteConsumer":
        """Return a consumer; `group` names the reader for the sake of retention."""
        return SqliteConsumer(self, group, topics, positions, self._bell)

    def append(self, events: Sequence[Event]) -> None:
        """Append events in one commit and wake the readers. Raises `SendFailed`."""
        appended = self._clock.now().timestamp()
        rows = [_row(event, appended) for event in events]
        try:
            with self.writing() as connection:
                connection.executemany(_APPEND, rows)
        except Retry as error:
            raise SendFailed(str(error)) from error
        self._bell.ring()

    def note(self, reader: str, topic: str, next_offset: int) -> None:
        """Note how far a reader has come; what it has not read is not pruned."""
        with self.writing() as connection:
            connection.execute(_NOTE, (reader, topic, next_offset, self._clock.now().timestamp()))

    def prune(self) -> None:
        """Delete what is older than its topic's retention, in short transactions."""
        while self._prune_some() and not self._pruning.stopping:
            pass

    def _prune_some(self) -> bool:
        with self.writing() as connection:
            return self._retention.prune(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One write transaction; the writers of this process take turns. Raises `Retry`."""
        with self._turn, _telling():
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

    def __init__(self, bus: SqliteBus) -> None:
        self._bus = bus
        self._closed = False

    def send(self, events: Sequence[Event]) -> None:
        """Append events in one commit. Raises `SendFailed`."""
        if self._closed:
            raise ValueError("the producer is closed")
        if events:
            self._bus.append(events)

    def close(self, timeout: float) -> None:  # noqa: ARG002 - nothing to wait for
        """Take no more events."""
        self._closed = True


class SqliteConsumer:
    """Reads the log on a connection of its own."""

    def __init__(
        self,
        bus: SqliteBus,
        group: str,
        topics: Sequence[str],
        positions: PositionOf,
        bell: "_Bell",
    ) -> None:
        self._bus = bus
        self._group = group
        self._topics = tuple(topics)
        self._positions = positions
        self._bell = bell
        self._next: dict[str, int] = {}
        self._note_at = time.monotonic()
        self._connection = sqlite.connect(bus.path, read_only=True)

    def poll(self, limit: int, timeout: float) -> Sequence[Record]:
        """Return the next records, by offset over all topics."""
        deadline = time.monotonic() + timeout
        while True:
            heard = self._bell.count
            records = self._read(limit)
            left = deadline - time.monotonic()
            if records or left <= 0:
                return records
            self._note_progress()
            self._bell.wait(heard, min(left, POLL))

    def rewind(self) -> None:
        """Read again from the positions."""
        self._next.clear()

    def lag(self) -> Mapping[str, int]:
        """Count what lies beyond what was returned."""
        with _telling():
            return {topic: self._count_from(topic) for topic in self._topics}

    def close(self, timeout: float) -> None:  # noqa: ARG002 - nothing to wait for
        """Close the connection."""
        self._connection.close()

    def _read(self, limit: int) -> list[Record]:
        records: list[Record] = []
        size = 0
        with _telling():
            cursors = [
                self._connection.execute(_READ, (topic, self._position(topic)))
                for topic in self._topics
            ]
            try:
                for row in merge(*cursors):
                    records.append(_record(row))
                    size += len(row[-1])
                    if len(records) >= limit or size >= MOST_BYTES:
                        break
            finally:
                for cursor in cursors:
                    cursor.close()
        for record in records:
            self._next[record.event.topic] = record.offset + 1
        return records

    def _position(self, topic: str) -> int:
        position = self._next.get(topic)
        if position is None:
            position = self._next[topic] = self._positions(topic, 0)
        return position

    def _count_from(self, topic: str) -> int:
        query = (topic, self._position(topic))
        (count,) = self._connection.execute(_LAG, query).fetchone()
        return int(count)

    def _note_progress(self) -> None:
        if time.monotonic() < self._note_at:
            return
        self._note_at = time.monotonic() + NOTE_EVERY
        for topic in self._topics:
            self._bus.note(self._group, topic, self._positions(topic, 0))


class _Bell:
    """Counts appends, so that a reader that looked before one does not sleep through it."""

    def __init__(self) -> None:
        self.count = 0
        self._rung = threading.Condition()

    def ring(self) -> None:
        with self._rung:
            self.count += 1
            self._rung.notify_all()

    def wait(self, heard: int, timeout: float) -> None:
        with self._rung:
            self._rung.wait_for(lambda: self.count != heard, timeout)


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if sqlite.passing(error):
            raise Retry(f"the log cannot be used just now: {error}") from error
        raise


def _row(event: Event, appended: float) -> tuple[object, ...]:
    return (
        event.topic,
        event.key,
        event.id,
        event.type,
        event.source,
        event.time.astimezone(UTC).isoformat(),
        event.content_type,
        json.dumps(dict(event.headers), ensure_ascii=False),
        appended,
        event.data,
    )


def _record(row: _Row) -> Record:
    offset, topic, key, ident, kind, source, at, content_type, headers, data = row
    event = Event(
        id=ident,
        type=kind,
        topic=topic,
        key=key,
        source=source,
        time=datetime.fromisoformat(at),
        data=data,
        content_type=content_type,
        headers=json.loads(headers),
    )
    return Record(event, partition=0, offset=offset)
