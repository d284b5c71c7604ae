"""The clock that everything takes as an argument, so that tests can set the hour."""

import time
from datetime import UTC, date, datetime
from typing import Protocol

from duibiao.workdays import local_day


class Clock(Protocol):
    """Tells the time. Safe to call from any thread."""

    def now(self) -> datetime:
        """Return the moment, aware, in UTC."""

    def today(self) -> date:
        """Return the day of `now()` in Asia/Shanghai."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards; only differences mean anything."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the moment, aware, in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """Return the day in Asia/Shanghai."""
        return local_day(self.now())

    def monotonic(self) -> float:
        """Return seconds since some moment before the process began."""
        return time.monotonic()
