"""The alerts service day by day, for tests of what its clock does."""

from datetime import date, datetime
from fractions import Fraction

from duibiao.register import Register
from services.alerts.domain.news import Verdict
from services.alerts.usecases.daily_run import tick
from services.alerts.usecases.follow_verdict import follow_verdict
from tests.support.alert_book import MemoryBook, city_row, desk, shanghai
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
