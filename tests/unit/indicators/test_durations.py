"""What a case adds to roll-ups: the table of working days, and where open cases stand."""

from datetime import date

import pytest

from services.indicators.domain.durations import RollupEntry, counted_by, entries, open_entry
from services.indicators.domain.histogram import Duration
from services.indicators.domain.submission import CaseContent
from tests.support.indicators import the_workdays
from tests.support.registers import indicator
from tests.support.statements import case

LATER = date(2022, 3, 1)
DAYS = indicator(statistic="each")
WITH_START = indicator(statistic="each", count_start_day=True)
CALLS = indicator("calls", statistic="share", unit="percent", direction="up")


def added(content: CaseContent, day: date = LATER) -> list[RollupEntry]:
    return sorted(entries(content, DAYS, day, the_workdays()))


def net(content: CaseContent, *, start_day: bool = False) -> int:
    kind = WITH_START if start_day else DAYS
    found = entries(content, kind, LATER, the_workdays())
    (done,) = [entry.duration for entry in found if entry.slot == "completed" and entry.duration]
    return done.net


@pytest.mark.parametrize(
    ("accepted", "completed", "counted", "with_start_day"),
    [
        ("2021-02-07", "2021-02-07", 0, 1),
        ("2021-02-05", "2021-02-07", 1, 2),
        ("2021-02-05", "2021-02-08", 2, 3),
        ("2021-02-06", "2021-02-07", 1, 1),
        ("2021-04-30", "2021-05-06", 1, 2),
        ("2021-09-30", "2021-10-08", 1, 2),
        ("2021-10-08", "2021-10-09", 1, 2),
        ("2020-01-23", "2020-02-03", 1, 2),
        ("2021-01-20", "2021-03-15", 35, 36),
    ],
)
def test_the_table_of_working_days(
    accepted: str, completed: str, counted: int, with_start_day: int
) -> None:
    content = case(accepted, completed)
    assert net(content) == counted
    assert net(content, start_day=True) == with_start_day


def test_a_hearing_is_taken_away() -> None:
    content = case("2021-09-16", "2021-10-12", pauses=(("2021-09-22", "2021-09-29"),))
    assert net(content) == 14 - 6
    assert net(content, start_day=True) == 15 - 7


def test_a_pause_that_never_ended_stops_the_case() -> None:
    assert net(case("2021-03-01", "2021-03-15", pauses=(("2021-03-04", None),))) == 3


def test_a_case_within_one_period_is_counted_once() -> None:
    assert added(case("2021-01-20", "2021-03-15")) == [
        RollupEntry("2021Q1", "completed", Duration(35, 0))
    ]


def test_a_case_completed_later_stands_open_at_the_end_of_each_period_before() -> None:
    # From 2021-03-30: 1 working day to 03-31; 62 more to 06-30; to 2021-07-02 two more.
    assert added(case("2021-03-30", "2021-07-02")) == [
        RollupEntry("2021Q1", "open", Duration(1, 0)),
        RollupEntry("2021Q2", "open", Duration(63, 0)),
        RollupEntry("2021Q3", "completed", Duration(65, 0)),
    ]


def test_a_case_completed_on_the_last_day_was_not_open_that_day() -> None:
    assert added(case("2021-03-30", "2021-03-31")) == [
        RollupEntry("2021Q1", "completed", Duration(1, 0))
    ]


def test_an_open_case_stands_in_the_running_period_at_the_judged_day() -> None:
    assert added(case("2021-03-30"), date(2021, 4, 2)) == [
        RollupEntry("2021Q1", "open", Duration(1, 0)),
        RollupEntry("2021Q2", "open", Duration(3, 0)),
    ]


def test_a_case_accepted_today_has_lasted_no_day() -> None:
    assert added(case("2021-04-02"), date(2021, 4, 2)) == [
        RollupEntry("2021Q2", "open", Duration(0, 0))
    ]


def test_a_case_dated_after_the_judged_day_is_not_open_yet() -> None:
    assert added(case("2021-04-02"), date(2021, 4, 1)) == []
    assert added(case("2021-04-02", "2021-04-06"), date(2021, 4, 1)) == [
        RollupEntry("2021Q2", "completed", Duration(1, 0))
    ]


def test_a_withdrawn_case_stands_in_no_period() -> None:
    assert added(case("2021-03-30", outcome="withdrawn")) == []
    assert added(case("2021-03-30", "2021-07-02", outcome="withdrawn")) == []


def test_a_refused_case_counts_as_completed() -> None:
    assert added(case("2021-03-30", "2021-03-31", outcome="refused")) == [
        RollupEntry("2021Q1", "completed", Duration(1, 0))
    ]


def test_an_extension_and_an_unknown_year_go_with_the_case() -> None:
    (entry,) = added(case("1999-03-01", "1999-03-05", extension=10))
    assert entry.duration == Duration(4, 10, provisional=True)


def test_a_mean_counts_open_cases_beside_it() -> None:
    kind = indicator(statistic="mean")
    found = entries(case("2021-03-30", "2021-07-02"), kind, LATER, the_workdays())
    assert sorted(found) == added(case("2021-03-30", "2021-07-02"))


def test_a_share_counts_where_accepted_and_whether_resolved() -> None:
    def of(content: CaseContent) -> list[RollupEntry]:
        return list(entries(content, CALLS, LATER, the_workdays()))

    accepted, resolved = RollupEntry("2021Q1", "accepted"), RollupEntry("2021Q1", "resolved")
    assert of(case("2021-03-31", "2021-07-02", resolved=True)) == [accepted, resolved]
    assert of(case("2021-03-31", resolved=False)) == [accepted]
    assert of(case("2021-03-31")) == [accepted]
    assert of(case("2021-03-31", outcome="withdrawn")) == []


def test_a_running_total_counts_no_cases() -> None:
    kind = indicator(statistic="latest", unit="item")
    assert entries(case("2021-01-20", "2021-03-15"), kind, LATER, the_workdays()) == ()


def test_the_day_in_shanghai_decides_not_the_day_in_utc() -> None:
    # 2021-03-31 23:00 UTC is 07:00 of 04-01 in Shanghai.
    content = case("2021-03-30")
    late = CaseContent(
        content.region,
        content.accepted_at,
        content.accepted_at.replace(day=31, hour=23),
        "completed",
    )
    (open_, done) = sorted(entries(late, DAYS, LATER, the_workdays()))
    assert (open_.period, done.period) == ("2021Q1", "2021Q2")


def test_how_long_a_case_had_lasted_on_a_day() -> None:
    content = case("2021-03-30", "2021-07-02")
    workdays = the_workdays()
    assert open_entry(content, DAYS, date(2021, 3, 29), workdays) is None
    assert open_entry(content, DAYS, date(2021, 3, 31), workdays) == Duration(1, 0)
    assert open_entry(content, DAYS, date(2021, 7, 2), workdays) is None
    assert open_entry(case(outcome="withdrawn"), DAYS, date(2021, 7, 2), workdays) is None


def test_another_way_of_counting_has_another_name() -> None:
    ways = {
        counted_by(kind, version)
        for kind in (DAYS, WITH_START, CALLS, indicator(statistic="each", period_type="month"))
        for version in ("calendar-1", "calendar-2")
    }
    assert len(ways) == 8
