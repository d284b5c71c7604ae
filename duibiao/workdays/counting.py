"""Counting working days: between two days, over pauses, and forward to a last day.

The rule is domain.md section 4 (design): of the days d with start < d <= end, those that are
working days; the same count over each pause is taken away. Days outside the calendar's years
count Monday to Friday and make the result provisional.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from duibiao.workdays.calendars import Calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")

_MONDAY = date(1, 1, 1).toordinal()  # 0001-01-01 was a Monday
_WORKING_WEEK = 5
_WEEK = 7

DayRange = tuple[date, date | None]


def local_day(moment: datetime) -> date:
    """Return the day in Asia/Shanghai on which an aware moment falls."""
    return moment.astimezone(SHANGHAI).date()


@dataclass(frozen=True, slots=True)
class Count:
    """A number of working days; provisional when some lie outside the calendar's years."""

    days: int
    provisional: bool


@dataclass(frozen=True, slots=True)
class Due:
    """The last day of a limit; provisional as in `Count`."""

    day: date
    provisional: bool


@dataclass(frozen=True, slots=True)
class Span:
    """Working days of one case: gross, those paused, and net = gross - paused."""

    gross: int
    paused: int
    net: int
    provisional: bool


class Workdays:
    """Arithmetic in working days over one calendar. Immutable, safe to share between threads."""

    def __init__(self, calendar: Calendar) -> None:
        self.version = calendar.version
        self._calendar = calendar
        self._first, self._last = calendar.first, calendar.last
        self._base = self._first.toordinal()
        length = (self._last - self._first).days + 1
        marks = (calendar.is_workday(self._first + timedelta(days=n)) for n in range(length))
        # _until[n] = working days among the first n known days: a span is one subtraction.
        self._until = (0, *accumulate(int(mark) for mark in marks))

    def is_workday(self, day: date) -> bool:
        """Whether `day` is a working day; Monday to Friday outside the calendar's years."""
        if self._first <= day <= self._last:
            return self._calendar.is_workday(day)
        return day.weekday() < _WORKING_WEEK

    def exceptions(self) -> Mapping[int, tuple[Sequence[date], Sequence[date]]]:
        """Return for each known year the weekdays that are off and the weekends that are worked."""
        found: dict[int, tuple[list[date], list[date]]] = {}
        for ordinal in range(self._base, self._last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            off, worked = found.setdefault(day.year, ([], []))
            weekend = day.weekday() >= _WORKING_WEEK
            if self._calendar.is_workday(day) == weekend:
                (worked if weekend else off).append(day)
        return found

    def between(self, start: date, end: date) -> Count:
        """Count the working days d with start < d <= end; 0 where end is not after start."""
        return self._count(start.toordinal(), end.toordinal())

    def due(self, start: date, days: int) -> Due:
        """Return the last day of a limit of `days` working days (>= 0) that starts on `start`.

        The first day whose count from `start` reaches `days`; `start` itself for 0.

        Raises:
            ValueError: `days` is negative, or the last day lies beyond the year 9999.

        """
        if days < 0:
            raise ValueError("days must not be negative")
        if days == 0:
            return Due(start, not self._knows(start.toordinal()))
        target = self._up_to(start.toordinal()) + days
        low, high = start.toordinal(), start.toordinal() + days * 3 + 60
        while low + 1 < high:
            middle = (low + high) // 2
            if self._up_to(middle) >= target:
                high = middle
            else:
                low = middle
        day = date.fromordinal(high)
        return Due(day, self.between(start, day).provisional)

    def span(
        self,
        start: date,
        end: date,
        pauses: Sequence[DayRange] = (),
        *,
        count_start_day: bool = False,
    ) -> Span:
        """Count a case from `start` to `end`, less its pauses.

        Args:
            start: the day of acceptance.
            end: the day of completion, or the judged day of an open case; not before `start`.
            pauses: (from, to) in days, `to` None while still paused; merged, then clipped to the
                case. Any order, overlaps allowed.
            count_start_day: also count the start days of the case and of its merged pauses.

        """
        before = int(count_start_day)
        gross = self._count(start.toordinal() - before, end.toordinal())
        paused = sum(
            self._count(first.toordinal() - before, last.toordinal()).days
            for first, last in _merge(start, end, pauses)
        )
        return Span(gross.days, paused, gross.days - paused, gross.provisional)

    def _count(self, start: int, end: int) -> Count:
        if end <= start:
            return Count(0, not (self._knows(start) and self._knows(end)))
        # The days counted are start+1 .. end, so only these must be known.
        days = self._up_to(end) - self._up_to(start)
        return Count(days, not (self._knows(start + 1) and self._knows(end)))

    def _knows(self, ordinal: int) -> bool:
        return self._first.toordinal() <= ordinal <= self._last.toordinal()

    def _up_to(self, ordinal: int) -> int:
        """Working days up to and with the day `ordinal`, from an origin that cancels out."""
        length = len(self._until) - 1
        place = ordinal - self._base + 1
        if place < 0:
            return _weekdays(ordinal) - _weekdays(self._base - 1)
        if place <= length:
            return self._until[place]
        return self._until[length] + _weekdays(ordinal) - _weekdays(self._base + length - 1)


class CalendarDays(Workdays):
    """The same arithmetic where every day counts; always known."""

    def __init__(self) -> None:
        self.version = "calendar-days"

    def is_workday(self, day: date) -> bool:  # noqa: ARG002 - every one
        return True

    def _knows(self, ordinal: int) -> bool:  # noqa: ARG002 - every one
        return True

    def _up_to(self, ordinal: int) -> int:
        return ordinal


CALENDAR_DAYS: Final = CalendarDays()


def _weekdays(ordinal: int) -> int:
    """Mondays to Fridays from 0001-01-01 to the day `ordinal`, both counted."""
    weeks, rest = divmod(ordinal - _MONDAY + 1, _WEEK)
    return weeks * _WORKING_WEEK + min(rest, _WORKING_WEEK)


def _merge(start: date, end: date, pauses: Sequence[DayRange]) -> list[tuple[date, date]]:
    merged: list[tuple[date, date]] = []
    for first, last in sorted((a, end if b is None else b) for a, b in pauses):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    clipped = ((max(first, start), min(last, end)) for first, last in merged)
    return [(first, last) for first, last in clipped if first <= last]
