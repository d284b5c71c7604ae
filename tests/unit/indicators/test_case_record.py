"""Cases as they count now, and the figures each of them is part of."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from duibiao.register import ClockRules, LocalThreshold, parse
from services.indicators.domain.case_clock import CaseRecord, CaseRecords
from services.indicators.domain.submission import CaseContent
from tests.support.indicators import the_workdays
from tests.support.registers import CUSTOMS, TAX, indicator, register, target
from tests.support.statements import at, case, case_statement

TODAY = date(2021, 7, 15)
EACH = indicator("each", statistic="each")
SHARE = indicator("share", unit="percent", statistic="share", direction="up")
MEAN = indicator("mean")
REGISTER = register(
    indicators=[EACH, SHARE, MEAN],
    targets=[
        target("T01", EACH, threshold="20.5"),
        target("T02", SHARE, op=">=", threshold=90),
        target("T03", MEAN, threshold="5.5"),
    ],
)
RECORDS = CaseRecords(REGISTER, the_workdays(), TODAY)


def record(content: CaseContent, code: str = "each") -> CaseRecord:
    return RECORDS.record(case_statement("1", content, indicator=code))


def periods(content: CaseContent, code: str = "each") -> list[str]:
    """Return the quarters (and the first quarter to come) whose figure the case is part of."""
    statement = case_statement("1", content, indicator=code)
    known = ("2020Q4", "2021Q1", "2021Q2", "2021Q3", "2021Q4")
    return [period for period in known if RECORDS.counts_in(statement, parse(period))]


@pytest.mark.parametrize(
    ("content", "clock", "limit", "overdue"),
    [
        # 2021-01-20 to 03-15 is 35 working days (domain.md section 4).
        (case("2021-01-20", "2021-03-15"), (35, 0, 0, 35), "20.5", "14.5"),
        (case("2021-01-20", "2021-03-15", extension=10), (35, 0, 10, 35), "30.5", "4.5"),
        # Open: up to today. July has 11 working days from the 1st to the 15th; 1 July is day 0.
        (case("2021-07-01"), (10, 0, 0, 10), "20.5", "0"),
        (case("2021-03-01", "2021-03-19", pauses=(("2021-03-08", "2021-03-12"),)),
         (14, 4, 0, 10), "20.5", "0"),
    ],
)  # fmt: skip
def test_a_case_has_its_days_its_limit_and_how_far_it_is_beyond(
    content: CaseContent, clock: tuple[int, int, int, int], limit: str, overdue: str
) -> None:
    found = record(content)
    assert found.clock is not None
    days = found.clock
    assert (days.gross, days.paused, days.extended, days.net) == clock
    assert not days.provisional
    assert (found.limit, found.overdue) == (Fraction(limit), Fraction(overdue))


@pytest.mark.parametrize(
    ("deadline", "differs"),
    [
        (None, None),
        ("2021-03-12", 0),
        ("2021-03-14", 0),  # the Sunday after: no working day later
        ("2021-03-15", 1),
        ("2021-03-31", 13),
        ("2021-03-11", -1),
        ("2021-02-20", -15),  # a Saturday: from the Monday after, three whole weeks
    ],
)
def test_a_deadline_that_contradicts_the_limit_is_noted(
    deadline: str | None, differs: int | None
) -> None:
    # 20 working days from 2021-02-08 end on 2021-03-12 (domain.md section 4).
    stated = None if deadline is None else at(deadline, 16)
    found = record(case("2021-02-08", "2021-03-01", deadline=stated))
    assert (found.due, found.deadline_differs) == (date(2021, 3, 12), differs)


def test_the_last_day_in_time_moves_with_pauses_and_extensions() -> None:
    # 4 paused days and 3 more: from Friday 12 March to Tuesday 23 March.
    paused = (("2021-02-22", "2021-02-26"),)
    found = record(case("2021-02-08", pauses=paused, extension=3, deadline=at("2021-03-15", 16)))
    assert (found.due, found.deadline_differs) == (date(2021, 3, 23), -6)


def test_a_deadline_contradicts_nothing_where_it_is_the_limit_or_there_is_none() -> None:
    for code in ("mean", "share"):
        found = record(case("2021-02-08", deadline=at("2021-03-15", 16)), code)
        assert (found.due, found.deadline_differs) == (None, None)
    clock = ClockRules(limit="deadline")
    records = CaseRecords(
        register(indicators=[replace(EACH, clock=clock)], targets=[target("T01", EACH)]),
        the_workdays(),
        TODAY,
    )
    own = case("2021-02-08", deadline=at("2021-03-15", 16))
    found = records.record(case_statement("1", own, indicator="each"))
    assert (found.deadline_differs, found.due is not None) == (None, True)


def test_where_no_limit_holds_for_every_case_there_is_none() -> None:
    found = record(case("2021-01-20", "2021-03-15"), "mean")
    assert found.clock is not None
    assert found.clock.net == 35
    assert (found.limit, found.overdue) == (None, None)


def test_no_days_are_counted_of_what_was_withdrawn_or_is_unknown() -> None:
    withdrawn = case("2021-01-20", outcome="withdrawn")
    assert record(withdrawn) == CaseRecord(case_statement("1", withdrawn, indicator="each"), None)
    assert record(case(), "gone").clock is None


@pytest.mark.parametrize(
    ("content", "code", "expected"),
    [
        (case("2020-12-20", "2021-01-04"), "mean", ["2021Q1"]),
        (case("2020-12-20", "2021-01-04", outcome="refused"), "mean", ["2021Q1"]),
        (case("2020-12-20"), "mean", []),
        (case("2020-12-20", "2021-04-04"), "share", ["2020Q4"]),
        (case("2021-01-20"), "share", ["2021Q1"]),
        # 20.5 days from 2021-01-20 end before the first quarter does: open and late in both.
        (case("2021-01-20", "2021-07-02"), "each", ["2021Q1", "2021Q2", "2021Q3"]),
        (case("2021-01-20"), "each", ["2021Q1", "2021Q2", "2021Q3"]),
        # Accepted on 2021-03-25: within its limit on 31 March, past it on 30 June.
        (case("2021-03-25"), "each", ["2021Q2", "2021Q3"]),
        (case("2021-07-01"), "each", []),
        (case("2021-01-20", "2021-02-01", outcome="withdrawn"), "each", []),
        (case("2021-01-20", "2021-02-01"), "gone", []),
    ],
)
def test_the_periods_whose_figure_a_case_is_part_of(
    content: CaseContent, code: str, expected: list[str]
) -> None:
    assert periods(content, code) == expected


def local(threshold: str, since: date, org: str | None = None) -> LocalThreshold:
    return LocalThreshold("T01", Decimal(threshold), "workday", "市营商办", since, org)


def test_a_local_limit_holds_from_the_period_of_its_day_on_and_the_units_own_comes_first() -> None:
    # A direction is no limit; what is decided in the middle of May holds for all of its quarter.
    asked = target("T01", EACH, op="fall").decided(
        [
            local("8", date(2021, 5, 14)),
            local("12.5", date(2021, 7, 1)),
            local("3", date(2021, 7, 1), CUSTOMS),
        ]
    )
    held = register(indicators=[EACH, MEAN], targets=[asked, target("T03", MEAN)])
    records = CaseRecords(held, the_workdays(), TODAY)
    assert records.tightest == {"each": 3}
    for content, org, expected in (
        (case("2021-03-01", "2021-03-31"), TAX, None),
        (case("2021-03-01", "2021-04-01"), TAX, 8),
        (case("2021-03-01", "2021-04-01"), CUSTOMS, 8),
        (case("2021-07-01", "2021-07-02"), TAX, Fraction(25, 2)),
        (case("2021-07-01", "2021-12-31"), TAX, Fraction(25, 2)),  # open on the day itself
        (case("2021-03-01"), CUSTOMS, 3),
    ):
        found = records.record(case_statement("1", content, indicator="each", org=org))
        assert (found.limit, found.due is None) == (expected, expected is None)


def test_a_years_figure_holds_open_cases_to_the_limit_at_its_end() -> None:
    # On 15 July 10 days have passed: within the 20 of the quarter, past the 5 of the year.
    each = replace(EACH, period_type="quarter")
    asked = target("T01", each, threshold=20).decided([local("5", date(2021, 10, 1))])
    records = CaseRecords(register(indicators=[each], targets=[asked]), the_workdays(), TODAY)
    statement = case_statement("1", case("2021-07-01"), indicator="each")
    assert [records.counts_in(statement, parse(code)) for code in ("2021Q3", "2021")] == [
        False,
        True,
    ]
