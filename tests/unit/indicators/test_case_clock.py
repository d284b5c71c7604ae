"""The clock of one case: gross, paused, extended, net days, its limit and how far it is beyond."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from duibiao.register import ClockRules
from services.indicators.domain.case_clock import allowed_days, case_clock
from services.indicators.domain.histogram import Duration
from services.indicators.domain.submission import CaseContent
from tests.support.indicators import the_workdays
from tests.support.registers import indicator, register, target
from tests.support.statements import case

LATER = date(2022, 3, 1)
DAYS = indicator(statistic="each")


def duration(
    gross: int,
    paused: int,
    extended: int,
    net: int,
    pending: int = 0,
    pending_paused: int = 0,
    pending_extended: int = 0,
) -> Duration:
    made = Duration(net, extended, paused=paused)._replace(
        pending=pending, pending_paused=pending_paused, pending_extended=pending_extended
    )
    assert made.gross == gross
    return made


@pytest.mark.parametrize(
    ("content", "day", "expected"),
    [
        (case("2021-01-20", "2021-03-15"), LATER, (35, 0, 0, 35)),
        # From Monday 8 to Friday 12 March takes away 4 days: Monday was still worked on.
        (case("2021-03-01", "2021-03-19", pauses=(("2021-03-08", "2021-03-12"),)), LATER,
         (14, 4, 0, 10)),
        (case("2021-03-01", "2021-03-19", extension=5), LATER, (14, 0, 5, 14)),
        # Seen on an earlier day: neither completion nor the rest of the pause has come.
        (case("2021-03-01", "2021-03-19", pauses=(("2021-03-08", "2021-03-12"),)),
         date(2021, 3, 10), (7, 2, 0, 5)),
        (case("2021-03-01", pauses=(("2021-03-08", None),)), date(2021, 3, 10), (7, 2, 0, 5)),
    ],
)  # fmt: skip
def test_days_of_a_case(
    content: CaseContent, day: date, expected: tuple[int, int, int, int]
) -> None:
    assert case_clock(content, DAYS, day, the_workdays()) == duration(*expected)


HEARING = ("2021-03-08", "2021-03-12")  # 4 days: Monday 8 was still worked on
SUPPLEMENT = ("2021-03-15", "2021-03-18")  # 3 days
PAUSED = case("2021-03-01", "2021-03-19", pauses=(HEARING, SUPPLEMENT), extension=12)


@pytest.mark.parametrize(
    ("rules", "counted", "pending"),
    [
        (ClockRules(), (14, 7, 0, 7), (0, 0, 0)),
        (ClockRules(max_extension=12), (14, 7, 12, 7), (0, 0, 0)),
        (ClockRules(max_extension=10), (14, 7, 10, 7), (0, 0, 0)),
        (ClockRules(max_paused=5), (14, 5, 0, 9), (0, 0, 0)),
        (ClockRules(max_extension=10, approve_extensions=True), (14, 7, 0, 7), (1, 0, 10)),
        (ClockRules(approve_pauses_over=3), (14, 3, 0, 11), (1, 4, 0)),
        (ClockRules(approve_pauses_over=4), (14, 7, 0, 7), (0, 0, 0)),
        (ClockRules(approve_pauses_over=0, max_paused=5), (14, 0, 0, 14), (2, 5, 0)),
        (ClockRules(approve_pauses_over=3, max_extension=10, approve_extensions=True),
         (14, 3, 0, 11), (2, 4, 10)),
    ],
)  # fmt: skip
def test_the_register_caps_and_holds_back(
    rules: ClockRules, counted: tuple[int, int, int, int], pending: tuple[int, int, int]
) -> None:
    kind = indicator(statistic="each", clock=rules)
    clock = case_clock(PAUSED, kind, LATER, the_workdays())
    assert clock == duration(*counted, *pending)


def test_overlapping_pauses_are_taken_away_once() -> None:
    content = case("2021-03-01", "2021-03-19", pauses=(HEARING, ("2021-03-10", "2021-03-16")))
    # 9 to 12, 15 and 16 March: 6 working days.
    assert case_clock(content, DAYS, LATER, the_workdays()).paused == 6


def test_a_pause_still_open_needs_approval_once_it_is_long() -> None:
    kind = indicator(statistic="each", clock=ClockRules(approve_pauses_over=2))
    content = case("2021-03-01", pauses=(("2021-03-08", None),))
    assert case_clock(content, kind, date(2021, 3, 10), the_workdays()).paused == 2
    clock = case_clock(content, kind, date(2021, 3, 11), the_workdays())
    assert (clock.paused, clock.pending, clock.pending_paused) == (0, 1, 3)


def test_a_case_from_before_the_calendar_is_counted_and_provisional() -> None:
    clock = case_clock(case("1921-03-01", "1921-03-04"), DAYS, LATER, the_workdays())
    assert (clock.gross, clock.provisional) == (3, True)


def test_an_extension_lengthens_the_limit_and_nothing_else() -> None:
    clock = duration(gross=14, paused=4, extended=5, net=10)
    assert clock.limit(Decimal(3)) == 8
    assert clock.overdue(Decimal(3)) == 2
    assert clock.overdue(Decimal(5)) == 0
    assert clock.overdue(Decimal("4.5")) == Fraction(1, 2)
    assert (clock.limit(None), clock.overdue(None)) == (None, None)


def test_the_tightest_limit_of_every_case_holds() -> None:
    targets = [target("T01", DAYS, threshold=20), target("T02", DAYS, threshold=15)]
    held = register(indicators=[DAYS], targets=targets)
    assert allowed_days(held, DAYS.code, None, LATER) == 15
    unset = register(indicators=[DAYS], targets=[])
    assert allowed_days(unset, DAYS.code, None, LATER) is None
