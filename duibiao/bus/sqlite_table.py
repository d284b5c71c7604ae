"""The tables of the SQLite log, and how events stand in them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from duibiao.bus.event_rows import COLUMNS
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
_COLUMNS = ", ".join(COLUMNS.split())
APPEND = (
    f"INSERT INTO log ({_COLUMNS}, appended) "  # noqa: S608 - names of our own
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
)
READ = (
    f'SELECT "offset", {_COLUMNS} FROM log '  # noqa: S608 - the same
    'WHERE topic = ? AND "offset" >= ? ORDER BY "offset"'
)
END = """
SELECT id, 1 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'log'), 0) FROM identity
"""
LAG = 'SELECT count(*) FROM log WHERE topic = ? AND "offset" >= ?'
NOTE = "INSERT OR REPLACE INTO readers VALUES (?, ?, ?, ?)"


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn what a later try can get past into `Retry`."""
    try:
        yield
    except sqlite3.Error as error:
        if sqlite.passing(error):
            raise Retry(f"the log cannot be used just now: {error}") from error
        raise
