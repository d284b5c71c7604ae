"""The use cases of the alerts service over a repository in memory, told verdicts and days."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction

from duibiao.register import Register
from services.alerts.domain.news import Verdict
from services.alerts.usecases.daily_run import tick
from services.alerts.usecases.follow_verdict import follow_verdict
from tests.support.alert_book import FIRST_DAY, MemoryBook, city_row, desk, shanghai
from tests.support.clock import ManualClock

FAR = Fraction(1, 2)  # below two thirds: red


class Watch:
    """A service installed on a day, with a figure for 2021Q4 so that none is owed.

    The figure has nothing to be compared with, so that no alert recovers by it.
    """

    def __init__(
        self,
        now: datetime,
        *,
        register: Register | None = None,
        owed: bool = False,
        watch_from: date = date(2021, 1, 1),
    ) -> None:
        self.clock = ManualClock(now)
        self.book = MemoryBook()
        self.desk = desk(self.clock, register, watch_from)
        if not owed:
            row = city_row("unknown", reason="no_threshold", period="2021Q4", present=False)
            self.book.save_verdict(row, held_since=None)
        self.ticks()

    def ticks(self) -> None:
        tick(self.book, self.desk)

    def at(self, *moment: int) -> None:
        self.clock.set(shanghai(*moment))
        self.ticks()

    def hear(self, verdict: Verdict, event_id: str) -> None:
        follow_verdict(self.book, self.desk, verdict, event_id)

    def numbers(self) -> list[str]:
        return [alert.number for alert in self.book.alerts.values()]


class VerdictWatch:
    """Told one event a second."""

    def __init__(self, register: Register | None = None) -> None:
        self.clock = ManualClock(FIRST_DAY)
        self.book = MemoryBook()
        self.desk = desk(self.clock, register)
        self.told = 0

    def hear(self, verdict: Verdict, event_id: str | None = None) -> None:
        self.told += 1
        self.clock.advance(seconds=1)
        told = replace(verdict, evaluated_at=verdict.evaluated_at + timedelta(seconds=self.told))
        follow_verdict(self.book, self.desk, told, event_id or f"event-{self.told}")

    def says(self, status: str, period: str = "2021Q1", **changes: object) -> None:
        self.hear(city_row(status, id=f"v{self.told + 1}", period=period, **changes))
