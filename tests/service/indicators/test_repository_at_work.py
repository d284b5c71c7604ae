"""The SQL repository's cost: few statements however many rows, each one answered by an index."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, event

from duibiao.store import Store
from duibiao.web.lists import Page
from services.indicators.adapters.migrations import SCHEMA
from services.indicators.adapters.reading import Reading
from services.indicators.adapters.records import Filter, Records
from services.indicators.adapters.repository.repository import SqlRepository
from services.indicators.domain.criterion import Ruleset
from services.indicators.domain.rows import DutyKey, Series
from services.indicators.domain.submission import CaseKey, FigureKey, Submission
from services.indicators.usecases.apply_submission import apply_submission
from services.indicators.usecases.evidence import EvidenceCache
from tests.service.indicators.service import WORKDAYS, after_2021
from tests.support.registers import CITY, TAX, indicator, register, target
from tests.support.statements import NOON, case, case_statement, cases, figure_statement

SHARE = indicator("share", unit="percent", statistic="share", direction="up")
EACH = indicator(statistic="each")
REGISTER = register(
    indicators=[EACH, SHARE],
    targets=[target("T01", EACH, threshold=35), target("T02", SHARE, op="rise", threshold=None)],
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path}/duibiao.db", "indicators")
    SCHEMA.migrate(made)
    yield made
    made.close()


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Collect every statement that goes to a database, with its parameters."""
    seen: list[tuple[str, Any]] = []

    def note(
        _connection: Connection, _cursor: object, statement: str, parameters: object, *_: object
    ) -> None:
        seen.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


IDS = count(1)


def handled(number: int, first: int = 0) -> Submission:
    """Return so many hotline cases of one quarter."""
    rows = [
        (f"{n:06}", case("2021-02-01", "2021-02-03", resolved=n % 3 > 0))
        for n in range(first, first + number)
    ]
    return cases(f"s{first}-{number}", *rows, indicator="share")


def apply(store: Store, submission: Submission) -> None:
    with store.begin() as tx:
        apply_submission(
            SqlRepository(tx),
            Ruleset(REGISTER, WORKDAYS),
            submission,
            EvidenceCache(),
            now=after_2021().now(),
            new_id=lambda: str(UUID(int=next(IDS))),
        )


def test_a_large_submission_costs_no_more_statements_than_a_small_one(store: Store) -> None:
    apply(store, handled(1))
    with statements() as few:
        apply(store, handled(10, first=100))
    with statements() as many:
        apply(store, handled(3000, first=1000))
    assert len(many) == len(few), sorted(s for s, _ in many)
    assert len(few) < 40


def test_repeated_and_revised_rows_cost_no_more_either(store: Store) -> None:
    apply(store, handled(2000))
    again = Submission("again", TAX, NOON, cases=handled(2000).cases)
    with statements() as repeated:
        apply(store, again)
    assert len(repeated) < 30


def test_no_question_scans_a_table_that_grows(store: Store) -> None:
    with statements() as asked, store.begin() as tx:
        ask_everything(SqlRepository(tx))
    with statements() as listed:
        read_everything(Reading(store, REGISTER, after_2021()))
    with statements() as recorded:
        read_records(Records(store, REGISTER, WORKDAYS, after_2021()))
    with store.read() as connection:
        plans = {
            statement: plan(connection, statement, parameters)
            for statement, parameters in (*asked, *listed, *recorded)
            if statement.startswith("SELECT")
        }
    assert len(plans) > 30
    assert [line for lines in plans.values() for line in lines if scans(line)] == []
    # Nor is a list of records sorted before its first page is known.
    lines = [line for statement, _ in recorded for line in plans.get(statement, ())]
    assert not [line for line in lines if "TEMP B-TREE FOR ORDER BY" in line]


def scans(step: str) -> bool:
    """Whether a step of a plan reads a whole table whose size no register bounds."""
    bounded = ("duties", "reports", "meta", "positions", "CONSTANT ROW", "(subquery", "json_each")
    # In the order of an index only the newest row, or those of the page, are read.
    along = (
        "verdicts USING INDEX sqlite_autoindex_verdicts_2",
        "verdicts USING INDEX verdicts_present",  # all of it is what /metrics shows
        *(f"{table} USING INDEX {table}_newest" for table in ("figures", "cases")),
    )
    step = step.replace("COVERING INDEX", "INDEX")
    return step.startswith("SCAN") and not step[5:].startswith((*bounded, *along))


def ask_everything(repository: SqlRepository) -> None:
    repository.checkpoint()
    repository.applied("s1")
    repository.figures([FigureKey("days", TAX, CITY, "2021Q1")])
    repository.figures_within("days", date(2021, 1, 1), date(2021, 3, 31))
    repository.cases([CaseKey("days", TAX, str(n)) for n in range(5)])
    list(repository.cases_of("days"))
    list(repository.cases_open_at("days", NOON))
    repository.reports(TAX, [("1.1", "2021Q1")])
    repository.known([case_statement()])
    repository.known([figure_statement()])
    repository.rollups("days", ["2021Q1", "2021Q2"])
    repository.periods_with_data("days")
    repository.verdicts("T01", [Series("T01", None, CITY), Series("T01", TAX, CITY)])
    repository.verdicts("T01")
    repository.duties([DutyKey("1.1/2021Q1", TAX)])


def read_everything(reading: Reading) -> None:
    page = Page(100, ("v9",))
    for wanted in (
        Filter(),
        Filter(target="T01"),
        Filter(org=""),
        Filter(region=CITY, period="2021Q1"),
        Filter(status="met"),
    ):
        reading.verdicts(wanted, page)
    reading.duties(Filter(org=TAX), Page(100, None))
    reading.proof("v1")
    reading.present()
    reading.target("T01")
    reading.org(TAX)
    reading.clause(["1.1"], ["T01"])


def read_records(records: Records) -> None:
    first = Page(100, None)
    figures, late = Page(100, (1, "days", TAX, CITY, "2021Q1")), Page(100, (1, "days", TAX, "1"))
    for org in (None, TAX):
        for code in (None, "days"):
            for page in (first, figures):
                records.observations(Filter(org=org, indicator=code), page)
            for page in (first, late):
                records.cases(Filter(org=org, indicator=code, overdue=True), page)
    for measure in (None, "1.1"):
        records.reports(Filter(measure=measure), Page(100, (1, TAX, "1.1", "2021Q1", "")))


def plan(connection: Connection, statement: str, parameters: object) -> list[str]:
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
    return [row.detail for row in rows]


def test_of_a_long_history_only_the_moment_asked_for_is_read(store: Store) -> None:
    said = [figure_statement(stated=NOON + timedelta(seconds=n)) for n in range(500)]
    with store.begin() as tx:
        repository = SqlRepository(tx)
        repository.save_history(said)

        found = repository.known([said[250]])

        assert {one.stated_at for one in found[said[250].key]} == {said[250].stated_at}
