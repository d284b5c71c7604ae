"""Columns that came after a table was first made: added to an older file, empty in its rows."""

from sqlalchemy import Connection, Table, inspect
from sqlalchemy.schema import CreateColumn


def add_missing(tx: Connection, table: Table) -> tuple[str, ...]:
    """Add the columns that a table that exists lacks; return their names.

    Raises:
        ValueError: one of them may not be null, so the rows that are there cannot have it.

    """
    there = {found["name"] for found in inspect(tx).get_columns(table.name)}
    missing = [column for column in table.columns if column.name not in there]
    for column in missing:
        if not column.nullable:
            raise ValueError(f"{table.name}.{column.name} may not be null")
        described = CreateColumn(column).compile(dialect=tx.dialect)
        tx.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {described}")
    return tuple(column.name for column in missing)
