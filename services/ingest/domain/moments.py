"""Times and days as agencies write them: RFC 3339, the offset may be missing, or a date alone.

A time without an offset is of Asia/Shanghai; a date alone is its 00:00 there (domain.md section
4). Out come aware UTC datetimes; the years are 1900 to 2199, so that no arithmetic overflows.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from duibiao.workdays import SHANGHAI, from_us, to_us

YEARS: Final = (1900, 2199)

_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:[Zz]|[+-][0-9]{2}:[0-5][0-9])?)?"
)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SETTLED: Final = 1992  # Asia/Shanghai has had no summer time since
_SOME_DAY: Final = "2021-03-25"
_SOME_MIDNIGHT: Final = datetime(2021, 3, 25, tzinfo=UTC)
_FIRST_DAY: Final = date(1970, 1, 1)
_DAY_US: Final = 86_400_000_000
_MOST_RESTS: Final = 50_000  # fractions of seconds may be any
_MICROSECOND: Final = timedelta(microseconds=1)


def moment(text: str) -> datetime | None:
    """Return the moment that `text` names, in UTC; None when it names none.

    Digits of a second beyond the sixth are dropped.
    """
    if not _MOMENT.fullmatch(text):
        return None
    try:
        read = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    if not YEARS[0] <= read.year <= YEARS[1]:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def day(text: str) -> date | None:
    """Return the day that `text` names (YYYY-MM-DD); None when it names none."""
    if not _DAY.fullmatch(text):
        return None
    try:
        read = date.fromisoformat(text)
    except ValueError:
        return None
    return read if YEARS[0] <= read.year <= YEARS[1] else None


class _Days(dict[str, int]):
    """Microseconds from 1970 to 00:00 UTC of days, each worked out once."""

    def __missing__(self, text: str) -> int:
        found = day(text)
        if found is None or found.year < _SETTLED:
            raise ValueError(text)
        self[text] = us = (found - _FIRST_DAY).days * _DAY_US
        return us


class _Minutes(dict[str, int]):
    """Microseconds from 00:00 to hour and minute behind a day (T09:30), each worked out once."""

    def __missing__(self, text: str) -> int:
        self[text] = us = _after_midnight(f"{text}Z") if text else 0
        return us


class _Rests(dict[str, int]):
    """Microseconds that seconds and offset (:15+08:00) add in UTC, each worked out once."""

    def __missing__(self, text: str) -> int:
        if len(self) >= _MOST_RESTS:
            self.clear()
        self[text] = us = _after_midnight(f"T00:00{text}")
        return us


def _after_midnight(clock: str) -> int:
    read = moment(f"{_SOME_DAY}{clock}")
    if read is None:
        raise ValueError(clock)
    return (read - _SOME_MIDNIGHT) // _MICROSECOND


_DAYS: Final = _Days()
_MINUTES: Final = _Minutes()
_RESTS: Final = _Rests()


def many_microseconds(texts: Sequence[str]) -> list[int]:
    """Return microseconds from 1970 to the moments of many texts, as `moment` reads each.

    In three parts, of which there are few different ones: their tables stay in the cache.
    ValueError where one names none, or one before Asia/Shanghai kept its offset of today.
    """
    days, minutes, rests = _DAYS, _MINUTES, _RESTS
    return [days[text[:10]] + minutes[text[10:16]] + rests[text[16:]] for text in texts]


microseconds: Final = to_us
from_microseconds: Final = from_us
