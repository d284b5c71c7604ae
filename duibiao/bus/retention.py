"""How long the SQLite log keeps records: by age, but never what a live reader has yet to read.

A reader counts as live while it was seen within the topic's own retention, so one that is gone
for good does not make the file grow for ever.
"""

import sqlite3
from collections.abc import Mapping
from datetime import timedelta

from duibiao.core.clock import Clock

_AT_ONCE = 500  # rows per transaction, so that writers wait for milliseconds only

_OLDEST = """
SELECT "offset", appended FROM log WHERE topic = ? AND "offset" < ? ORDER BY "offset" LIMIT ?
"""
_UNREAD_FROM = "SELECT min(next_offset) FROM readers WHERE topic = ? AND seen >= ?"
_NO_LIMIT = 2**63 - 1


class Retention:
    """Decides and deletes; the caller owns the transaction."""

    def __init__(self, clock: Clock, periods: Mapping[str, timedelta]) -> None:
        self._clock = clock
        self._periods = periods

    def prune(self, connection: sqlite3.Connection) -> bool:
        """Delete a bounded number of records; return whether there may be more."""
        more = [self._prune_topic(connection, topic) for topic in self._periods]
        return any(more)

    def _prune_topic(self, connection: sqlite3.Connection, topic: str) -> bool:
        oldest_kept = (self._clock.now() - self._periods[topic]).timestamp()
        (unread,) = connection.execute(_UNREAD_FROM, (topic, oldest_kept)).fetchone()
        below = _NO_LIMIT if unread is None else unread
        rows = connection.execute(_OLDEST, (topic, below, _AT_ONCE)).fetchall()
        # The rows come by offset; a clock that was set back may make an old one look young, and
        # then it and what follows wait for their turn.
        expired = []
        for offset, appended in rows:
            if appended >= oldest_kept:
                break
            expired.append((offset,))
        connection.executemany('DELETE FROM log WHERE "offset" = ?', expired)
        return len(expired) == _AT_ONCE
