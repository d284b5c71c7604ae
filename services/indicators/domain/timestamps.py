"""Moments as whole microseconds since 1970-01-01T00:00Z: how cases are kept and compared."""

from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Final

from duibiao.workdays import SHANGHAI, from_us, local_day, to_us

__all__ = ["FIRST_US", "LAST_US", "day_number", "from_us", "to_us"]

FIRST_US: Final = to_us(datetime(1, 1, 1, tzinfo=UTC))
LAST_US: Final = to_us(datetime.max.replace(tzinfo=UTC))
"""The first and the last moment that a date can be given for."""

_DAY_US: Final = 24 * 3600 * 1_000_000
_SHANGHAI_US: Final = 8 * 3600 * 1_000_000
_SETTLED_US: Final = 22 * 365 * _DAY_US  # since the end of 1991 Shanghai has been 8 hours ahead
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


def noon_of(day_number: int) -> datetime:
    """Return noon in Asia/Shanghai of the day with this ordinal."""
    return datetime.combine(date.fromordinal(day_number), time(12), SHANGHAI)


def day_number(us: int) -> int:
    """Return the day in Asia/Shanghai of a moment, as the ordinal of its date."""
    if us >= _SETTLED_US:
        return _EPOCH_DAY + (us + _SHANGHAI_US) // _DAY_US
    return _early_day(us)


@lru_cache(maxsize=4_096)
def _early_day(us: int) -> int:
    return local_day(from_us(us)).toordinal()
