"""Reading a chain as it stands in its store, whatever somebody made of it.

The columns are read without a type: a value of another kind than ours is to be shown and checked,
not to stop the reading.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Select, column, select
from sqlalchemy import table as bare_table
from sqlalchemy.exc import DBAPIError

from duibiao.audit.records import Checkpoint
from duibiao.audit.verify import Row
from duibiao.store import Store
from duibiao.store.sqlite import passing

FIELDS: Final = (
    *("sequence", "time_us", "actor", "act", "subject", "details"),
    *("algorithm", "previous", "hash"),
)
_AT_ONCE: Final = 1000
_LOWEST: Final = -(2**63)
_AUDIT: Final = bare_table("audit", *map(column, FIELDS))
_HEAD: Final = bare_table("audit_head", column("sequence"), column("hash"))


def records_after(store: Store, sequence: int, limit: int) -> Sequence[Row]:
    """Return the records that follow a number, the oldest first, at most `limit`.

    Of one that cannot be read, only the number.
    """
    with store.read() as connection:
        return _some(connection, sequence, limit)


def rows(connection: Connection) -> Iterator[Row]:
    """Yield every record by its number; of one that cannot be read, only the number."""
    sequence = _LOWEST
    while True:
        page = _some(connection, sequence, _AT_ONCE)
        yield from page
        if not page:
            return
        sequence = int(str(page[-1][0]))


def kept_head(connection: Connection) -> Checkpoint | None:
    """Return the head that stands beside the records; None where it is none."""
    for sequence, hashed in connection.execute(select(*_HEAD.c)):
        if type(sequence) is int and type(hashed) is bytes:
            return Checkpoint(sequence, hashed)
    return None


def _following(sequence: int, limit: int) -> Select[Any]:
    ordered = select(*_AUDIT.c).order_by(_AUDIT.c.sequence)
    return ordered.where(_AUDIT.c.sequence > sequence).limit(limit)


def _some(connection: Connection, sequence: int, limit: int) -> list[Row]:
    try:
        return _page(connection, _following(sequence, limit))
    except DBAPIError:
        return _one_by_one(connection, sequence, limit)


def _page(connection: Connection, query: Select[Any]) -> list[Row]:
    return [tuple(row) for row in connection.execute(query)]


def _one_by_one(connection: Connection, sequence: int, limit: int) -> list[Row]:
    """Read records of which some cannot even be decoded."""
    numbers = _following(sequence, limit).with_only_columns(_AUDIT.c.sequence)
    page: list[Row] = []
    for number in connection.scalars(numbers).all():
        try:
            page += _page(connection, _following(number - 1, 1))
        except DBAPIError as error:
            # PostgreSQL's columns hold what they are declared to hold: there it is the server.
            if not isinstance(error.orig, sqlite3.Error) or passing(error.orig):
                raise
            page.append((number,))
    return page
