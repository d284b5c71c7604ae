"""Clocks worked by hand from the State Council's calendar files: the days that count are listed.

A working such as `2/7-10 2/18` names the days after the first that are counted; ranges lie within a
month. Make-up days of the years in question (Saturdays and Sundays worked): 2020-05-09, 10-10;
2021-02-07, 02-20, 04-25, 05-08, 09-18, 09-26, 10-09; 2022-01-29, 01-30, 04-02, 10-08, 10-09;
2023-01-28, 01-29.
"""

from datetime import date

import pytest

from services.indicators.domain.case_clock import case_clock
from services.indicators.domain.histogram import Duration
from services.indicators.domain.submission import CaseContent
from tests.support.indicators import the_workdays
from tests.support.registers import indicator
from tests.support.statements import case

DAYS = indicator(statistic="each")
WITH_START = indicator(statistic="each", count_start_day=True)
CALENDAR = indicator(statistic="each", unit="day")
LATER = date(2024, 3, 1)

# accepted, completed, working days, with the start day, the days counted
PLAIN = """
2021-02-07 2021-02-07  0  1
2021-02-05 2021-02-07  1  2  2/7
2021-02-05 2021-02-08  2  3  2/7-8
2021-02-06 2021-02-07  1  1  2/7
2021-02-10 2021-02-17  0  1
2021-02-10 2021-02-18  1  2  2/18
2021-02-11 2021-02-18  1  1  2/18
2021-02-19 2021-02-20  1  2  2/20
2021-02-19 2021-02-21  1  2  2/20
2021-02-20 2021-02-22  1  2  2/22
2021-02-08 2021-03-12 20 21  2/9-10 2/18-20 2/22-26 3/1-5 3/8-12
2021-01-20 2021-03-15 35 36  1/21-22 1/25-29 2/1-5 2/7-10 2/18-20 2/22-26 3/1-5 3/8-12 3/15
2021-03-05 2021-03-05  0  1
2021-03-05 2021-03-07  0  1
2021-03-05 2021-03-08  1  2  3/8
2021-04-02 2021-04-06  1  2  4/6
2021-04-23 2021-04-25  1  2  4/25
2021-04-24 2021-04-25  1  1  4/25
2021-04-25 2021-04-26  1  2  4/26
2021-04-30 2021-05-06  1  2  5/6
2021-05-06 2021-05-10  3  4  5/7-8 5/10
2021-05-07 2021-05-08  1  2  5/8
2021-05-08 2021-05-09  0  1
2021-06-10 2021-06-16  3  4  6/11 6/15-16
2021-06-11 2021-06-15  1  2  6/15
2021-09-17 2021-09-22  2  3  9/18 9/22
2021-09-18 2021-09-22  1  2  9/22
2021-09-24 2021-09-27  2  3  9/26-27
2021-09-16 2021-10-12 14 15  9/17-18 9/22-24 9/26-30 10/8-9 10/11-12
2021-09-28 2021-10-11  5  6  9/29-30 10/8-9 10/11
2021-09-30 2021-10-08  1  2  10/8
2021-10-08 2021-10-09  1  2  10/9
2020-12-31 2021-01-04  1  2  1/4
2021-01-01 2021-01-04  1  1  1/4
2021-12-30 2022-01-11  7  8  12/31 1/4-7 1/10-11
2020-01-22 2020-02-13 10 11  1/23 2/3-7 2/10-13
2020-01-23 2020-02-03  1  2  2/3
2020-04-30 2020-05-06  1  2  5/6
2020-05-08 2020-05-11  2  3  5/9 5/11
2020-09-30 2020-10-09  1  2  10/9
2020-10-09 2020-10-12  2  3  10/10 10/12
2022-01-28 2022-02-07  3  4  1/29-30 2/7
2022-04-01 2022-04-06  2  3  4/2 4/6
2022-09-30 2022-10-10  3  4  10/8-9 10/10
2023-01-20 2023-01-28  1  2  1/28
2023-01-20 2023-01-30  3  4  1/28-30
"""

# accepted, completed (- open, seen on 15 March 2021), pauses, gross, paused, the days paused
PAUSED = """
2021-09-16 2021-10-12 09-22:09-29             14  6  9/23-24 9/26-29
2021-03-01 2021-03-19 03-08:03-12             14  4  3/9-12
2021-03-01 2021-03-19 03-08:03-12,03-10:03-16 14  6  3/9-12 3/15-16
2021-03-01 2021-03-19 03-08:03-10,03-10:03-12 14  4  3/9-12
2021-03-01 2021-03-19 03-08:03-08             14  0
2021-02-05 2021-02-10 02-06:02-08              4  2  2/7-8
2021-02-05 2021-02-22 02-10:02-18              8  1  2/18
2021-09-28 2021-10-12 09-30:10-08              6  1  10/8
2021-03-01 -          03-04:                  10  7  3/5 3/8-12 3/15
2021-03-01 -          03-15:                  10  0
2021-03-12 -          03-12:                   1  1  3/15
"""

# accepted, completed, calendar days, those paused (the days after the first of the pause)
BY_CALENDAR = """
2021-02-05 2021-02-18 13 0
2021-02-05 2021-02-05  0 0
2021-02-28 2021-03-01  1 0
2020-02-28 2020-03-01  2 0
2021-12-31 2022-01-03  3 0
2021-02-05 2021-02-18 13 2 02-08:02-10
"""


def listed(working: list[str]) -> int:
    """Return how many days a working names."""
    spans = [one.partition("/")[2].split("-") for one in working]
    return sum(int(span[-1]) - int(span[0]) + 1 for span in spans)


def rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


def paused(year: str, text: str) -> tuple[tuple[str, str | None], ...]:
    bounds = [one.split(":") for one in text.split(",")]
    return tuple((f"{year}-{a}", f"{year}-{b}" if b else None) for a, b in bounds)


def clock(content: CaseContent, *, seen: date = LATER) -> Duration:
    return case_clock(content, DAYS, seen, the_workdays())


@pytest.mark.parametrize("row", rows(PLAIN), ids="..".join)
def test_days_after_the_first(row: list[str]) -> None:
    accepted, completed, counted, with_start, *working = row
    content = case(accepted, completed)
    assert listed(working) == int(counted)
    assert clock(content).net == int(counted)
    assert case_clock(content, WITH_START, LATER, the_workdays()).net == int(with_start)


@pytest.mark.parametrize("row", rows(PAUSED), ids="..".join)
def test_pauses_are_taken_away(row: list[str]) -> None:
    accepted, completed, pauses, gross, taken, *working = row
    pauses_of = paused(accepted[:4], pauses)
    content = case(accepted, None if completed == "-" else completed, pauses=pauses_of)
    found = clock(content, seen=date(2021, 3, 15) if completed == "-" else LATER)
    assert listed(working) == int(taken)
    assert (found.gross, found.paused) == (int(gross), int(taken))
    assert found.net == int(gross) - int(taken)


@pytest.mark.parametrize("row", rows(BY_CALENDAR), ids="..".join)
def test_every_day_of_the_calendar_counts_where_the_unit_says_so(row: list[str]) -> None:
    accepted, completed, gross, taken, *pauses = row
    content = case(accepted, completed, pauses=paused(accepted[:4], pauses[0]) if pauses else ())
    found = case_clock(content, CALENDAR, LATER, the_workdays())
    assert (found.gross, found.paused, found.provisional) == (int(gross), int(taken), False)


def test_there_are_enough_of_them() -> None:
    assert len(rows(PLAIN)) + len(rows(PAUSED)) + len(rows(BY_CALENDAR)) >= 60
