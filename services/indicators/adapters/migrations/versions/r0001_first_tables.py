"""数据、核定、任务和结论。Figures, cases, reports, roll-ups, verdicts and duties.

These tables were made before revisions had numbers: each is made where it is missing.
"""

from typing import Any, Final

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    text,
)

from duibiao.store import shared_tables

revision = "0001_since_0001"
down_revision = None

_TABLES: Final = MetaData()
shared_tables.outbox(_TABLES)
shared_tables.positions(_TABLES)
shared_tables.meta(_TABLES)


def _key(*names: str) -> list[Column[Any]]:
    return [Column(name, String, primary_key=True) for name in names]


def _statement() -> list[Column[Any]]:
    return [
        Column("stated_us", BigInteger, nullable=False),
        Column("submission_id", String, nullable=False),
        Column("received_us", BigInteger, nullable=False),
    ]


def _history(name: str, *key: str) -> None:
    Table(
        name,
        _TABLES,
        *_key(*key),
        Column("digest", String, primary_key=True),
        Column("stated_us", BigInteger, primary_key=True),
        Column("submission_id", String, nullable=False),
        Column("received_us", BigInteger, nullable=False),
        Column("content", String, nullable=False),
        sqlite_with_rowid=False,
    )


Table(
    "figures",
    _TABLES,
    *_key("indicator", "org", "region", "period"),
    Column("period_first", String, nullable=False),
    Column("period_last", String, nullable=False),
    Column("value", String),
    Column("numerator", String),
    Column("denominator", String),
    Column("sample_size", String),
    Column("not_applicable", Boolean, nullable=False),
    Column("comment", String, nullable=False),
    *_statement(),
    Index("figures_within", "indicator", "period_first"),
    sqlite_with_rowid=False,
)
Table(
    "cases",
    _TABLES,
    *_key("indicator", "org", "case_no"),
    Column("region", String, nullable=False),
    Column("accepted_us", BigInteger, nullable=False),
    Column("completed_us", BigInteger),
    Column("outcome", String, nullable=False),
    Column("resolved", Boolean),
    Column("deadline_us", BigInteger),
    Column("details", String),
    *_statement(),
    Index(
        "cases_open_at",
        "indicator",
        "completed_us",
        "accepted_us",
        sqlite_where=text("outcome != 'withdrawn'"),
        postgresql_where=text("outcome != 'withdrawn'"),
    ),
    sqlite_with_rowid=False,
)
Table(
    "reports",
    _TABLES,
    *_key("org", "measure", "period", "milestone"),
    Column("state", String, nullable=True),
    Column("done_on", String),
    Column("summary", String, nullable=False),
    Column("zero_report", Boolean, nullable=False),
    Column("received_on", String),
    Column("first_day", String, nullable=False),
    Column("first_received_us", BigInteger, nullable=False),
    Column("first_submission_id", String, nullable=False),
    *_statement(),
    sqlite_with_rowid=False,
)

_history("figure_statements", "indicator", "org", "region", "period")
_history("case_statements", "indicator", "org", "case_no")
_history("report_statements", "org", "measure", "period", "milestone")
Table(
    "rollups",
    _TABLES,
    *_key("indicator", "period", "org", "region"),
    Column("completed", String, nullable=False),
    Column("open", String, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("resolved", Integer, nullable=False),
    sqlite_with_rowid=False,
)
Table(
    "verdicts",
    _TABLES,
    *_key("target", "org", "region", "period"),
    Column("id", String, nullable=False, unique=True),
    Column("status", String, nullable=False),
    Column("present", Boolean, nullable=False),
    Column("document", String, nullable=False),
    *(
        Index(f"verdicts_by_{column}", column, "id")
        for column in ("target", "org", "region", "period", "status")
    ),
    Index("verdicts_present", "present", "target"),
    sqlite_with_rowid=False,
)
Table(
    "verdict_versions",
    _TABLES,
    *_key("id"),
    Column("target", String, nullable=False),
    Column("org", String, nullable=False),
    Column("region", String, nullable=False),
    Column("period", String, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("row", String, nullable=False),
    Column("proof", String, nullable=False),
    Index("verdict_versions_of", "target", "org", "region", "period", "id"),
)
Table(
    "duties",
    _TABLES,
    *_key("duty", "org"),
    Column("measure", String, nullable=False),
    Column("period", String, nullable=False),
    Column("due", String, nullable=False),
    Column("effective_due", String, nullable=False),
    Column("status", String, nullable=False),
    Column("received_us", BigInteger),
    Column("received_on", String),
    Column("submission_id", String),
    sqlite_with_rowid=False,
)
Table(
    "applied",
    _TABLES,
    *_key("submission_id"),
    Column("accepted", Integer, nullable=False),
    Column("duplicate", Integer, nullable=False),
    Column("revised", Integer, nullable=False),
    Column("applied_us", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Table(
    "alerts_seen",
    _TABLES,
    *_key("id"),
    Column("sequence", Integer, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("document", String, nullable=False),
    Index("alerts_seen_open", "open", "id"),
    sqlite_with_rowid=False,
)


def upgrade() -> None:
    """Make what is missing."""
    _TABLES.create_all(op.get_bind())
