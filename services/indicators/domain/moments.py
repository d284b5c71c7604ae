"""Moments as whole microseconds since 1970-01-01T00:00Z: how cases are kept and compared."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, overload

from duibiao.workdays import local_day

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
FIRST_US: Final = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
LAST_US: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
"""The first and the last moment that a date can be given for."""

_DAY_US: Final = 24 * 3600 * 1_000_000
_SHANGHAI_US: Final = 8 * 3600 * 1_000_000
_SETTLED_US: Final = 22 * 365 * _DAY_US  # since the end of 1991 Shanghai has been 8 hours ahead
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


@overload
def to_us(moment: None) -> None: ...
@overload
def to_us(moment: datetime) -> int: ...
def to_us(moment: datetime | None) -> int | None:
    """Return an aware moment as microseconds."""
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


@overload
def from_us(us: None) -> None: ...
@overload
def from_us(us: int) -> datetime: ...
def from_us(us: int | None) -> datetime | None:
    """Return microseconds as an aware moment in UTC.

    Raises:
        OverflowError: beyond the years 1 to 9999.

    """
    return None if us is None else _EPOCH + timedelta(microseconds=us)


def day_number(us: int) -> int:
    """Return the day in Asia/Shanghai of a moment, as the ordinal of its date."""
    if us >= _SETTLED_US:
        return _EPOCH_DAY + (us + _SHANGHAI_US) // _DAY_US
    return _early_day(us)


@lru_cache(maxsize=4_096)
def _early_day(us: int) -> int:
    return local_day(from_us(us)).toordinal()
