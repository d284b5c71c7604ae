"""This process's clock, compared with the database's.

On PostgreSQL every writing transaction brings the database's time along, and so does every question
of who leads, some four a second. A process whose clock is off by more than the tolerance writes
nothing and leads in nothing, so that it neither judges nor sends; others do. SQLite is a file on
this machine: it has no second clock, and nothing is compared.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from duibiao.core.clock import Clock
from duibiao.core.ids import restart_ids
from duibiao.core.retry import Retry

_log = structlog.get_logger(__name__)
_DIFFERS: Final = ("the clock differs from the database's", "本机时钟与数据库时钟不一致")


class ClockSkewed(Retry):
    """Our clock or the database's is wrong; nothing was done, and nothing is until they agree."""


class ComparedClock:
    """A `Clock` that tells no time that is known to be wrong. Shared between threads.

    Attributes:
        skew: seconds by which it was ahead of the database's when last compared; None: never.

    """

    def __init__(self, clock: Clock, tolerance: float = math.inf) -> None:
        """`tolerance` in seconds."""
        self.skew: float | None = None
        self._clock = clock
        self._tolerance = tolerance

    @property
    def right(self) -> bool:
        """Whether it was when last compared."""
        return self.skew is None or abs(self.skew) <= self._tolerance

    def compare(self, theirs: datetime) -> bool:
        """Compare it with the database's at this moment; tell whether it is right."""
        before = self.right
        skew = (self._clock.now() - theirs).total_seconds()
        if not before and abs(skew) <= self._tolerance:
            for clock in (self, self._clock):  # first: who finds it right makes ids at once
                restart_ids(clock)
        self.skew = skew
        if self.right is not before:
            _log.warning(
                "本机时钟与数据库时钟恢复一致。The clock agrees with the database's again."
                if self.right
                else "本机时钟与数据库时钟不一致，本进程转为只读。"
                "The clock differs from the database's: this process is read-only.",
                seconds_ahead=self.skew,
            )
        return self.right

    @contextmanager
    def compared(self, theirs: datetime | None) -> Iterator[None]:
        """Do a piece of work at the time of the database; None: it has no clock of its own.

        Raises:
            ClockSkewed: at its beginning our clock is wrong, or by its end it was set otherwise.

        """
        if theirs is None:
            yield
            return
        began = self._clock.monotonic()
        self.compare(theirs)
        self.check()
        yield
        self.compare(theirs + timedelta(seconds=self._clock.monotonic() - began))
        self.check()

    def check(self) -> None:
        """Raise ClockSkewed where it is not right."""
        if not self.right:
            seconds = round(abs(self.skew or 0.0))
            raise ClockSkewed(
                f"本机时钟与数据库时钟相差{seconds}秒。"
                f"The clock differs from the database's by {seconds} s."
            )

    def not_ready(self) -> Sequence[tuple[str, str]]:
        """Say why what goes by the clock cannot be done, in both languages; empty when it can."""
        return () if self.right else (_DIFFERS,)

    def now(self) -> datetime:
        """Return the moment, aware, in UTC; ClockSkewed where nobody knows it."""
        self.check()
        return self._clock.now()

    def today(self) -> date:
        """Return the day of `now()` in Asia/Shanghai; ClockSkewed where nobody knows it."""
        self.check()
        return self._clock.today()

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return self._clock.monotonic()
