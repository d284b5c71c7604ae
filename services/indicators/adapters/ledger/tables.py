"""The tables of the indicators service, and the two ways in which rows enter and are found.

Only shapes: no rule and no value of the domain. Moments are whole microseconds since 1970 (UTC),
days ISO texts, exact figures texts ("5.5", "11/2"); an org that is null is "". Rows of the figures
and cases that stand are wide, since they are asked for by column; verdicts and proofs are kept as
documents beside the few columns that lists filter by.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    any_,
    bindparam,
    delete,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Delete, Insert
from sqlalchemy.sql.selectable import Select

from duibiao.audit import AuditTables
from duibiao.bus.outbox import Outbox
from duibiao.bus.positions import Positions
from duibiao.store import Meta

KEYS_AT_ONCE: Final = 5_000  # bound parameters of one query; SQLite takes 32,766

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
# A literal and not a parameter: only then does the planner know that the index suffices.
NOT_WITHDRAWN: Final = cases.c.outcome != literal_column("'withdrawn'")
Index(
    "cases_open_at",
    cases.c.indicator,
    cases.c.completed_us,
    cases.c.accepted_us,
    sqlite_where=NOT_WITHDRAWN,
    postgresql_where=NOT_WITHDRAWN,
)
_listed(cases, "indicator", "org")

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
    sqlite_with_rowid=False,
)
# One index per filter, each in the order of the list, so that a page never sorts.
for _filter in ("target", "org", "region", "period", "status"):
    Index(f"verdicts_by_{_filter}", verdicts.c[_filter], verdicts.c.id)
Index("verdicts_present", verdicts.c.present, verdicts.c.target)

verdict_versions: Final = Table(
    "verdict_versions",
    metadata,
    *_key("id"),
    Column("target", String, nullable=False),
    Column("org", String, nullable=False),
    Column("region", String, nullable=False),
    Column("period", String, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("row", String, nullable=False),
    Column("proof", String, nullable=False),
)
Index(
    "verdict_versions_of",
    *(verdict_versions.c[name] for name in ("target", "org", "region", "period", "id")),
)

duties: Final = Table(
    "duties",
    metadata,
    *_key("duty", "org"),
    Column("measure", String, nullable=False),
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
    Column("document", String, nullable=False),
    sqlite_with_rowid=False,
)
Index("alerts_seen_open", alerts_seen.c.open, alerts_seen.c.id)


def _insert(table: Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    return _unnested(table) if dialect == "postgresql" else sqlite.insert(table)


def _unnested(table: Table) -> postgresql.Insert:
    """One statement for any number of rows, which come as one array per column."""
    arrays = [bindparam(column.name, type_=ARRAY(column.type)) for column in table.c]
    rows = func.unnest(*arrays).table_valued(*table.c.keys()).render_derived()
    return postgresql.insert(table).from_select(table.c.keys(), select(*rows.c))


@cache
def _add(table: Table, dialect: str) -> Insert:
    return _insert(table, dialect).on_conflict_do_nothing()


@cache
def _upsert(table: Table, dialect: str) -> Insert:
    statement = _insert(table, dialect)
    values = {c.name: statement.excluded[c.name] for c in table.c if not c.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=values)


def upsert(tx: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Put whole rows in place of those with the same primary key, all in one round.

    Of two rows with the same key the later one stands.
    """
    if tx.dialect.name == "postgresql":
        names = table.primary_key.columns.keys()
        rows = list({tuple(row[name] for name in names): row for row in rows}.values())
    _put(tx, _upsert(table, tx.dialect.name), table, rows)


def add(tx: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Put in rows whose primary key is new; the others stay as they are."""
    _put(tx, _add(table, tx.dialect.name), table, rows)


def _put(
    tx: Connection, statement: Insert, table: Table, rows: Sequence[Mapping[str, object]]
) -> None:
    if not rows:
        return
    if tx.dialect.name == "postgresql":
        tx.execute(statement, {c.name: [row[c.name] for row in rows] for c in table.c})
    else:
        tx.execute(statement, rows)


def remove(tx: Connection, table: Table, keys: Sequence[Mapping[str, object]]) -> None:
    """Take out the rows under these whole primary keys, in one round."""
    if keys:
        tx.execute(_remove(table), [{f"key_{name}": key[name] for name in key} for key in keys])


@cache
def _remove(table: Table) -> Delete:
    matches = (column == bindparam(f"key_{column.name}") for column in table.primary_key.columns)
    return delete(table).where(*matches)


@cache
def _by_key(table: Table, width: int, varying: int, dialect: str, *, in_time: bool) -> Select[Any]:
    found = select(table)
    if in_time:
        found = found.where(table.c.stated_us.between(bindparam("first"), bindparam("last")))
    for place, column in enumerate(list(table.primary_key.columns)[:width]):
        if place == varying:
            found = found.where(_among(column, dialect))
        else:
            found = found.where(column == bindparam(f"part{place}"))
    return found


def _among(column: Column[Any], dialect: str) -> ColumnElement[bool]:
    if dialect == "postgresql":
        return column == any_(bindparam("varying", type_=ARRAY(column.type)))
    return column.in_(bindparam("varying", expanding=True))


def fetch(
    connection: Connection,
    table: Table,
    keys: Collection[tuple[str, ...]],
    stated: tuple[int, int] | None = None,
) -> Iterator[Row[Any]]:
    """Yield the rows under these keys: the first columns of the primary key, all or some.

    `stated` leaves only those stated from the first to the last of two moments.

    SQLite finds no index for `(a, b) IN (...)`; so keys that differ in one part only are asked
    for together, and that part is the one which leaves the fewest questions.
    """
    if not keys:
        return
    width = len(next(iter(keys)))
    varying, groups = _fewest_groups(keys, width)
    dialect = connection.dialect.name
    statement = _by_key(table, width, varying, dialect, in_time=stated is not None)
    time = {} if stated is None else {"first": stated[0], "last": stated[1]}
    places = [place for place in range(width) if place != varying]
    for rest, values in groups.items():
        parts = {f"part{place}": part for place, part in zip(places, rest, strict=True)}
        for start in range(0, len(values), KEYS_AT_ONCE):
            chunk = values[start : start + KEYS_AT_ONCE]
            yield from connection.execute(statement, {**parts, **time, "varying": chunk})


def _fewest_groups(
    keys: Collection[tuple[str, ...]], width: int
) -> tuple[int, dict[tuple[str, ...], list[str]]]:
    """Return the place of the part that varies, and its values by the rest of the key."""
    found: list[dict[tuple[str, ...], list[str]]] = []
    for place in range(width):
        groups: dict[tuple[str, ...], list[str]] = {}
        for key in keys:
            groups.setdefault(key[:place] + key[place + 1 :], []).append(key[place])
        found.append(groups)
    varying = min(range(width), key=lambda place: len(found[place]))
    return varying, found[varying]
