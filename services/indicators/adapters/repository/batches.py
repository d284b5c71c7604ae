"""Rows in and out of tables in whole batches: one statement each, however many rows.

Rows are plain tuples in the order of the table's columns, keys are tuples of the first columns of
the primary key. PostgreSQL takes one array per column, SQLite `executemany` and keys as JSON.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import Column, Connection, Row, Table, TextualSelect, text
from sqlalchemy.dialects import postgresql

from duibiao.workdays import to_us

_POSTGRES: Final = postgresql.dialect()  # type: ignore[no-untyped-call]

_STORED: Final[Mapping[type, Callable[[Any], object]]] = {
    date: date.isoformat,
    datetime: to_us,
    Decimal: "{:f}".format,
}

Batch = Sequence[Sequence[object]]


def stored(row: Iterable[object]) -> tuple[object, ...]:
    """Return a row as the columns have it: days and figures as texts, moments in microseconds."""
    return tuple(_STORED[type(value)](value) if type(value) in _STORED else value for value in row)


def upsert(tx: Connection, table: Table, rows: Batch) -> None:
    """Put whole rows in place of those with the same primary key; of two the later one stands."""
    if rows and tx.dialect.name == "postgresql":
        places = [n for n, column in enumerate(table.columns) if column.primary_key]
        rows = list({tuple(row[n] for n in places): row for row in rows}.values())
    names = [column.name for column in table.columns if not column.primary_key]
    changed = ", ".join(f"{name} = excluded.{name}" for name in names)
    keys = ", ".join(table.primary_key.columns.keys())
    _put(tx, table, rows, f"ON CONFLICT ({keys}) DO UPDATE SET {changed}")


def add(tx: Connection, table: Table, rows: Batch) -> int:
    """Put in rows whose primary key is new, and return how many; the others stay as they are."""
    return _put(tx, table, rows, "ON CONFLICT DO NOTHING")


def remove(tx: Connection, table: Table, keys: Sequence[tuple[object, ...]]) -> None:
    """Take out the rows under these whole primary keys."""
    if keys:
        mark = "%s" if tx.dialect.name == "postgresql" else "?"
        where = " AND ".join(f"{column.name} = {mark}" for column in table.primary_key.columns)
        tx.exec_driver_sql(f"DELETE FROM {table.name} WHERE {where}", list(keys))  # noqa: S608


def fetch(
    connection: Connection,
    table: Table,
    keys: Collection[tuple[str, ...]],
    only: str = "",
    **given: object,
) -> Iterator[Row[Any]]:
    """Yield the rows `t` under these keys; `only`: a condition on them in SQL, `given` to it."""
    if not keys:
        return
    dialect, width = connection.dialect.name, len(next(iter(keys)))
    statement = _by_keys(table, width, dialect, only)
    if dialect == "postgresql":
        given |= {f"key{n}": list(column) for n, column in enumerate(zip(*keys, strict=True))}
    else:
        given["keys"] = msgspec.json.encode(list(keys)).decode()
    yield from connection.execute(statement, given)


def _put(tx: Connection, table: Table, rows: Batch, on_conflict: str) -> int:
    if not rows:
        return 0
    if tx.dialect.name == "postgresql":
        columns = tuple([list(column) for column in zip(*rows, strict=True)])
        return tx.exec_driver_sql(_insert(table, "postgresql") + on_conflict, columns).rowcount
    return tx.exec_driver_sql(_insert(table, "sqlite") + on_conflict, list(rows)).rowcount


@cache
def _insert(table: Table, dialect: str) -> str:
    names = ", ".join(table.columns.keys())
    if dialect == "postgresql":
        arrays = ", ".join(f"CAST(%s AS {_type(column)}[])" for column in table.columns)
        return f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays}) "  # noqa: S608
    marks = ", ".join("?" * len(table.columns))
    return f"INSERT INTO {table.name} ({names}) VALUES ({marks}) "  # noqa: S608


@cache
def _by_keys(table: Table, width: int, dialect: str, only: str) -> TextualSelect:
    parts = list(table.primary_key.columns)[:width]
    names = ", ".join(f"t.{column.name}" for column in table.columns)
    if dialect == "postgresql":
        arrays = ", ".join(f"CAST(:key{n} AS {_type(part)}[])" for n, part in enumerate(parts))
        source = f"unnest({arrays}) AS k({', '.join(f'p{n}' for n in range(width))})"
        equal = [f"t.{part.name} = k.p{n}" for n, part in enumerate(parts)]
    else:
        values = ", ".join(f"value ->> {n} AS p{n}" for n in range(width))
        source = f"(SELECT {values} FROM json_each(:keys)) AS k"  # noqa: S608
        equal = [f"t.{part.name} = k.p{n}" for n, part in enumerate(parts)]
    if only:
        equal.append(only)
    # In this order: SQLite goes from the keys to the table and never the other way round.
    query = f"SELECT {names} FROM {source} CROSS JOIN {table.name} AS t WHERE "  # noqa: S608
    return text(query + " AND ".join(equal)).columns(*table.columns)


def _type(column: Column[Any]) -> str:
    return column.type.compile(dialect=_POSTGRES)
