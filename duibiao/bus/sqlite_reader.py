"""Reading the SQLite log: a connection for each reader, woken by appends in its own process."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from heapq import merge
from pathlib import Path

from duibiao.bus import sqlite_table as table
from duibiao.bus.event_rows import event_of
from duibiao.bus.ports import PositionOf, Record
from duibiao.store import sqlite

POLL = 0.05  # seconds between looks for what other processes have appended
MOST_BYTES = 4 * 1024 * 1024  # data that one poll returns, save that a record is never split
NOTE_EVERY = 600.0  # seconds between a reader's notes of how far it has come

# (reader, topic, next offset): what the reader has handled, for the sake of retention.
Note = Callable[[str, str, int], None]


class AppendSignal:
    """Tells readers of appends to their topics.

    Each has an event of its own, cleared before it looks: none sleeps through an append.
    """

    def __init__(self) -> None:
        self._readers: dict[threading.Event, frozenset[str]] = {}
        self._lock = threading.Lock()

    def reader(self, topics: Iterable[str]) -> threading.Event:
        """Return the event that is set by an append to one of some topics."""
        event = threading.Event()
        with self._lock:
            self._readers[event] = frozenset(topics)
        return event

    def forget(self, event: threading.Event) -> None:
        """Tell a reader no more."""
        with self._lock:
            self._readers.pop(event, None)

    def notify(self, topics: Iterable[str]) -> None:
        """Wake whoever reads one of them."""
        appended = frozenset(topics)
        with self._lock:
            for event, read in self._readers.items():
                if read & appended:
                    event.set()


class SqliteConsumer:
    """Reads the log on a connection of its own."""

    rebalances = 0  # there is one partition, and every reader has it

    def __init__(
        self,
        path: Path,
        note: Note,
        group: str,
        topics: Sequence[str],
        positions: PositionOf,
        appended: AppendSignal,
    ) -> None:
        self._note = note
        self._group = group
        self._topics = tuple(topics)
        self._positions = positions
        self._appended, self._news = appended, appended.reader(topics)
        self._next: dict[str, int] = {}
        self._note_at = time.monotonic()
        self._connection = sqlite.connect(path, read_only=True)

    def poll(self, limit: int, timeout: float) -> Sequence[Record]:
        """Return the next records, by offset over all topics."""
        deadline = time.monotonic() + timeout
        while True:
            self._news.clear()
            records = self._read(limit)
            left = deadline - time.monotonic()
            if records or left <= 0:
                return records
            self._note_progress()
            self._news.wait(min(left, POLL))

    def rewind(self) -> None:
        """Read again from the positions."""
        self._next.clear()

    def lag(self) -> Mapping[str, int]:
        """Count what lies beyond what was returned."""
        with table.translate_errors():
            return {topic: self._count_from(topic) for topic in self._topics}

    def close(self, timeout: float) -> None:  # noqa: ARG002 - nothing to wait for
        """Close the connection."""
        self._appended.forget(self._news)
        self._connection.close()

    def _read(self, limit: int) -> list[Record]:
        records, size = list[Record](), 0
        with table.translate_errors():
            cursors = [
                self._connection.execute(table.READ, (topic, self._position(topic)))
                for topic in self._topics
            ]
            try:
                for offset, *row in merge(*cursors):
                    event = event_of(row)
                    records.append(Record(event, partition=0, offset=offset))
                    size += len(event.data)
                    if len(records) >= limit or size >= MOST_BYTES:
                        break
            finally:
                for cursor in cursors:
                    cursor.close()
        return [self._advance(record) for record in records]

    def _advance(self, record: Record) -> Record:
        follows = self._next[record.event.topic]
        self._next[record.event.topic] = record.offset + 1
        return replace(record, follows=follows)

    def _position(self, topic: str) -> int:
        position = self._next.get(topic)
        if position is None:
            position = self._next[topic] = self._positions(topic, 0)
        return position

    def _count_from(self, topic: str) -> int:
        query = (topic, self._position(topic))
        (count,) = self._connection.execute(table.LAG, query).fetchone()
        return int(count)

    def _note_progress(self) -> None:
        if time.monotonic() < self._note_at:
            return
        self._note_at = time.monotonic() + NOTE_EVERY
        for topic in self._topics if self._group else ():
            self._note(self._group, topic, self._positions(topic, 0))
