"""Many rows at once: one prepared statement for plain tuples, no dict and no bind for each."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Connection, Table


def insert_rows(
    tx: Connection, table: Table, names: str, rows: Sequence[tuple[object, ...]]
) -> None:
    """Insert rows in order; `names` of the columns, separated by blanks, as the values stand.

    Values are those of the driver: no type of SQLAlchemy converts them.
    """
    if rows:
        tx.exec_driver_sql(_insert(table.name, names, tx.dialect.name), list(rows))


@cache
def _insert(table: str, names: str, dialect: str) -> str:
    columns = names.split()
    mark = "?" if dialect == "sqlite" else "%s"
    marks = ", ".join([mark] * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
