"""What verdicts said before: as they were reported when a period was closed, or at a moment.

Every version of a verdict is kept, so nothing is computed: the version that counts is looked up.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
import structlog

from duibiao.core.ids import id_after
from duibiao.register import parse
from duibiao.web.lists import Page
from services.indicators.adapters.encoding import from_json
from services.indicators.adapters.records import Filter, equal
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.repository import SqlRepository, version
from services.indicators.board.data import View
from services.indicators.domain.decisions import closings_of, owner_of
from services.indicators.domain.rows import Verdict, VerdictRow

Wanted = str | Collection[str] | None
_log = structlog.get_logger(__name__)
_NAMES: Final = ("id", "target", "org", "region", "period", "status")
_STANDING: Final = [tables.verdicts.c[name] for name in _NAMES]
_VERSIONS: Final = [tables.verdict_versions.c[name] for name in _NAMES]
_REPORTED: Final = [tables.reported.c[name] for name in _NAMES]


def reported(
    connection: sa.Connection, wanted: Filter, page: Page
) -> tuple[Sequence[VerdictRow], str | None]:
    """Return a page of the figures as reported, see `reported_rows`."""
    return _page(connection, reported_rows(connection), wanted, page)


def at(
    connection: sa.Connection, moment: datetime, wanted: Filter, page: Page
) -> tuple[Sequence[VerdictRow], str | None]:
    """Return a page of the rows as they stood at a moment, see `rows_at`."""
    rows = rows_at(moment, **asdict(wanted) | {"status": None})
    return _page(connection, rows, wanted, page)


def reported_rows(connection: sa.Connection) -> sa.Subquery:
    """Return the versions as reported: frozen where the period is closed, else those that stand.

    A row that came only after its period was closed is not among them. Of a closing whose frozen
    rows were lost with a store, the figures that stand are returned.
    """
    closings = closings_of(SqlRepository(connection).decisions("period"))
    here = set(connection.scalars(sa.select(tables.reported.c.closing).distinct()))
    in_force = {c.id for c in closings.values() if not c.open and (c.id in here or not c.rows)}
    periods = connection.scalars(sa.select(tables.verdicts.c.period).distinct()).all()
    owners = {code: owner_of(closings, parse(code)) for code in periods}
    frozen = [code for code, owner in owners.items() if owner and owner.id in in_force]
    standing = sa.select(*_STANDING).where(tables.verdicts.c.period.not_in(frozen))
    closed = sa.select(*_REPORTED).where(tables.reported.c.closing.in_(in_force))
    return sa.union_all(standing, closed).subquery()


def rows_at(moment: datetime, **key: Wanted) -> sa.Subquery:
    """Return the versions that stood at a moment: of each row the newest by then."""
    bound, table = id_after(moment), tables.verdict_versions
    standing = sa.select(*_STANDING, sa.false().label("removed")).where(
        tables.verdicts.c.id < bound, *equal(tables.verdicts, **key)
    )
    before = sa.select(*_VERSIONS, table.c.removed).where(table.c.id < bound, *equal(table, **key))
    every = sa.union_all(standing, before).subquery()
    series = [every.c[name] for name in ("target", "org", "region", "period")]
    newest = sa.func.row_number().over(partition_by=series, order_by=every.c.id.desc())
    ranked = sa.select(every, newest.label("place")).subquery()
    return sa.select(ranked).where(ranked.c.place == 1, ranked.c.removed.is_(False)).subquery()


def past_versions(connection: sa.Connection, ids: Iterable[str]) -> list[Verdict]:
    """Return versions by their ids, whether they stand or not."""
    found = []
    for ident in ids:
        kept = version(connection, ident)
        if kept is None:
            _log.error("a version is gone", verdict=ident)
        else:
            found.append(from_json(kept[0], Verdict))
    return found


class VersionReader:
    """Reads verdicts as a view has them, within one read of the store."""

    def __init__(self, connection: sa.Connection, view: View) -> None:
        self.connection = connection
        self._view = view

    def rows(self, **key: Wanted) -> sa.FromClause:
        """Return ids by their keys: of the rows with this key at least; to be selected from."""
        if self._view == "corrected":
            return tables.verdicts
        if self._view == "reported":
            return reported_rows(self.connection)
        return rows_at(self._view, **key)

    def these(self, ids: sa.Select[Any]) -> Sequence[Verdict]:
        """Return the verdicts whose ids a query selects, in its order."""
        if self._view != "corrected":
            return past_versions(self.connection, self.connection.scalars(ids).all())
        documents = ids.with_only_columns(tables.verdicts.c.document)
        return [from_json(text, Verdict) for text in self.connection.scalars(documents)]

    def verdicts(
        self, *also: sa.ColumnElement[bool], limit: int | None = None, **key: Wanted
    ) -> tuple[Verdict, ...]:
        """Return the verdicts with a key, in the order of their keys."""
        rows = self.rows(**key)
        ordered = [rows.c[name] for name in ("target", "org", "region", "period")]
        ids = sa.select(rows.c.id).where(*also, *equal(rows, **key)).order_by(*ordered).limit(limit)
        found = self.these(ids)
        return tuple(found) if self._view == "corrected" else _marked(found)


def _marked(found: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """Mark the present period of each series: a version does not tell whether it is that."""

    def place(one: Verdict) -> tuple[bool, date]:
        return one.row.value is not None, one.period_end

    newest = {one.series: one.row.id for one in sorted(found, key=place)}
    return tuple(one._replace(present=newest[one.series] == one.row.id) for one in found)


def _page(
    connection: sa.Connection, rows: sa.Subquery, wanted: Filter, page: Page
) -> tuple[Sequence[VerdictRow], str | None]:
    query = sa.select(rows.c.id).where(*equal(rows, **asdict(wanted))).order_by(rows.c.id.desc())
    if page.after is not None:
        query = query.where(rows.c.id < page.after[0])
    found = connection.execute(query.limit(page.limit + 1)).all()
    kept, cursor = page.cut(found, lambda row: (row.id,))
    return [one.row for one in past_versions(connection, (row.id for row in kept))], cursor
