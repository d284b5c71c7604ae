"""The read side of what was sent: figures, cases and progress reports as they count now.

A list is read along an index, the newest received first. A filter that has no index of its own is
answered among at most `LOOKED_AT` rows a page, of which at most `COUNTED` are counted one by one,
so that the cost of a page has a bound.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import case as by_code

from duibiao.core import Clock
from duibiao.core.ids import id_after
from duibiao.register import Period, Register, containing, parse
from duibiao.store import Store
from duibiao.web.lists import Page, Position, to_cursor
from duibiao.workdays import SHANGHAI, Workdays, from_us, local_day, to_us
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.batches import fetch
from services.indicators.adapters.repository.statements import approvals_of, figure_of, report_of
from services.indicators.domain.case_clock import LONGEST, CaseRecord, CaseRecords
from services.indicators.domain.overdue import LedgerEntry, OverdueLedger
from services.indicators.domain.reviews import Review
from services.indicators.domain.scorecard import ReceivedRows
from services.indicators.domain.submission import (
    CaseKey,
    CaseStatement,
    FigureStatement,
    Granted,
    ReportContent,
    ReportHistory,
    ReportKey,
    Statement,
    granted_of,
    pack,
    unpack_report,
)

LOOKED_AT: Final = 100_000
COUNTED: Final = 10_000
_DAY_US: Final = 24 * 3600 * 1_000_000

_Earlier = Statement[ReportKey, ReportContent]
_Keeps = Callable[[sa.Row[Any]], bool]


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list holds; None does not filter. A list knows only some of these.

    `org` "": the verdicts over several orgs. `overdue`: cases beyond their limit, or not.
    """

    target: str | None = None
    indicator: str | None = None
    measure: str | None = None
    org: str | None = None
    region: str | None = None
    period: str | None = None
    status: str | None = None
    due: str | None = None
    outcome: str | None = None
    overdue: bool | None = None


@dataclass(frozen=True, slots=True)
class Records:
    """Reads the statements that count."""

    store: Store
    register: Register
    workdays: Workdays
    clock: Clock

    def observations(
        self, wanted: Filter, page: Page
    ) -> tuple[Sequence[FigureStatement], str | None]:
        """Return a page of reported figures and the cursor of the next."""
        table = tables.figures
        along = equal(table, indicator=wanted.indicator, org=wanted.org)
        rest = equal(table, region=wanted.region, period=wanted.period)
        with self.store.read() as connection:
            rows, cursor = _page(connection, page, table, along, rest)
        return [figure_of(row) for row in rows], cursor

    def cases(self, wanted: Filter, page: Page) -> tuple[Sequence[CaseRecord], str | None]:
        """Return a page of cases as they count now and the cursor of the next."""
        table = tables.cases
        along = equal(table, org=wanted.org)
        rest = equal(table, region=wanted.region, outcome=wanted.outcome)
        if wanted.indicator is not None:  # not along the primary key, whose order is another
            rest.append(sa.func.coalesce(table.c.indicator, "") == wanted.indicator)
        with self.store.read() as connection:
            granted = granted_in(connection, self.register)
            records = CaseRecords(self.register, self.workdays, self.clock.today(), granted)
            rest += _roughly(records, wanted)
            rows, cursor = _page(connection, page, table, along, rest, _exactly(records, wanted))
        return [records.record(CaseStatement._make(row)) for row in rows], cursor

    def overdue(
        self, wanted: Filter, day: date, within: int, page: Page
    ) -> tuple[Sequence[LedgerEntry], str | None]:
        """Return a page of the open cases past their limit at the end of a day, or soon to be.

        By indicator, then the oldest first. `within` is in working days.
        """
        table = tables.cases
        order = [table.c.indicator, table.c.accepted_us, table.c.org, table.c.case_no]
        with self.store.read() as connection:
            granted = granted_in(connection, self.register)
            records = CaseRecords(self.register, self.workdays, day, granted)
            ledger = OverdueLedger(self.register, self.workdays, records, within)
            where = equal(table, indicator=wanted.indicator, org=wanted.org, region=wanted.region)
            where += self._due_by(records, self.workdays.due(day, within + 1).day)
            where.append(tables.STILL_OPEN if day >= self.clock.today() else _open_after(day))
            if page.after is not None:
                where.append(_position(order) > _position(map(sa.literal, page.after)))
            query = sa.select(table).where(*where).order_by(*order).limit(COUNTED)
            found: list[LedgerEntry] = []
            counted, last = 0, None
            options = {"yield_per": page.limit + 1}
            with connection.execute(query, execution_options=options) as rows:
                for last in rows:
                    counted += 1
                    entry = ledger.find(CaseStatement._make(last))
                    if entry is not None and wanted.status in (None, entry.state):
                        found.append(entry)
                    if len(found) > page.limit:
                        break

        def position(case: CaseStatement) -> Position:
            return case.indicator, case.accepted_us, case.org, case.case_no

        kept, cursor = page.cut(found, lambda entry: position(entry.record.case))
        if cursor is None and last is not None and counted == COUNTED:
            cursor = to_cursor(position(CaseStatement._make(last)))
        return kept, cursor

    def _due_by(self, records: CaseRecords, last: date) -> list[sa.ColumnElement[bool]]:
        """Return conditions of the cases that may be due by a day: cheap, and never too narrow."""
        case, indicators = tables.cases.c, self.register.indicators
        own = [c for c in records.tightest if indicators[c].clock.limit == "deadline"]
        latest = {
            code: after(last) - min(int(days), LONGEST) * _DAY_US
            for code, days in records.tightest.items()
            if code not in own
        }
        by_age = case.accepted_us < by_code(latest, value=case.indicator) if latest else sa.false()
        by_deadline = sa.and_(case.indicator.in_(own), case.deadline_us < after(last))
        return [case.outcome != "withdrawn", sa.or_(by_age, by_deadline)]

    def reports(self, wanted: Filter, page: Page) -> tuple[Sequence[ReportHistory], str | None]:
        """Return a page of progress reports and the cursor of the next."""
        table = tables.reports
        along = equal(table, measure=wanted.measure, org=wanted.org, period=wanted.period)
        with self.store.read() as connection:
            rows, cursor = _page(connection, page, table, along)
            return histories(connection, rows), cursor


def granted_in(connection: sa.Connection, register: Register) -> dict[CaseKey, Granted]:
    """Return what the office granted to single cases."""
    asking = (i.code for i in register.indicators.values() if i.clock.asks)
    return {
        case: granted
        for code in asking
        for case, granted in granted_of(approvals_of(connection, code)).items()
    }


def histories(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[ReportHistory]:
    """Return reports of the table with what was stated before them; repetitions are left out."""
    reports = [report_of(row) for row in rows]
    keys = [report.key for report in reports]
    earlier: dict[ReportKey, list[_Earlier]] = {}
    for row in fetch(connection, tables.report_statements, keys):
        found = _earlier(row)
        earlier.setdefault(found.key, []).append(found)
    made = []
    for report in reports:
        versions: list[_Earlier] = [report]
        before = sorted(earlier.get(report.key, ()), key=lambda one: one.stated_at, reverse=True)
        versions += before
        changed = [b for a, b in zip(versions, before, strict=False) if b.content != a.content]
        made.append(ReportHistory(report, tuple(changed)))
    return made


def _earlier(row: sa.Row[Any]) -> _Earlier:
    return Statement(
        ReportKey._make(row[:4]),
        unpack_report(row.content),
        from_us(row.stated_us),
        row.submission_id,
        from_us(row.received_us),
    )


def sent_since(connection: sa.Connection, register: Register, review: Review) -> Iterator[Period]:
    """Yield periods of what a unit sent after it was accepted: figures, reports, then cases.

    Of a case these are the periods in which any statement of it counts: it may have been taken out
    of a figure. Cases are looked at only where a verdict on the unit is newer.
    """
    if review.at is None or review.state != "accepted":
        return
    since, verdict, case = to_us(review.at), tables.verdicts.c, tables.cases.c
    for table in (tables.figures, tables.reports):
        mine = table.c.org == review.org, table.c.received_us > since
        yield from map(parse, connection.scalars(sa.select(table.c.period).where(*mine).distinct()))
    newer, about = id_after(review.at), parse(review.period)
    judged = sa.select(verdict.period).where(verdict.org == review.org, verdict.id > newer)
    if not any(about.covers(parse(code)) for code in connection.scalars(judged.distinct())):
        return
    sent = case.org == review.org, case.received_us > since, case.accepted_us < after(about.last)
    query = sa.select(tables.cases).where(*sent, case.indicator.in_(register.indicators))
    cases = [CaseStatement._make(row) for row in connection.execute(query)]
    said = [(one.indicator, pack(one.content)) for one in cases]
    kept = fetch(connection, tables.case_statements, [one.key for one in cases])
    for code, content in [*said, *((row.indicator, row.content) for row in kept)]:
        indicator, moments = register.indicators[code], json.loads(content)
        counted = "accepted_at" if indicator.statistic == "share" else "completed_at"
        if counted in moments:
            day = local_day(datetime.fromisoformat(moments[counted]))
            yield containing(day, indicator.period_type)


def received_rows(connection: sa.Connection, period: Period) -> Sequence[ReceivedRows]:
    """Return how many rows came within the days of a period, by unit and kind."""
    rows, key = tables.applied.c, (tables.applied.c.org, tables.applied.c.kind)
    received = rows.accepted + rows.duplicate + rows.revised + rows.rejected
    query = sa.select(*key, *map(sa.func.sum, (received, rows.rejected, rows.revised)))
    end = start(period.last) + _DAY_US
    within = rows.received_us >= start(period.first), rows.received_us < end
    found = connection.execute(query.where(*within).group_by(*key).order_by(*key))
    return [ReceivedRows(*row) for row in found]


def equal(
    table: sa.FromClause, **given: str | Collection[str] | None
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that columns have a value, or one of several; None does not filter."""
    columns = ((table.c[name], value) for name, value in given.items() if value is not None)
    return [one == value if isinstance(value, str) else one.in_(value) for one, value in columns]


def _roughly(records: CaseRecords, wanted: Filter) -> list[sa.ColumnElement[bool]]:
    """Return conditions that every case wanted meets, and most others do not."""
    case, found = tables.cases.c, []
    if wanted.period is not None:
        period = parse(wanted.period)
        ended = sa.or_(case.completed_us.is_(None), case.completed_us >= start(period.first))
        found += [case.accepted_us < after(period.last), ended]
    if wanted.overdue:
        # So few days are within the limit, whichever of them are working days.
        few = {code: (int(days) - 2) * _DAY_US for code, days in records.tightest.items()}
        lasted = sa.func.coalesce(case.completed_us, after(records.day)) - case.accepted_us
        found.append(lasted > by_code(few, value=case.indicator) if few else sa.false())
    return found


def _exactly(records: CaseRecords, wanted: Filter) -> _Keeps | None:
    if wanted.period is None and wanted.overdue is None:
        return None
    period = None if wanted.period is None else parse(wanted.period)

    def keeps(row: sa.Row[Any]) -> bool:
        case = CaseStatement._make(row)
        if period is not None and not records.counts_in(case, period):
            return False
        return wanted.overdue is None or bool(records.record(case).overdue) == wanted.overdue

    return keeps


def _open_after(day: date) -> sa.ColumnElement[bool]:
    """Return the condition of a case that was not completed by a day."""
    return sa.or_(tables.STILL_OPEN, tables.cases.c.completed_us >= start(day) + _DAY_US)


def start(day: date) -> int:
    """Return the moment at which a day begins."""
    return to_us(datetime.combine(day, time(), SHANGHAI))


def after(day: date) -> int:
    """Return a moment after the day, though the day be the last of the year 9999."""
    return start(day) + 2 * _DAY_US


def _page(
    connection: sa.Connection,
    page: Page,
    table: sa.Table,
    along: list[sa.ColumnElement[bool]],
    rest: Sequence[sa.ColumnElement[bool]] = (),
    keeps: _Keeps | None = None,
) -> tuple[Sequence[sa.Row[Any]], str | None]:
    """Read a page; it may hold fewer rows than its limit though more follow.

    The conditions `along` have an index in the order of the list, the others have none.
    """
    order = [table.c.received_us, *table.primary_key.columns]
    newest = [column.desc() for column in order]
    if page.after is not None:
        along.append(_position(order) < _position(map(sa.literal, page.after)))
    stop = None
    if rest or keeps:
        ahead = sa.select(*order).where(*along).order_by(*newest).offset(LOOKED_AT - 1).limit(1)
        stop = connection.execute(ahead).one_or_none()
        if stop is not None:
            along.append(_position(order) >= _position(map(sa.literal, stop)))
    query = sa.select(table).where(*along, *rest).order_by(*newest)
    found: list[sa.Row[Any]] = []
    counted, last = 0, None
    at_most = COUNTED if keeps else page.limit + 1
    options = {"yield_per": page.limit + 1}
    with connection.execute(query.limit(at_most), execution_options=options) as rows:
        for last in rows:
            counted += 1
            if keeps is None or keeps(last):
                found.append(last)
            if len(found) > page.limit:
                break

    def position(row: sa.Row[Any]) -> tuple[Any, ...]:
        return tuple(getattr(row, column.name) for column in order)

    kept, cursor = page.cut(found, position)
    if cursor is None and last is not None and keeps and counted == COUNTED:
        cursor = to_cursor(position(last))
    elif cursor is None and stop is not None:
        cursor = to_cursor(tuple(stop))
    return kept, cursor


def _position(parts: Iterable[sa.ColumnElement[Any]]) -> sa.ColumnElement[Any]:
    return sa.tuple_(*parts)
