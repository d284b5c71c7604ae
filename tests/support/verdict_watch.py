"""A service on its first working day that is told verdicts, for tests of what they raise."""

from dataclasses import replace
from datetime import timedelta

from duibiao.register import Register
from services.alerts.domain.news import Verdict
from services.alerts.usecases.follow_verdict import follow_verdict
from tests.support.alert_book import FIRST_DAY, MemoryBook, city_row, desk
from tests.support.clock import ManualClock


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
