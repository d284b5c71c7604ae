"""Lists of records on both databases: every row once, the newest first, however it is paged."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from duibiao.store import Store
from duibiao.web.lists import Page, from_cursor
from duibiao.workdays import to_us
from services.indicators.adapters import records as module
from services.indicators.adapters.migrations import SCHEMA
from services.indicators.adapters.records import Filter, Records
from services.indicators.adapters.repository.repository import SqlRepository
from services.indicators.domain.submission import CaseStatement, FigureStatement, ReportStatement
from tests.service.indicators.service import WORKDAYS, after_2021
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import (
    case,
    case_statement,
    figure,
    figure_statement,
    later,
    report_statement,
)

REGISTER = register(
    indicators=[indicator(statistic="each"), indicator("other")],
    targets=[target("T01", indicator(statistic="each"), threshold=20)],
)
Listed = Callable[[Filter, Page], tuple[Sequence[Any], str | None]]


def received(statement: Any, hours: int) -> Any:  # noqa: ANN401 - any of three kinds
    """Return the statement as it came in so many hours later; several share an hour."""
    if isinstance(statement, CaseStatement):
        return statement._replace(received_us=to_us(later(hours)))
    kind = type(statement)
    given = {name: getattr(statement, name) for name in kind.__dataclass_fields__}
    return kind(**{**given, "received_at": later(hours)})


CASES: list[CaseStatement] = [
    received(
        case_statement(
            f"{n:02}",
            # Every third is open; every second of the others took 35 working days instead of 1.
            case("2021-01-20", None if n % 3 == 0 else ("2021-03-15", "2021-01-21")[n % 2]),
            org=(TAX, CUSTOMS)[n % 2],
            indicator="days" if n % 5 else "other",
        ),
        n // 4,
    )
    for n in range(40)
]
FIGURES: list[FigureStatement] = [
    received(figure_statement(figure(n), org=(TAX, CUSTOMS)[n % 2], period=f"20{n + 10}Q1"), n // 3)
    for n in range(20)
]
REPORTS: list[ReportStatement] = [
    received(report_statement(period=f"2021Q{q}", org=org), q // 2)
    for q in (1, 2, 3, 4)
    for org in (TAX, CUSTOMS)
]


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url, "indicators")
    SCHEMA.migrate(store)
    with store.begin() as tx:
        repository = SqlRepository(tx)
        repository.save_cases(CASES)
        repository.save_figures(FIGURES)
        repository.save_reports(REPORTS)
    yield store
    store.close()


@pytest.fixture
def records(store: Store) -> Records:
    return Records(store, REGISTER, WORKDAYS, after_2021())


def walk(listed: Listed, wanted: Filter, limit: int) -> list[Any]:
    """Return all rows of a list, page by page."""
    rows: list[Any] = []
    after, pages = None, 0
    while True:
        page, cursor = listed(wanted, Page(limit, after))
        assert len(page) <= limit
        rows += page
        pages += 1
        assert pages < 100
        if cursor is None:
            return rows
        after = from_cursor(cursor)


@pytest.mark.parametrize(("looked_at", "counted"), [(7, 100), (100, 7)])
def test_every_page_goes_on_where_the_one_before_ended(
    records: Records, monkeypatch: pytest.MonkeyPatch, looked_at: int, counted: int
) -> None:
    monkeypatch.setattr(module, "LOOKED_AT", looked_at)
    monkeypatch.setattr(module, "COUNTED", counted)
    late = {"02", "04", "08", "14", "16", "22", "26", "28", "32", "34", "38"}
    open_late = {f"{n:02}" for n in range(0, 40, 3) if n % 5}
    everything = [one.key for one in sorted(CASES, key=lambda c: (c.received_at, *c.key[::-1]))]
    for limit in (1, 3, 6, 1000):
        found = [one.case for one in walk(records.cases, Filter(), limit)]
        assert len(found) == 40
        assert {one.key for one in found} == set(everything)
        assert [one.received_at for one in found] == sorted(
            (one.received_at for one in found), reverse=True
        )
        overdue = walk(records.cases, Filter(overdue=True), limit)
        assert {one.case.key.case_no for one in overdue} == late | open_late
        assert len(walk(records.cases, Filter(overdue=False), limit)) == 40 - len(overdue)
        ours = walk(records.cases, Filter(org=TAX, outcome="open", overdue=True), limit)
        assert {one.case.key.case_no for one in ours} == {"06", "12", "18", "24", "36"}
        assert len(walk(records.cases, Filter(indicator="other"), limit)) == 8
        assert len(walk(records.cases, Filter(indicator="other", org=TAX), limit)) == 4
        assert walk(records.cases, Filter(region="610103"), limit) == []
        assert len(walk(records.observations, Filter(region=CITY), limit)) == 20
        assert len(walk(records.observations, Filter(org=TAX), limit)) == 10
        (one,) = walk(records.observations, Filter(indicator="days", period="2015Q1"), limit)
        assert one == FIGURES[5]
        assert len(walk(records.reports, Filter(), limit)) == 8
        (both) = walk(records.reports, Filter(measure="1.1", period="2021Q3"), limit)
        assert {history.standing.key.org for history in both} == {TAX, CUSTOMS}


def test_without_a_limit_that_holds_for_each_case_nothing_is_overdue(store: Store) -> None:
    records = Records(store, register(), WORKDAYS, after_2021())
    assert records.cases(Filter(overdue=True), Page(100, None)) == ([], None)
    assert len(records.cases(Filter(overdue=False), Page(100, None))[0]) == len(CASES)
