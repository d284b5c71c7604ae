"""Clocks that a test moves: one stands still in between, one goes on."""

from datetime import UTC, date, datetime, timedelta

from duibiao.core import SystemClock
from duibiao.workdays import local_day

NOON = datetime(2021, 6, 1, 4, 0, tzinfo=UTC)  # a Tuesday, 12:00 in Asia/Shanghai


class ManualClock:
    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
        self._monotonic = 1000.0

    def now(self) -> datetime:
        return self._now

    def today(self) -> date:
        return local_day(self._now)

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, *, days: float = 0, hours: float = 0, seconds: float = 0) -> None:
        step = timedelta(days=days, hours=hours, seconds=seconds)
        self._now += step
        self._monotonic += step.total_seconds()

    def set(self, now: datetime) -> None:
        """Jump, as a clock that is set by hand does: monotonic time takes no notice."""
        self._now = now


class RunningClock(SystemClock):
    """The machine's clock, and as much later as a test has said."""

    def __init__(self) -> None:
        self._later = timedelta()

    def now(self) -> datetime:
        return super().now() + self._later

    def advance(self, *, days: float) -> None:
        self._later += timedelta(days=days)
