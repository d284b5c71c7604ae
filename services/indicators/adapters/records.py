"""The read side of what was sent: figures, cases and progress reports as they count now.

A list is read along an index, the newest received first. What has no index of its own is looked for
among at most `LOOKED_AT` rows a page, so that no question reads a whole table.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, Table, literal, select, tuple_

from duibiao.register import Register, parse
from duibiao.runtime import Clock
from duibiao.store import Store
from duibiao.web.lists import Page, to_cursor
from duibiao.workdays import SHANGHAI, Workdays
from services.indicators.adapters.encoding import from_us, to_us
from services.indicators.adapters.ledger import tables
from services.indicators.adapters.ledger.statements import case_of, figure_of, report_of
from services.indicators.domain.case_record import CaseRecord, CaseRecords
from services.indicators.domain.contents import unpack_report
from services.indicators.domain.rows import FigureStatement, ReportHistory, Statement
from services.indicators.domain.submission import ReportContent, ReportKey

LOOKED_AT: Final = 10_000
_DAY_US: Final = 24 * 3600 * 1_000_000

_Earlier = Statement[ReportKey, ReportContent]
_Keeps = Callable[[Row[Any]], bool]


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records a list holds; None does not filter. A list knows only some of these."""

    indicator: str | None = None
    measure: str | None = None
    org: str | None = None
    region: str | None = None
    period: str | None = None
    outcome: str | None = None
    overdue: bool | None = None


class Records:
    """Reads the statements that count."""

    def __init__(self, store: Store, register: Register, workdays: Workdays, clock: Clock) -> None:
        self._store = store
        self._register = register
        self._workdays = workdays
        self._clock = clock

    def observations(
        self, wanted: RecordFilter, page: Page
    ) -> tuple[Sequence[FigureStatement], str | None]:
        """Return a page of reported figures and the cursor of the next."""
        table = tables.figures
        keeps = _equal(region=wanted.region, period=wanted.period)
        query = _where(select(table), indicator=wanted.indicator, org=wanted.org)
        with self._store.read() as connection:
            rows, cursor = _page(connection, table, query, page, keeps)
        return [figure_of(row) for row in rows], cursor

    def cases(self, wanted: RecordFilter, page: Page) -> tuple[Sequence[CaseRecord], str | None]:
        """Return a page of cases as they count now and the cursor of the next."""
        table = tables.cases
        records = CaseRecords(self._register, self._workdays, self._clock.today())
        query = _where(select(table), indicator=wanted.indicator, org=wanted.org)
        with self._store.read() as connection:
            rows, cursor = _page(connection, table, query, page, _case_filter(records, wanted))
        return [records.record(case_of(row)) for row in rows], cursor

    def reports(
        self, wanted: RecordFilter, page: Page
    ) -> tuple[Sequence[ReportHistory], str | None]:
        """Return a page of progress reports and the cursor of the next."""
        table = tables.reports
        given = {"measure": wanted.measure, "org": wanted.org, "period": wanted.period}
        with self._store.read() as connection:
            rows, cursor = _page(connection, table, _where(select(table), **given), page, None)
            return histories(connection, rows), cursor


def histories(connection: Connection, rows: Sequence[Row[Any]]) -> list[ReportHistory]:
    """Return reports of the table with what was stated before them; repetitions are left out."""
    reports = [report_of(row) for row in rows]
    keys = [(r.key.org, r.key.measure, r.key.period, r.key.milestone) for r in reports]
    earlier: dict[ReportKey, list[_Earlier]] = {}
    for row in tables.fetch(connection, tables.report_statements, keys):
        found = _earlier(row)
        earlier.setdefault(found.key, []).append(found)
    made = []
    for report in reports:
        versions: list[_Earlier] = [report]
        told = sorted(earlier.get(report.key, ()), key=lambda one: one.stated_at, reverse=True)
        versions += told
        changed = [b for a, b in zip(versions, told, strict=False) if b.content != a.content]
        made.append(ReportHistory(report, tuple(changed)))
    return made


def _earlier(row: Row[Any]) -> _Earlier:
    return Statement(
        ReportKey(row.org, row.measure, row.milestone, row.period),
        unpack_report(row.content),
        from_us(row.stated_us),
        row.submission_id,
        from_us(row.received_us),
    )


def _where(query: Select[Any], **given: str | None) -> Select[Any]:
    columns = query.selected_columns
    wanted = [columns[name] == value for name, value in given.items() if value is not None]
    return query.where(*wanted)


def _equal(**given: str | None) -> _Keeps | None:
    wanted = {name: value for name, value in given.items() if value is not None}
    if not wanted:
        return None
    return lambda row: all(getattr(row, name) == value for name, value in wanted.items())


def _case_filter(records: CaseRecords, wanted: RecordFilter) -> _Keeps | None:
    """Return what tells the cases wanted; whole numbers first, since most rows end there."""
    checks = [_equal(region=wanted.region, outcome=wanted.outcome)]
    if wanted.period is not None:
        period = parse(wanted.period)
        first, end = _start(period.first), _after(period.last)
        checks.append(
            lambda row: (
                row.accepted_us < end
                and (row.completed_us is None or row.completed_us >= first)
                and records.counts_in(case_of(row), period)
            )
        )
    if wanted.overdue is not None:
        checks.append(lambda row: _is_overdue(records, row) == wanted.overdue)
    needed = [check for check in checks if check is not None]
    return (lambda row: all(check(row) for check in needed)) if needed else None


def _is_overdue(records: CaseRecords, row: Row[Any]) -> bool:
    allowed = records.allowed(row.indicator)
    if allowed is None:
        return False
    end = _after(records.day) if row.completed_us is None else row.completed_us
    # So few days are within the limit, whichever of them are working days.
    if end - row.accepted_us <= (int(allowed) - 2) * _DAY_US:
        return False
    return bool(records.record(case_of(row)).overdue)


def _start(day: date) -> int:
    return to_us(datetime.combine(day, time(), SHANGHAI))


def _after(day: date) -> int:
    """Return a moment after the day, though the day be the last of the year 9999."""
    return _start(day) + 2 * _DAY_US


def _page(
    connection: Connection, table: Table, query: Select[Any], page: Page, keeps: _Keeps | None
) -> tuple[Sequence[Row[Any]], str | None]:
    """Read a page of a table; one with `keeps` may hold fewer rows though more follow."""
    order = [table.c.received_us, *table.primary_key.columns]
    if page.after is not None:
        query = query.where(tuple_(*order) < tuple_(*(literal(part) for part in page.after)))
    looked_at = page.limit + 1 if keeps is None else LOOKED_AT
    query = query.order_by(*(column.desc() for column in order)).limit(looked_at)

    def position(row: Row[Any]) -> tuple[Any, ...]:
        return tuple(getattr(row, column.name) for column in order)

    found: list[Row[Any]] = []
    looked, last = 0, None
    with connection.execute(query, execution_options={"yield_per": page.limit + 1}) as rows:
        for last in rows:
            looked += 1
            if keeps is None or keeps(last):
                found.append(last)
            if len(found) > page.limit:
                break
    kept, cursor = page.cut(found, position)
    if cursor is None and keeps is not None and looked == LOOKED_AT and last is not None:
        cursor = to_cursor(position(last))
    return kept, cursor
