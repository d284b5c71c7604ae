"""What verdicts said before: as they were reported when a period was closed, or at a moment.

Every version of a verdict is kept, so nothing is computed: the version that counts is looked up.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import Connection, Subquery, false, func, select, union_all

from duibiao.core.ids import id_after
from duibiao.register import parse
from duibiao.web.lists import Page
from services.indicators.adapters.encoding import from_json
from services.indicators.adapters.records import Filter, equal
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.repository import SqlRepository, version
from services.indicators.domain.decisions import closings_of, owner_of
from services.indicators.domain.rows import Verdict, VerdictRow

_log = structlog.get_logger(__name__)
_NAMES: Final = ("id", "target", "org", "region", "period", "status")
_STANDING: Final = [tables.verdicts.c[name] for name in _NAMES]
_VERSIONS: Final = [tables.verdict_versions.c[name] for name in _NAMES]
_REPORTED: Final = [tables.reported.c[name] for name in _NAMES]


def reported(
    connection: Connection, wanted: Filter, page: Page
) -> tuple[Sequence[VerdictRow], str | None]:
    """Return a page of the figures as reported: frozen where the period is closed, else standing.

    A row that came only after its period was closed is not among them. Of a closing whose frozen
    rows were lost with a store, the figures that stand are returned.
    """
    closings = closings_of(SqlRepository(connection).decisions("period"))
    here = set(connection.scalars(select(tables.reported.c.closing).distinct()))
    in_force = {c.id for c in closings.values() if not c.open and (c.id in here or not c.rows)}
    periods = connection.scalars(select(tables.verdicts.c.period).distinct()).all()
    owners = {code: owner_of(closings, parse(code)) for code in periods}
    frozen = [code for code, owner in owners.items() if owner and owner.id in in_force]
    standing = select(*_STANDING).where(tables.verdicts.c.period.not_in(frozen))
    closed = select(*_REPORTED).where(tables.reported.c.closing.in_(in_force))
    return _page(connection, union_all(standing, closed).subquery(), wanted, page)


def at(
    connection: Connection, moment: datetime, wanted: Filter, page: Page
) -> tuple[Sequence[VerdictRow], str | None]:
    """Return a page of the rows as they stood at a moment: of each the newest version by then."""
    bound = id_after(moment)
    key = asdict(wanted) | {"status": None}
    standing = select(*_STANDING, false().label("removed")).where(
        tables.verdicts.c.id < bound, *equal(tables.verdicts, **key)
    )
    table = tables.verdict_versions
    before = select(*_VERSIONS, table.c.removed).where(table.c.id < bound, *equal(table, **key))
    every = union_all(standing, before).subquery()
    series = [every.c[name] for name in ("target", "org", "region", "period")]
    newest = func.row_number().over(partition_by=series, order_by=every.c.id.desc())
    ranked = select(every, newest.label("place")).subquery()
    found = select(ranked).where(ranked.c.place == 1, ranked.c.removed.is_(False)).subquery()
    return _page(connection, found, wanted, page)


def _page(
    connection: Connection, rows: Subquery, wanted: Filter, page: Page
) -> tuple[Sequence[VerdictRow], str | None]:
    query = select(rows.c.id).where(*equal(rows, **asdict(wanted))).order_by(rows.c.id.desc())
    if page.after is not None:
        query = query.where(rows.c.id < page.after[0])
    found = connection.execute(query.limit(page.limit + 1)).all()
    kept, cursor = page.cut(found, lambda row: (row.id,))
    versions = [version(connection, row.id) for row in kept]
    for row, found_version in zip(kept, versions, strict=True):
        if found_version is None:
            _log.error("a version is gone", verdict=row.id)
    return [from_json(one[0], Verdict).row for one in versions if one is not None], cursor
