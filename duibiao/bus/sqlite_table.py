"""The tables of the SQLite log, and how events stand in them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

from duibiao.bus.event_rows import COLUMNS
from duibiao.core.retry import Retry
from duibiao.store import sqlite

SCHEMA = files(__package__).joinpath("sqlite.sql").read_text("utf-8")
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
