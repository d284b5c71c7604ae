"""The four schemas of an installation, and what a database says that a schema is like."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, MetaData, inspect, text

from duibiao.web.tables import METADATA as ACCESS
from services.alerts.adapters.tables import METADATA as ALERTS
from services.cli.migrate import SCHEMAS
from services.indicators.adapters.repository.tables import metadata as INDICATORS  # noqa: N812 - a constant
from services.ingest.adapters.tables import METADATA as INGEST

__all__ = ["SCHEMAS", "TABLES", "VERSION", "shape"]

TABLES: Final[Mapping[str, MetaData]] = {
    "access": ACCESS,
    "ingest": INGEST,
    "indicators": INDICATORS,
    "alerts": ALERTS,
}
VERSION: Final = "alembic_version"


def shape(connection: Connection) -> dict[str, Any]:
    """Describe every table but Alembic's: columns, keys, indexes, how it is kept."""
    there = inspect(connection)
    return {
        name: {
            "columns": sorted(
                (column["name"], str(column["type"]), column["nullable"], str(column["default"]))
                for column in there.get_columns(name)
            ),
            "key": there.get_pk_constraint(name)["constrained_columns"],
            "unique": sorted(one["column_names"] for one in there.get_unique_constraints(name)),
            "checks": sorted(one["sqltext"] for one in there.get_check_constraints(name)),
            "foreign": sorted(
                (one["constrained_columns"], one["referred_table"])
                for one in there.get_foreign_keys(name)
            ),
            "indexes": sorted(
                (one["name"], one["column_names"], one["unique"], _where(one["dialect_options"]))
                for one in there.get_indexes(name)
            ),
            "kept": _kept(connection, name),
        }
        for name in there.get_table_names()
        if name != VERSION
    }


def _where(options: Mapping[str, Any]) -> str:
    return " ".join(str(options[name]) for name in options if name.endswith("_where"))


def _kept(connection: Connection, name: str) -> tuple[bool, ...]:
    """Whether SQLite keeps the table without row numbers, and whether it never reuses one."""
    if connection.dialect.name != "sqlite":
        return ()
    query = text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name")
    made = str(connection.execute(query, {"name": name}).scalar_one()).upper()
    return "WITHOUT ROWID" in made, "AUTOINCREMENT" in made
