"""历史陈述按时间排序。Histories are kept in the order of their moments.

So one moment of a long history is found without reading the rest. Stores that were made with this
order before revisions had numbers are left as they are.
"""

from collections.abc import Sequence
from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, MetaData, String, Table, inspect

revision = "0002_since_0001"
down_revision = "0001_since_0001"

_HISTORIES: Final = {
    "figure_statements": ("indicator", "org", "region", "period"),
    "case_statements": ("indicator", "org", "case_no"),
    "report_statements": ("org", "measure", "period", "milestone"),
}


def upgrade() -> None:
    """Order the key by moment, then digest."""
    _order(("stated_us", "digest"))


def downgrade() -> None:
    """Order the key by digest, then moment."""
    _order(("digest", "stated_us"))


def _order(last: Sequence[str]) -> None:
    there = inspect(op.get_bind())
    for name, first in _HISTORIES.items():
        key = [*first, *last]
        if there.get_pk_constraint(name)["constrained_columns"] == key:
            continue
        if op.get_context().dialect.name == "sqlite":
            _copy(name, key)
        else:
            op.drop_constraint(f"{name}_pkey", name, type_="primary")
            op.create_primary_key(f"{name}_pkey", name, key)


def _copy(name: str, key: Sequence[str]) -> None:
    """Make the table anew: SQLite changes no key, and these tables lie in its order."""
    before = f"{name}_before"
    op.rename_table(name, before)
    kinds = {"stated_us": BigInteger}
    table = Table(
        name,
        MetaData(),
        *(Column(column, kinds.get(column, String), primary_key=True) for column in key),
        Column("submission_id", String, nullable=False),
        Column("received_us", BigInteger, nullable=False),
        Column("content", String, nullable=False),
        sqlite_with_rowid=False,
    )
    table.create(op.get_bind())
    columns = ", ".join(table.columns.keys())
    op.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {before}")  # noqa: S608 - names of this file
    op.drop_table(before)
