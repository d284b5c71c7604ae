"""Laws of counting, against a walk from day to day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from duibiao.workdays import StateCouncilCalendar, Workdays

WORKDAYS = Workdays(StateCouncilCalendar())

days = st.dates(min_value=date(2001, 1, 1), max_value=date(2029, 12, 31))
spans = st.tuples(days, st.integers(0, 500)).map(lambda s: (s[0], s[0] + timedelta(days=s[1])))


def walked(start: date, end: date) -> set[date]:
    every = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return {day for day in every if WORKDAYS.is_workday(day)}


@given(spans)
def test_a_count_is_what_a_walk_finds(span: tuple[date, date]) -> None:
    assert WORKDAYS.between(*span).days == len(walked(*span))


@given(days, st.integers(0, 300))
def test_a_last_day_is_the_first_on_which_the_count_is_reached(start: date, limit: int) -> None:
    last = WORKDAYS.due(start, limit).day

    assert WORKDAYS.between(start, last).days == limit
    if limit:
        assert WORKDAYS.between(start, last - timedelta(days=1)).days == limit - 1


@given(days, st.integers(0, 400), st.integers(0, 400))
def test_counts_add_up(start: date, first: int, second: int) -> None:
    middle = start + timedelta(days=first)
    end = middle + timedelta(days=second)

    parts = WORKDAYS.between(start, middle).days + WORKDAYS.between(middle, end).days
    assert WORKDAYS.between(start, end).days == parts


@given(spans, st.lists(st.tuples(days, st.none() | st.integers(0, 90)), max_size=5))
def test_pauses_take_away_each_day_once(
    case: tuple[date, date], raw: list[tuple[date, int | None]]
) -> None:
    start, end = case
    pauses = [(a, None if n is None else a + timedelta(days=n)) for a, n in raw]
    paused: set[date] = set()
    for first, last in pauses:
        paused |= walked(max(first, start), min(end if last is None else last, end))

    span = WORKDAYS.span(start, end, pauses)

    assert span.paused == len(paused)
    assert span.net == len(walked(start, end) - paused)
    assert span.gross == span.net + span.paused
