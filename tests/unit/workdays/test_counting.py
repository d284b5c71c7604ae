"""The table of domain.md section 4, and the days of the State Council's calendar."""

import json
import os
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from duibiao.workdays import Span, StateCouncilCalendar, Workdays

CALENDAR = StateCouncilCalendar()
WORKDAYS = Workdays(CALENDAR)
CALENDAR_FILES = Path(os.environ.get("DUIBIAO_TEST_DATA", "../shared/data")) / "cn_calendar"


@pytest.mark.parametrize(
    ("start", "end", "counted", "with_start_day"),
    [
        (date(2021, 2, 7), date(2021, 2, 7), 0, 1),
        (date(2021, 2, 5), date(2021, 2, 7), 1, 2),
        (date(2021, 2, 5), date(2021, 2, 8), 2, 3),
        (date(2021, 2, 6), date(2021, 2, 7), 1, 1),
        (date(2021, 4, 30), date(2021, 5, 6), 1, 2),
        (date(2021, 9, 30), date(2021, 10, 8), 1, 2),
        (date(2021, 10, 8), date(2021, 10, 9), 1, 2),
        (date(2020, 1, 23), date(2020, 2, 3), 1, 2),
        (date(2021, 1, 20), date(2021, 3, 15), 35, 36),
    ],
)
def test_working_days_of_a_case(start: date, end: date, counted: int, with_start_day: int) -> None:
    assert WORKDAYS.span(start, end).net == counted
    assert WORKDAYS.span(start, end, count_start_day=True).net == with_start_day


def test_a_hearing_is_taken_away() -> None:
    hearing = [(date(2021, 9, 22), date(2021, 9, 29))]
    case = (date(2021, 9, 16), date(2021, 10, 12))

    assert WORKDAYS.span(*case, hearing) == Span(14, 6, 8, provisional=False)
    assert WORKDAYS.span(*case, hearing, count_start_day=True) == Span(15, 7, 8, provisional=False)


def test_overlapping_pauses_are_taken_away_once() -> None:
    case = (date(2021, 3, 1), date(2021, 3, 31))
    twice = [(date(2021, 3, 10), date(2021, 3, 17)), (date(2021, 3, 8), date(2021, 3, 12))]

    # Monday 8 to Wednesday 17 March: 9, 10, 11, 12, 15, 16, 17.
    assert WORKDAYS.span(*case, twice).paused == 7


def test_an_open_pause_lasts_to_the_judged_day_and_is_clipped_to_the_case() -> None:
    case = (date(2021, 3, 1), date(2021, 3, 12))

    assert WORKDAYS.span(*case, [(date(2021, 3, 5), None)]) == Span(9, 5, 4, provisional=False)
    assert WORKDAYS.span(*case, [(date(2021, 2, 1), date(2021, 3, 3))]).paused == 2
    assert WORKDAYS.span(*case, [(date(2021, 4, 1), date(2021, 4, 9))]).paused == 0


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        (date(2021, 1, 20), 35, date(2021, 3, 15)),
        (date(2021, 2, 5), 1, date(2021, 2, 7)),
        (date(2021, 2, 8), 20, date(2021, 3, 12)),
        (date(2021, 9, 28), 5, date(2021, 10, 11)),
        (date(2021, 12, 30), 7, date(2022, 1, 11)),
        (date(2020, 1, 22), 10, date(2020, 2, 13)),
        (date(2021, 2, 6), 0, date(2021, 2, 6)),
    ],
)
def test_last_day_of_a_limit(start: date, days: int, last: date) -> None:
    assert WORKDAYS.due(start, days).day == last


def test_a_limit_is_not_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        WORKDAYS.due(date(2021, 1, 4), -1)


def test_2021_has_250_working_days() -> None:
    assert WORKDAYS.between(date(2020, 12, 31), date(2021, 12, 31)).days == 250


def test_beyond_the_last_announced_year_weekdays_count_and_the_result_is_provisional() -> None:
    beyond = WORKDAYS.between(date(2027, 1, 1), date(2027, 1, 31))

    # January 2027 begins on a Friday: Mondays 4, 11, 18, 25 open four full weeks.
    assert (beyond.days, beyond.provisional) == (20, True)
    assert WORKDAYS.between(date(2026, 12, 1), date(2026, 12, 31)).provisional is False
    assert WORKDAYS.between(date(2026, 12, 1), date(2027, 1, 1)).provisional is True
    assert WORKDAYS.due(date(2026, 12, 30), 5).provisional is True


def test_before_the_first_known_year_weekdays_count_and_the_result_is_provisional() -> None:
    before = WORKDAYS.between(date(1999, 3, 1), date(1999, 3, 8))

    assert (before.days, before.provisional) == (5, True)
    assert WORKDAYS.between(date(2003, 12, 31), date(2004, 1, 31)).provisional is False


def by_the_files() -> dict[date, bool]:
    """Return whether each day of 2007 to 2026 is worked, from the calendar files alone."""
    if not CALENDAR_FILES.is_dir():
        pytest.skip(f"no calendar files in {CALENDAR_FILES}; set DUIBIAO_TEST_DATA")
    named: dict[date, bool] = {}
    for year in range(2007, 2027):
        content = json.loads((CALENDAR_FILES / f"{year}.json").read_text(encoding="utf-8"))
        for entry in content["days"]:
            named[date.fromisoformat(entry["date"])] = not entry["isOffDay"]
    every = (date(2007, 1, 1) + timedelta(days=n) for n in range(7305))
    return {day: named.get(day, day.weekday() < 5) for day in every}


def test_the_twenty_calendar_files_agree_on_every_day() -> None:
    worked = by_the_files()
    assert max(worked) == date(2026, 12, 31)
    assert {day: CALENDAR.is_workday(day) for day in worked} == worked


@pytest.mark.parametrize("pairs", [3_000, pytest.param(100_000, marks=pytest.mark.soak)])
def test_random_cases_with_a_pause_counted_by_the_files(pairs: int) -> None:
    worked = by_the_files()
    days, random = sorted(worked), Random(11)
    for _ in range(pairs):
        first = random.randrange(len(days) - 1)
        last = random.randrange(first, min(first + random.choice((3, 30, 900)), len(days)))
        begins = random.randrange(first, last + 1)
        ends = random.randrange(begins, last + 1)
        counted = [day for day in days[first + 1 : last + 1] if worked[day]]
        paused = [day for day in days[begins + 1 : ends + 1] if worked[day]]
        span = WORKDAYS.span(days[first], days[last], [(days[begins], days[ends])])
        assert (span.gross, span.paused) == (len(counted), len(paused)), days[first]
        assert not span.provisional
        if counted:
            assert WORKDAYS.due(days[first], len(counted)).day == counted[-1]


def test_the_calendar_refuses_a_year_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="outside the announced years"):
        CALENDAR.is_workday(date(2027, 1, 4))
