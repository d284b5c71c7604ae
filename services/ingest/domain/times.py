"""Times and days as agencies write them: RFC 3339, the offset may be missing, or a date alone.

A time without an offset is of Asia/Shanghai; a date alone is its 00:00 there (domain.md section
4). Out come aware UTC datetimes; the years are 1900 to 2199, so that no arithmetic overflows.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Final

from duibiao.workdays import SHANGHAI, from_us, to_us

YEARS: Final = (1900, 2199)

_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:[Zz]|[+-][0-9]{2}:[0-5][0-9])?)?"
)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NO_SUMMER_TIME: Final = 1992  # nor any other change in Asia/Shanghai since
_SOME_DAY: Final = "2021-03-25"
_SOME_DAY_US: Final = to_us(datetime(2021, 3, 25, tzinfo=UTC))
_MOST_CACHED: Final = 100_000  # fractions of seconds may be any

microseconds: Final = to_us
from_microseconds: Final = from_us


def parse_time(text: str) -> datetime | None:
    """Return the time that `text` names, in UTC; None when it names none.

    Digits of a second beyond the sixth are dropped.
    """
    if not _TIME.fullmatch(text):
        return None
    try:
        read = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    if not YEARS[0] <= read.year <= YEARS[1]:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def parse_day(text: str) -> date | None:
    """Return the day that `text` names (YYYY-MM-DD); None when it names none."""
    if not _DAY.fullmatch(text):
        return None
    try:
        read = date.fromisoformat(text)
    except ValueError:
        return None
    return read if YEARS[0] <= read.year <= YEARS[1] else None


class _Cache(dict[str, int]):
    """Microseconds by text, each worked out once."""

    def __init__(self, of: Callable[[str], int]) -> None:
        super().__init__()
        self._of = of

    def __missing__(self, text: str) -> int:
        if len(self) >= _MOST_CACHED:
            self.clear()
        self[text] = us = self._of(text)
        return us


def _midnight(text: str) -> int:
    day = parse_day(text)
    if day is None or day.year < _NO_SUMMER_TIME:
        raise ValueError(text)
    return to_us(datetime(day.year, day.month, day.day, tzinfo=UTC))


def _after_midnight(clock: str) -> int:
    read = parse_time(f"{_SOME_DAY}{clock}")
    if read is None:
        raise ValueError(clock)
    return to_us(read) - _SOME_DAY_US


# A day, hour and minute (T09:30), seconds and offset (:15+08:00): few different ones of each.
_DAYS: Final = _Cache(_midnight)
_MINUTES: Final = _Cache(lambda text: _after_midnight(f"{text}Z") if text else 0)
_RESTS: Final = _Cache(lambda text: _after_midnight(f"T00:00{text}"))


def many_microseconds(texts: Sequence[str]) -> list[int]:
    """Return microseconds from 1970 to the times of many texts, as `parse_time` reads each.

    ValueError where one names none, or one before Asia/Shanghai kept its offset of today.
    """
    days, minutes, rests = _DAYS, _MINUTES, _RESTS
    return [days[text[:10]] + minutes[text[10:16]] + rests[text[16:]] for text in texts]
