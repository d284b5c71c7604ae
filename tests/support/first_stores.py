"""Stores as the product made them before schemas had numbers, with what it had written there.

Dumps of a run: two figures and a third that came late, hence a verdict that was revised, and its
alert. Most of what the start of that day had judged was left out.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, create_engine, insert, select

from tests.support.product import ROOT
from tests.support.schemas import VERSION

DUMPS = ROOT / "tests" / "data" / "first_stores"
Contents = Mapping[str, Sequence[Mapping[str, Any]]]


def load(file: Path, name: str) -> None:
    """Make the file of a store as it was; "log" is the log in its file, read to the end."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript((DUMPS / f"{name}.sql").read_text(encoding="utf-8"))


def rows_of(name: str) -> Contents:
    """Return what was in a store: rows by table."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.executescript((DUMPS / f"{name}.sql").read_text(encoding="utf-8"))
    with engine.connect() as connection:
        found = contents(connection)
    engine.dispose()
    return found


def contents(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of every table but Alembic's, in no order that means anything."""
    there = MetaData()
    there.reflect(connection)
    return {
        table.name: sorted(
            (dict(row) for row in connection.execute(select(table)).mappings()), key=repr
        )
        for table in there.sorted_tables
        if table.name != VERSION
    }


def fill(tx: Connection, rows: Contents) -> None:
    """Put rows into tables that are there."""
    there = MetaData()
    there.reflect(tx)
    for table in there.sorted_tables:
        if rows.get(table.name):
            tx.execute(insert(table), [dict(row) for row in rows[table.name]])
