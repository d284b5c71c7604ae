"""Periods: five shapes of code, and how one lies to another."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duibiao.register import PERIOD_TYPES, Period, PeriodType, containing, parse

DAYS = st.dates(date(2, 1, 1), date(9998, 12, 31))
TYPES = st.sampled_from(PERIOD_TYPES)


@pytest.mark.parametrize(
    ("code", "kind", "first", "last"),
    [
        ("2021", "year", date(2021, 1, 1), date(2021, 12, 31)),
        ("2021S1", "half", date(2021, 1, 1), date(2021, 6, 30)),
        ("2021S2", "half", date(2021, 7, 1), date(2021, 12, 31)),
        ("2021Q1", "quarter", date(2021, 1, 1), date(2021, 3, 31)),
        ("2021Q4", "quarter", date(2021, 10, 1), date(2021, 12, 31)),
        ("202102", "month", date(2021, 2, 1), date(2021, 2, 28)),
        ("202402", "month", date(2024, 2, 1), date(2024, 2, 29)),
        ("20210325", "day", date(2021, 3, 25), date(2021, 3, 25)),
        ("9999Q4", "quarter", date(9999, 10, 1), date(9999, 12, 31)),
    ],
)
def test_a_code_names_whole_days(code: str, kind: str, first: date, last: date) -> None:
    period = parse(code)
    assert (period.code, period.type, period.first, period.last) == (code, kind, first, last)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "21",
        "2021Q0",
        "2021Q5",
        "2021S3",
        "2021q1",
        "2021H1",
        "2021-Q1",
        "2021Q1 ",
        "2021Q1\n",
        "202100",
        "202113",
        "20210229",
        "20210000",
        "2021-03-25",
        "２０２１",
        "٢٠٢١",
        "0000",
        "+2021",
        "2021Q10",
        "202103251",
    ],
)
def test_anything_else_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(code)


@pytest.mark.parametrize(
    ("code", "following", "a_year_before"),
    [
        ("2021", "2022", "2020"),
        ("2021S2", "2022S1", "2020S2"),
        ("2021Q4", "2022Q1", "2020Q4"),
        ("202112", "202201", "202012"),
        ("20211231", "20220101", "20201231"),
        ("20240229", "20240301", "20230228"),
    ],
)
def test_the_next_and_the_same_a_year_before(code: str, following: str, a_year_before: str) -> None:
    assert parse(code).next().code == following
    assert parse(following).previous().code == code
    assert parse(code).year_before().code == a_year_before


def test_the_calendar_ends_where_python_s_does() -> None:
    with pytest.raises(ValueError, match="0001 to 9999"):
        parse("9999Q4").next()
    with pytest.raises(ValueError, match="0001 to 9999"):
        parse("0001").previous()


def test_types_go_from_fine_to_coarse() -> None:
    day = date(2021, 3, 25)
    lengths = [(p.last - p.first).days + 1 for p in (containing(day, t) for t in PERIOD_TYPES)]
    assert lengths == [1, 31, 90, 181, 365]


def test_a_quarter_covers_its_months_and_not_the_next_ones() -> None:
    quarter = parse("2021Q1")
    assert [quarter.covers(parse(m)) for m in ("202012", "202101", "202103", "202104")] == [
        False,
        True,
        True,
        False,
    ]
    assert quarter.covers(quarter)
    assert not parse("202101").covers(quarter)


@given(day=DAYS, kind=TYPES)
def test_the_period_of_a_day_contains_it_and_reads_back(day: date, kind: PeriodType) -> None:
    period = containing(day, kind)
    assert period.first <= day <= period.last
    assert parse(period.code) == period
    assert period.type == kind


@given(day=DAYS, kind=TYPES)
def test_periods_of_a_type_follow_without_gap(day: date, kind: PeriodType) -> None:
    period = containing(day, kind)
    after: Period = period.next()
    assert after.first - period.last == timedelta(days=1)
    assert after.previous() == period


@given(day=DAYS, fine=TYPES, coarse=TYPES)
def test_a_coarser_period_covers_the_finer_one_of_the_same_day(
    day: date, fine: PeriodType, coarse: PeriodType
) -> None:
    if PERIOD_TYPES.index(fine) <= PERIOD_TYPES.index(coarse):
        assert containing(day, coarse).covers(containing(day, fine))
