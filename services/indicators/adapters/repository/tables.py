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


def _given(kind: Any, *names: str) -> list[Column[Any]]:  # noqa: ANN401 - a column type
    return [Column(name, kind, nullable=False) for name in names]


def _maybe(kind: Any, *names: str) -> list[Column[Any]]:  # noqa: ANN401 - a column type
    return [Column(name, kind) for name in names]


def _statement() -> list[Column[Any]]:
    stated, received = _given(BigInteger, "stated_us", "received_us")
    return [stated, *_given(String, "submission_id"), received]


def _history(name: str, *key: str) -> Table:
    """Statements that do not count (any more): content as text, told apart by its digest."""
    return Table(
        name,
        metadata,
        *_key(*key),
        # In this order, so that one moment of a long history is found without reading the rest.
        Column("stated_us", BigInteger, primary_key=True),
        Column("digest", String, primary_key=True),
        *_given(String, "submission_id"),
        *_given(BigInteger, "received_us"),
        *_given(String, "content"),
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
    *_given(String, "period_first", "period_last"),
    *_maybe(String, "value", "numerator", "denominator", "sample_size"),
    *_given(Boolean, "not_applicable"),
    *_given(String, "comment"),
    *_statement(),
    sqlite_with_rowid=False,
)
Index("figures_within", figures.c.indicator, figures.c.period_first)
_listed(figures, "indicator", "org")

cases: Final = Table(
    "cases",
    metadata,
    *_key("indicator", "org", "case_no"),
    *_given(String, "region"),
    *_given(BigInteger, "accepted_us"),
    *_maybe(BigInteger, "completed_us"),
    *_given(String, "outcome"),
    *_maybe(Boolean, "resolved"),
    *_maybe(BigInteger, "deadline_us"),
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
    cases.c.org,
    cases.c.case_no,
    sqlite_where=STILL_OPEN,
    postgresql_where=STILL_OPEN,
)
_listed(cases, "org")

reports: Final = Table(
    "reports",
    metadata,
    *_key("org", "measure", "period", "milestone"),
    *_maybe(String, "state", "done_on"),
    *_given(String, "summary"),
    *_given(Boolean, "zero_report"),
    *_maybe(String, "received_on"),
    *_given(String, "first_day"),
    *_given(BigInteger, "first_received_us"),
    *_given(String, "first_submission_id"),
    *_statement(),
    sqlite_with_rowid=False,
)

_listed(reports, "measure")

approvals: Final = Table(
    "approvals",
    metadata,
    *_key("indicator", "org", "case_no", "document"),
    *_given(Integer, "days"),
    *_given(String, "reason"),
    *_given(BigInteger, "stated_us"),
    *_given(String, "submission_id"),
    sqlite_with_rowid=False,
)

figure_statements: Final = _history("figure_statements", *figures.primary_key.columns.keys())
case_statements: Final = _history("case_statements", *cases.primary_key.columns.keys())
report_statements: Final = _history("report_statements", *reports.primary_key.columns.keys())

rollups: Final = Table(
    "rollups",
    metadata,
    *_key("indicator", "period", "org", "region"),
    *_given(String, "completed", "open"),
    *_given(Integer, "accepted", "resolved"),
    sqlite_with_rowid=False,
)

verdicts: Final = Table(
    "verdicts",
    metadata,
    *_key("target", "org", "region", "period"),
    Column("id", String, nullable=False, unique=True),
    *_given(String, "status"),
    *_given(Boolean, "present"),
    *_given(String, "document"),
    *_given(LargeBinary, "proof"),
)
# Lists of one period, and what stands in the present one. Judging again changes no key of them.
Index("verdicts_of_period", *(verdicts.c[name] for name in ("target", "period", "org", "region")))
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
    *_given(String, "target", "org", "region", "period", "status"),
    *_given(Boolean, "removed"),  # the last word on a row that stands no longer
    *_given(LargeBinary, "kept"),
    sqlite_with_rowid=False,
)
Index(
    "versions_of_series",
    *(verdict_versions.c[name] for name in ("target", "org", "region", "period", "id")),
)

# Which versions stood when a period was closed.
reported: Final = Table(
    "reported",
    metadata,
    *_key("closing", "target", "org", "region", "period"),
    *_given(String, "id", "status"),
    sqlite_with_rowid=False,
)

# The bulletins that a closing froze, in each of their forms.
_FORM: Final = *_key("closing", "period", "form"), *_given(LargeBinary, "content")
bulletins: Final = Table("bulletins", metadata, *_FORM)

decisions: Final = Table(
    "decisions",
    metadata,
    *_key("id"),
    *_given(String, "kind", "subject", "said", "actor"),
    *_given(BigInteger, "decided_us"),
    sqlite_with_rowid=False,
)

duties: Final = Table(
    "duties",
    metadata,
    *_key("duty"),
    *_given(String, "measure"),
    *_key("org"),
    *_given(String, "period", "due", "effective_due", "status"),
    *_maybe(BigInteger, "received_us"),
    *_maybe(String, "received_on", "submission_id", "milestone"),
    sqlite_with_rowid=False,
)

applied: Final = Table(
    "applied",
    metadata,
    *_key("submission_id"),
    *_given(String, "org", "kind"),
    *_given(Integer, "accepted", "duplicate", "revised", "rejected"),  # together: received
    *_given(BigInteger, "received_us", "applied_us"),
    sqlite_with_rowid=False,
)
Index("applied_received", applied.c.received_us)

alerts_seen: Final = Table(
    "alerts_seen",
    metadata,
    *_key("id"),
    *_given(Integer, "sequence"),
    *_given(Boolean, "open"),
    *_given(String, "colour"),
    *_maybe(String, "target", "measure", "region"),
    *_given(String, "units", "document"),
    *_given(BigInteger, "changed_us"),
    sqlite_with_rowid=False,
)
Index("alerts_seen_changed", alerts_seen.c.changed_us)
Index("alerts_seen_open", alerts_seen.c.open, alerts_seen.c.id)
