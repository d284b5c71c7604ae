"""The alerts service's book in memory, and builders for what is written into it.

`MemoryBook` passes the suite of tests/service/alerts/test_book.py beside the SQL one. Unlike that
one it knows no rollback.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import count

from duibiao.register import Register, parse
from duibiao.workdays import SHANGHAI, StateCouncilCalendar, Workdays
from services.alerts.domain.alert import Alert, Colour, Identity, Named, Step, Transition
from services.alerts.domain.news import Duty, Series, Verdict
from services.alerts.usecases.answer_alert import Answer
from services.alerts.usecases.context import AlertContext
from tests.support import registers
from tests.support.clock import ManualClock

CITY = registers.CITY
WORKDAYS = Workdays(StateCouncilCalendar())
ANSWER = Answer("已整改", "人手不足", "增加窗口", date(2021, 3, 31))
FIRST_DAY = datetime(2021, 1, 4, 4, 0, tzinfo=UTC)  # Monday, 12:00 in Asia/Shanghai


class MemoryBook:
    def __init__(self) -> None:
        self.heard: dict[str, datetime] = {}
        self.rows: dict[tuple[Series, str], tuple[Verdict, datetime | None]] = {}
        self.duties: dict[tuple[str, str], tuple[Duty, str, bool]] = {}
        self.alerts: dict[str, Alert] = {}
        self.places: dict[tuple[Colour, int], int] = {}
        self.history: list[Transition] = []
        self.dealt: dict[tuple[str, str], Named] = {}
        self.run: date | None = None

    def note_event(self, event_id: str, at: datetime) -> bool:
        if event_id in self.heard:
            return False
        self.heard[event_id] = at
        return True

    def last_event_at(self) -> datetime | None:
        return max(self.heard.values(), default=None)

    def verdicts(self, series: Series) -> Sequence[Verdict]:
        rows = [verdict for (of, _), (verdict, _) in self.rows.items() if of == series]
        return sorted(rows, key=lambda row: parse(row.period).last)

    def save_verdict(self, verdict: Verdict, *, held_since: datetime | None) -> None:
        self.rows[verdict.series, verdict.period] = (verdict, held_since)

    def held_verdicts(self, target: str | None = None) -> Sequence[tuple[Verdict, datetime]]:
        return [
            (verdict, since)
            for verdict, since in self.rows.values()
            if since is not None and target in (None, verdict.series.target)
        ]

    def save_duty(self, duty: Duty, event_id: str, *, held: bool) -> None:
        self.duties[duty.id, duty.org] = (duty, event_id, held)

    def duty(self, duty_id: str, org: str) -> tuple[Duty, str] | None:
        kept = self.duties.get((duty_id, org))
        return None if kept is None else kept[:2]

    def held_duties(self) -> Sequence[tuple[Duty, str]]:
        return [(duty, event_id) for duty, event_id, held in self.duties.values() if held]

    def alert(self, alert_id: str) -> Alert | None:
        return self.alerts.get(alert_id)

    def open_alert(self, identity: Identity) -> Alert | None:
        return next((a for a in self.open_alerts() if a.identity == identity), None)

    def open_alerts(self) -> Sequence[Alert]:
        return [alert for alert in self.alerts.values() if alert.open]

    def handled(self, identity: Identity) -> Sequence[Named]:
        return [named for (key, _), named in sorted(self.dealt.items()) if key == identity.key]

    def add_handled(self, identity: Identity, named: Sequence[Named]) -> None:
        for one in named:
            bare = Named(one.period, one.colour, one.occasion)
            self.dealt[identity.key, one.period] = bare

    def remove_handled(self, identity: Identity, periods: Sequence[str]) -> None:
        for period in periods:
            self.dealt.pop((identity.key, period), None)

    def next_serial(self, colour: Colour, year: int) -> int:
        self.places[colour, year] = self.places.get((colour, year), 0) + 1
        return self.places[colour, year]

    def record(self, transition: Transition) -> None:
        self.alerts[transition.alert.id] = transition.alert
        self.history.append(transition)

    def save_alert(self, alert: Alert) -> None:
        self.alerts[alert.id] = alert

    def last_run(self) -> date | None:
        return self.run

    def set_last_run(self, day: date) -> None:
        self.run = day

    def steps(self) -> list[Step]:
        return [transition.step for transition in self.history]

    def the_alert(self) -> Alert:
        (alert,) = self.alerts.values()
        return alert


def desk(
    clock: ManualClock, register: Register | None = None, watch_from: date = date(2021, 1, 1)
) -> AlertContext:
    ids = count(1)
    return AlertContext(
        register=register or registers.register(),
        workdays=WORKDAYS,
        now=clock.now,
        new_id=lambda: f"id-{next(ids):04}",
        watch_from=watch_from,
    )


def city_row(status: str = "missed", **changes: object) -> Verdict:
    """Return the city's row of T01 in 2021Q1, of the present period, which has ended."""
    row = Verdict(
        id="v1",
        series=Series("T01", None, CITY),
        period="2021Q1",
        status=status,
        reason="no_figure" if status == "unknown" else None,
        value="6.1",
        attainment_ratio=Fraction(9, 10),
        near_threshold=False,
        present=True,
        ended=True,
        inputs_digest="city",
        evaluated_at=FIRST_DAY,
    )
    return replace(row, **changes)  # type: ignore[arg-type]


def a_duty(status: str = "overdue", effective_due: date = date(2021, 3, 25)) -> Duty:
    """Return the tax bureau's duty on 1.1 in 2021Q1."""
    return Duty("1.1/2021Q1", registers.TAX, "1.1", "2021Q1", status, effective_due)


def shanghai(year: int, month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)
