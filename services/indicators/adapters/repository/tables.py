"""The tables of the indicators service.

Only shapes: no rule. Moments are whole microseconds since 1970 (UTC), days ISO texts, exact figures
texts ("5.5", "11/2"); an org that is null is "". Columns have the order of the domain's fields, so
that a row is written and read as it is. Verdicts and proofs are stored as documents beside the few
columns that lists filter by.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

from duibiao.audit import AuditTables
from duibiao.bus.outbox import Outbox
from duibiao.bus.positions import Positions
from duibiao.store import Meta

metadata: Final = MetaData()
outbox: Final = Outbox(metadata)
positions: Final = Positions(metadata)
written: Final = Positions(metadata, "written")
meta: Final = Meta(metadata)
audit: Final = AuditTables(metadata, "indicators")


def _key(*names: str) -> list[Column[Any]]:
    return [Column(name, String, primary_key=True) for name in names]


def _statement() -> list[Column[Any]]:
    return [
        Column("stated_us", BigInteger, nullable=False),
        Column("submission_id", String, nullable=False),
        Column("received_us", BigInteger, nullable=False),
    ]


def _history(name: str, *key: str) -> Table:
    """Statements that do not count (any more): content as text, told apart by its digest."""
    return Table(
        name,
        metadata,
        *_key(*key),
        # In this order, so that one moment of a long history is found without reading the rest.
        Column("stated_us", BigInteger, primary_key=True),
        Column("digest", String, primary_key=True),
        Column("submission_id", String, nullable=False),
        Column("received_us", BigInteger, nullable=False),
        Column("content", String, nullable=False),
        sqlite_with_rowid=False,
    )


def _listed(table: Table, *filters: str) -> None:
    """Index what is listed: the newest received first, all of it and by each of these filters."""
    order = [table.c.received_us, *table.primary_key.columns]
    Index(f"{table.name}_newest", *order)
    for name in filters:
        Index(f"{table.name}_of_{name}", table.c[name], *(c for c in order if c.name != name))


figures: Final = Table(
    "figures",
    metadata,
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
    sqlite_with_rowid=False,
)
Index("figures_within", figures.c.indicator, figures.c.period_first)
_listed(figures, "indicator", "org")

cases: Final = Table(
    "cases",
    metadata,
    *_key("indicator", "org", "case_no"),
    Column("region", String, nullable=False),
    Column("accepted_us", BigInteger, nullable=False),
    Column("completed_us", BigInteger),
    Column("outcome", String, nullable=False),
    Column("resolved", Boolean),
    Column("deadline_us", BigInteger),
    Column("details", String),  # pauses, extension and labels; null where there are none
    *_statement(),
    sqlite_with_rowid=False,
)
# Of a million cases few are open: an index of those costs next to nothing to keep.
STILL_OPEN: Final = cases.c.completed_us.is_(None)
Index(
    "cases_open",
    cases.c.indicator,
    cases.c.accepted_us,
    sqlite_where=STILL_OPEN,
    postgresql_where=STILL_OPEN,
)
_listed(cases, "org")

reports: Final = Table(
    "reports",
    metadata,
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

_listed(reports, "measure")

approvals: Final = Table(
    "approvals",
    metadata,
    *_key("indicator", "org", "case_no", "document"),
    Column("days", Integer, nullable=False),
    Column("reason", String, nullable=False),
    Column("stated_us", BigInteger, nullable=False),
    Column("submission_id", String, nullable=False),
    sqlite_with_rowid=False,
)

figure_statements: Final = _history("figure_statements", *figures.primary_key.columns.keys())
case_statements: Final = _history("case_statements", *cases.primary_key.columns.keys())
report_statements: Final = _history("report_statements", *reports.primary_key.columns.keys())

rollups: Final = Table(
    "rollups",
    metadata,
    *_key("indicator", "period", "org", "region"),
    Column("completed", String, nullable=False),
    Column("open", String, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("resolved", Integer, nullable=False),
    sqlite_with_rowid=False,
)

verdicts: Final = Table(
    "verdicts",
    metadata,
    *_key("target", "org", "region", "period"),
    Column("id", String, nullable=False, unique=True),
    Column("status", String, nullable=False),
    Column("present", Boolean, nullable=False),
    Column("document", String, nullable=False),
    Column("proof", LargeBinary, nullable=False),
)
# Lists of one period, and what stands in the present one. Judging again changes no key of them.
Index(
    "verdicts_of_period",
    *(verdicts.c[name] for name in ("target", "period", "org", "region")),
)
Index(
    "verdicts_present",
    *(verdicts.c[name] for name in ("region", "target", "org", "period")),
    sqlite_where=verdicts.c.present.is_(True),
    postgresql_where=verdicts.c.present.is_(True),
)
# One index per filter, each in the order of the list, so that a page never sorts.
for _filter in ("target", "org", "region", "period", "status"):
    Index(f"verdicts_by_{_filter}", verdicts.c[_filter], verdicts.c.id)

# What stood before, and the last word on what stands no longer: see `versions`.
verdict_versions: Final = Table(
    "verdict_versions",
    metadata,
    *_key("id"),
    Column("kept", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

duties: Final = Table(
    "duties",
    metadata,
    *_key("duty"),
    Column("measure", String, nullable=False),
    *_key("org"),
    Column("period", String, nullable=False),
    Column("due", String, nullable=False),
    Column("effective_due", String, nullable=False),
    Column("status", String, nullable=False),
    Column("received_us", BigInteger),
    Column("received_on", String),
    Column("submission_id", String),
    Column("milestone", String),
    sqlite_with_rowid=False,
)

applied: Final = Table(
    "applied",
    metadata,
    *_key("submission_id"),
    Column("accepted", Integer, nullable=False),
    Column("duplicate", Integer, nullable=False),
    Column("revised", Integer, nullable=False),
    Column("applied_us", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

alerts_seen: Final = Table(
    "alerts_seen",
    metadata,
    *_key("id"),
    Column("sequence", Integer, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("colour", String, nullable=False),
    Column("target", String),
    Column("measure", String),
    Column("region", String),
    Column("units", String, nullable=False),
    Column("document", String, nullable=False),
    sqlite_with_rowid=False,
)
Index("alerts_seen_open", alerts_seen.c.open, alerts_seen.c.id)
