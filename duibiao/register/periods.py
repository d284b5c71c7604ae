"""Periods: their codes, their days, and how one lies to another.

Codes are `2021`, `2021S1`, `2021Q1`, `202103` and `20210325`, nothing else. Days are days in
Asia/Shanghai. Pure; knows no clock, so it cannot say whether a period has begun.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

PeriodType = Literal["day", "month", "quarter", "half", "year"]

# Fine to coarse; a later type covers whole periods of every earlier one.
PERIOD_TYPES: tuple[PeriodType, ...] = ("day", "month", "quarter", "half", "year")

_SHAPES: tuple[tuple[PeriodType, re.Pattern[str]], ...] = (
    ("year", re.compile(r"[0-9]{4}")),
    ("half", re.compile(r"[0-9]{4}S[12]")),
    ("quarter", re.compile(r"[0-9]{4}Q[1-4]")),
    ("month", re.compile(r"[0-9]{6}")),
    ("day", re.compile(r"[0-9]{8}")),
)
_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """A span of whole days, `first` and `last` included."""

    code: str
    type: PeriodType
    first: date
    last: date

    def next(self) -> "Period":
        """Return the period of the same type that begins the day after. ValueError past 9999."""
        return containing(_shifted(self.last, 1), self.type)

    def previous(self) -> "Period":
        """Return the period of the same type that ends the day before. ValueError before 0001."""
        return containing(_shifted(self.first, -1), self.type)

    def year_before(self) -> "Period":
        """Return the period of the same name one year earlier; of 29 February, the 28th."""
        leap_day = (self.first.month, self.first.day) == (2, 29)
        first = self.first.replace(year=self.first.year - 1, day=28 if leap_day else self.first.day)
        return containing(first, self.type)

    def covers(self, other: "Period") -> bool:
        """Whether every day of `other` is a day of this period; a period covers itself."""
        return self.first <= other.first and other.last <= self.last


@lru_cache(maxsize=8192)
def parse(code: str) -> Period:
    """Read a period code.

    Raises:
        ValueError: the code has none of the five shapes, or names no day of the calendar.

    """
    for kind, shape in _SHAPES:
        if shape.fullmatch(code):
            period = containing(_first_day(code, kind), kind)
            break
    else:
        raise ValueError(f"not a period code: {code!r}")
    return period


def containing(day: date, type: PeriodType) -> Period:  # noqa: A002 - the field's own word
    """Return the period of a type in which a day lies."""
    if type == "day":
        return Period(day.isoformat().replace("-", ""), type, day, day)
    months = _MONTHS[type]
    part = (day.month - 1) // months
    first = date(day.year, part * months + 1, 1)
    last_month = part * months + months
    last = date(day.year, last_month, monthrange(day.year, last_month)[1])
    return Period(_code(first, type, part), type, first, last)


def _code(first: date, kind: PeriodType, part: int) -> str:
    year = f"{first.year:04}"
    endings = {"year": "", "half": f"S{part + 1}", "quarter": f"Q{part + 1}"}
    return year + endings.get(kind, f"{first.month:02}")


def _first_day(code: str, kind: PeriodType) -> date:
    year = int(code[:4])
    if kind == "year":
        return date(year, 1, 1)
    if kind in ("half", "quarter"):
        return date(year, (int(code[5]) - 1) * _MONTHS[kind] + 1, 1)
    return date(year, int(code[4:6]), int(code[6:8] or 1))


def _shifted(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError as error:
        raise ValueError("no such period: beyond the years 0001 to 9999") from error
