"""Moments as whole microseconds since 1970-01-01T00:00Z: how they are kept and compared."""

from datetime import UTC, datetime, timedelta
from typing import Final, overload

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


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
