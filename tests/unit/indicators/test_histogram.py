"""Counts by days: everything a row says of cases, worked out by hand on small sets."""

from fractions import Fraction

import pytest

from services.indicators.domain.histogram import EMPTY, ClockTotals, Duration, Histogram


def duration(*days: int) -> Histogram:
    return Histogram.of(Duration(day, 0) for day in days)


def test_count_total_mean_and_longest() -> None:
    cases = duration(1, 2, 2, 6)
    assert (cases.count, cases.total, cases.mean) == (4, 11, Fraction(11, 4))
    assert cases.longest == 6


def test_p90_of_ten_is_the_ninth_and_of_eleven_the_tenth() -> None:
    assert duration(*range(1, 11)).p90 == 9
    assert duration(*range(1, 12)).p90 == 10


def test_p90_of_one_case_is_that_case() -> None:
    assert duration(7).p90 == 7


def test_p90_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no cases"):
        _ = EMPTY.p90


def test_equality_is_within_the_limit() -> None:
    assert duration(34, 35, 36).within(Fraction(35)) == 2


def test_a_limit_between_whole_days_holds_the_day_below() -> None:
    assert duration(5, 6).within(Fraction("5.5")) == 1
    assert duration(5, 6).past(Fraction("5.5")) == duration(6)


def test_an_extension_lengthens_the_limit_of_its_own_case_only() -> None:
    cases = Histogram.of([Duration(40, 10), Duration(40, 0), Duration(46, 10)])
    assert cases.within(Fraction(35)) == 1
    assert cases.past(Fraction(35)) == Histogram.of([Duration(40, 0), Duration(46, 10)])
    assert cases.longest == 46
    assert cases.longest_beyond_extension == 40


def test_one_provisional_case_makes_the_set_provisional() -> None:
    cases = Histogram.of([Duration(3, 0), Duration(3, 0, provisional=True)])
    assert cases.provisional
    assert not duration(3).provisional


def test_taking_back_the_last_case_leaves_nothing() -> None:
    left = duration(3).changed({Duration(3, 0): -1})
    assert left == EMPTY
    assert not left


def test_taking_back_what_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="counted -1 times"):
        duration(3).changed({Duration(4, 0): -1})


def test_equal_cases_are_one_group_and_groups_stand_in_order() -> None:
    cases = Histogram.of([Duration(40, 10, provisional=True), Duration(3, 0), Duration(3, 0)])
    names = ("paused", "pending_approvals", "pending_paused", "pending_extended")
    same = dict.fromkeys(names, 0) | {"past_deadline": None}
    assert cases.groups() == [
        same | {"net": 3, "extended": 0, "provisional": False, "cases": 2},
        same | {"net": 40, "extended": 10, "provisional": True, "cases": 1},
    ]


def test_the_clocks_of_cases_add_up() -> None:
    waiting = Duration(30, 0, paused=5, pending=2, pending_paused=12, pending_extended=10)
    cases = Histogram.of([Duration(40, 10), Duration(40, 10), waiting])
    assert cases.clock == ClockTotals(
        cases=3,
        gross=115,
        paused=5,
        extended=20,
        net=110,
        extended_cases=2,
        pending=2,
        pending_paused=12,
    )
    assert cases.granted == Histogram.of(
        [Duration(40, 10), Duration(40, 10), Duration(18, 10, paused=17)]
    )
    assert cases.granted.clock.gross == 115
