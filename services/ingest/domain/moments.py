"""Times and days as agencies write them: RFC 3339, the offset may be missing, or a date alone.

A time without an offset is of Asia/Shanghai; a date alone is its 00:00 there (domain.md section
4). Out come aware UTC datetimes; the years are 1900 to 2199, so that no arithmetic overflows.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from duibiao.workdays import SHANGHAI

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
_MOST_CLOCKS: Final = 200_000  # a day has 86,400 seconds
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
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


class _Clocks(dict[str, int]):
    """Microseconds from 00:00 UTC to what stands behind a day, each worked out once."""

    def __missing__(self, text: str) -> int:
        read = moment(f"{_SOME_DAY}{text}")
        if read is None:
            raise ValueError(text)
        if len(self) >= _MOST_CLOCKS:
            self.clear()
        self[text] = us = (read - _SOME_MIDNIGHT) // _MICROSECOND
        return us


_DAYS: Final = _Days()
_CLOCKS: Final = _Clocks()


def many_microseconds(texts: Sequence[str]) -> list[int]:
    """Return microseconds from 1970 to the moments of many texts, as `moment` reads each.

    ValueError where one names none, or one before Asia/Shanghai kept its offset of today.
    """
    days, clocks = _DAYS, _CLOCKS
    return [days[text[:10]] + clocks[text[10:]] for text in texts]


def microseconds(when: datetime) -> int:
    """Return whole microseconds from 1970-01-01T00:00Z to an aware moment."""
    return (when - _EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """Return the moment, in UTC, `count` microseconds after 1970-01-01T00:00Z."""
    return _EPOCH + timedelta(microseconds=count)
