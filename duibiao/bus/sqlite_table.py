"""The tables of the SQLite log, and how events stand in them."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from duibiao.bus.ports import Event, Record
from duibiao.core.retry import Retry
from duibiao.store import sqlite

SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
    "offset" INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL, "key" TEXT NOT NULL, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
    source TEXT NOT NULL, time TEXT NOT NULL, content_type TEXT NOT NULL,
    headers TEXT NOT NULL, appended REAL NOT NULL, data BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS log_topic ON log (topic, "offset");
CREATE TABLE IF NOT EXISTS identity (one INTEGER PRIMARY KEY, id TEXT NOT NULL);
INSERT OR IGNORE INTO identity VALUES (1, lower(hex(randomblob(16))));
CREATE TABLE IF NOT EXISTS readers (
    reader TEXT NOT NULL, topic TEXT NOT NULL, next_offset INTEGER NOT NULL, seen REAL NOT NULL,
    PRIMARY KEY (reader, topic)
) WITHOUT ROWID;
"""
APPEND = """
INSERT INTO log
    (topic, "key", id, type, source, time, content_type, headers, appended, data)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING
"""
READ = """
SELECT "offset", topic, "key", id, type, source, time, content_type, headers, data
FROM log WHERE topic = ? AND "offset" >= ? ORDER BY "offset"
"""
END = """
SELECT id, 1 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'log'), 0) FROM identity
"""
LAG = 'SELECT count(*) FROM log WHERE topic = ? AND "offset" >= ?'
NOTE = "INSERT OR REPLACE INTO readers VALUES (?, ?, ?, ?)"


Row = tuple[int, str, str, str, str, str, str, str, str, bytes]


@contextmanager
def telling() -> Iterator[None]:
    """Turn what a later try can get past into `Retry`."""
    try:
        yield
    except sqlite3.Error as error:
        if sqlite.passing(error):
            raise Retry(f"the log cannot be used just now: {error}") from error
        raise


def row_of(event: Event, appended: float) -> tuple[object, ...]:
    """Return what `APPEND` takes; `appended` in seconds since 1970."""
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


def record_of(row: Row) -> Record:
    """Return the record that stands in a row of `READ`."""
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
