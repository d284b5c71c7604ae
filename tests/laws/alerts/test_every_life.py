"""Whatever happens, to an alerts service on SQLite that crashes: the laws of domain.md section 7.

Verdicts and duties, each perhaps again; unit heads, leads among each other, strangers, the office,
each perhaps by name; days that pass and clocks that are set back; crashes in the middle of a
transaction and restarts.
After every step all histories are held against `allowed`, and every breach against its alerts.

25 lives in `make test`, `DUIBIAO_LAW_EXAMPLES` or 2,000 of twice the length in `make soak`.
"""

import json
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Connection, select

from duibiao.core.ids import new_id
from duibiao.store import Store
from services.alerts.adapters.messages import event_of
from services.alerts.adapters.migrations import SCHEMA
from services.alerts.adapters.repository import SqlAlertRepository, transition_values
from services.alerts.adapters.tables import METADATA, TRANSITIONS
from services.alerts.domain.alert import Alert, Transition
from services.alerts.domain.life import NeedsReason, WrongStep
from services.alerts.domain.news import Duty
from services.alerts.ports import AlertRepository
from services.alerts.usecases.answer_alert import AlertActions, NotTheirs, Person
from services.alerts.usecases.daily_run import tick
from tests.laws.alerts.allowed import check_life, taken
from tests.laws.alerts.news import REGISTERS, News, duties, tell, verdicts
from tests.support.alert_book import ANSWER, desk, shanghai
from tests.support.clock import ManualClock
from tests.support.evidence import ALERT_EVENT
from tests.support.registers import CUSTOMS, FINANCE, TAX

QUIET = timedelta(seconds=30)
WATCHED_FROM = date(2021, 1, 1)
SETTLED = ("on_time", "late", "zero_report", "exempt")
Place = tuple[str, str]
Act = Callable[[AlertActions, Alert], object]
ACTS: dict[str, Act] = {
    "acknowledge": lambda on, _: on.acknowledge(None),
    "reply": lambda on, _: on.reply(ANSWER),
    "appeal": lambda on, _: on.appeal("口径有误"),
    "return": lambda on, _: on.return_reply("未写明时限", None, None),
    "extend": lambda on, _: on.extend("汛期", date(2024, 1, 1)),
    "assign": lambda on, alert: on.assign("职责调整", *handing_over(alert)),
    "reject": lambda on, _: on.reject_appeal("属实"),
    "close": lambda on, _: on.close("已核实", "已约谈"),
    "reopen": lambda on, _: on.reopen("未整改"),
    "revoke": lambda on, _: on.revoke("误填"),
}


class Crash(BaseException):
    """The process dies."""


class Mortal(SqlAlertRepository):
    """The repository; it dies with its process after so many steps, 0 for never."""

    def __init__(self, tx: Connection, dies_after: int) -> None:
        super().__init__(tx, partial(event_of, topic="duibiao.alerts.v1"), no_one)
        self.dies_after = dies_after
        self.recorded: list[Transition] = []

    def record(self, transition: Transition) -> None:
        super().record(transition)
        self.recorded.append(transition)
        if len(self.recorded) == self.dies_after:
            raise Crash


def no_one(_tx: Connection, _transition: Transition) -> None:
    pass


def handing_over(alert: Alert) -> tuple[str, str]:
    """Whom an alert is handed to, and in whose place."""
    leads = alert.subject.leads
    return next(org for org in (FINANCE, TAX, CUSTOMS) if org not in leads), leads[-1]


@cache
def empty_store() -> Path:
    """Return a migrated store to be copied: migrating one takes longer than a life."""
    folder = Path(mkdtemp())
    store = Store(f"sqlite:///{folder}/duibiao.db", "alerts")
    SCHEMA.migrate(store)
    store.close()
    return folder


class Alerts(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._url = f"sqlite:///{self._folder.name}/state/duibiao.db"
        shutil.copytree(empty_store(), Path(self._folder.name) / "state")
        self.store = Store(self._url, "alerts")
        self.clock = ManualClock(shanghai(2021, 12, 27))
        self.context = replace(
            desk(self.clock, REGISTERS[False]), new_id=partial(new_id, self.clock)
        )
        self.told: list[tuple[News, str]] = []
        self.history: list[Transition] = []
        self.rows: dict[Place, News] = {}
        self.good_until: dict[Place, str] = {}  # the last step before what was good turned bad
        self.waiting: set[Place] = set()  # told since the clock last found the topic quiet
        self.heard_at = self.clock.now()

    def teardown(self) -> None:
        with self.store.read() as connection:
            rows = connection.execute(select(TRANSITIONS).order_by(TRANSITIONS.c.id)).all()
        self.store.close()
        self._folder.cleanup()
        assert [row._asdict() for row in rows] == [*map(transition_values, self.history)]

    @rule(news=verdicts | duties, dies_after=st.sampled_from([0, 0, 0, 1, 2, 9]))
    def hear(self, news: News, dies_after: int) -> None:
        event_id = self.context.new_id()
        self.told.append((news, event_id))
        self.heard_at = max(self.heard_at, self.clock.now())
        place = place_of(news)
        if place in self.rows and is_good(self.rows[place]):
            self.good_until[place] = self.history[-1].stamp.id if self.history else ""
        self.rows[place] = news
        self.waiting.add(place)
        self.do(lambda book: tell(book, self.context, news, event_id), dies_after)

    @precondition(lambda self: self.named())
    @rule(
        which=st.integers(0, 99),
        status=st.sampled_from(["met", "missed"]),
        dies_after=st.sampled_from([0, 0, 0, 1, 2]),
    )
    def it_is_corrected(self, which: int, status: str, dies_after: int) -> None:
        places = self.named()
        news = self.rows[places[which % len(places)]]
        if isinstance(news, Duty):
            status = {"met": "late", "missed": "overdue"}[status]
            self.hear(replace(news, status=status), dies_after)
        else:
            self.hear(replace(news, status=status, id=self.context.new_id()), dies_after)

    @precondition(lambda self: self.told)
    @rule(which=st.integers(0, 999), dies_after=st.sampled_from([0, 1]))
    def hear_again(self, which: int, dies_after: int) -> None:
        news, event_id = self.told[which % len(self.told)]
        before = self.everything()
        self.do(lambda book: tell(book, self.context, news, event_id), dies_after)
        assert self.everything() == before

    @rule(
        hours=st.sampled_from([0.01, 1, 13, 24, 24 * 6, 24 * 30]),
        dies_after=st.sampled_from([0, 0, 1, 2, 9]),
    )
    def time_passes(self, hours: float, dies_after: int) -> None:
        self.clock.advance(hours=hours)
        self.do(lambda book: tick(book, self.context), dies_after)
        if self.clock.now() - self.heard_at >= QUIET:
            self.waiting.clear()

    @rule(minutes=st.sampled_from([1, 45, 600]))
    def the_clock_is_set_back(self, minutes: int) -> None:
        self.clock.set(self.clock.now() - timedelta(minutes=minutes))
        self.do(lambda book: tick(book, self.context), 0)

    @rule(wait=st.booleans())
    def the_sending_hour_is_switched(self, wait: bool) -> None:  # noqa: FBT001 - hypothesis calls it
        self.context = replace(self.context, register=REGISTERS[wait])

    @rule()
    def it_is_restarted(self) -> None:
        self.store.close()
        self.store = Store(self._url, "alerts")

    @precondition(lambda self: self.history)
    @rule(
        which=st.integers(0, 99),
        who=st.sampled_from([None, None, TAX, CUSTOMS, FINANCE]),
        name=st.sampled_from([None, "王芳", "李强"]),
        what=st.sampled_from([*ACTS, "close", "revoke"]),
        dies_after=st.sampled_from([0, 0, 1, 2]),
    )
    def a_person_acts(
        self, which: int, who: str | None, name: str | None, what: str, dies_after: int
    ) -> None:
        alerts = self.alerts()
        opened = [alert for alert in alerts if alert.open]
        pool = opened if opened and which % 4 else alerts
        alert = pool[which % len(pool)]
        wanted = taken(
            what, who, alert, other_is_open=alert.identity in {a.identity for a in opened}
        )
        actor, before = partial(AlertActions, who=Person(who, name)), self.everything()
        steps = len(self.history)

        def act(book: AlertRepository) -> None:
            ACTS[what](actor(book, self.context, alert.id), alert)

        try:
            self.do(act, dies_after)
        except (WrongStep, NotTheirs):
            assert not wanted, (what, who, alert.state)
            assert self.everything() == before
        else:
            assert wanted, (what, who, alert.state)
            acted = {(step.stamp.actor, step.stamp.person) for step in self.history[steps:]}
            assert acted == {(who or "office", name)}

    @precondition(lambda self: self.history)
    @rule(which=st.integers(0, 99), what=st.sampled_from(sorted(ACTS)))
    def the_office_acts(self, which: int, what: str) -> None:
        self.a_person_acts(which, None, None, what, 0)

    @precondition(lambda self: any(alert.open for alert in self.alerts()))
    @rule(which=st.integers(0, 99))
    def the_office_closes_without_a_reason(self, which: int) -> None:
        found = [alert for alert in self.alerts() if alert.open]
        alert = found[which % len(found)]
        owes = alert.recovering is None or (alert.colour != "blue" and bool(alert.silent_leads))
        try:
            office = Person(None)
            self.do(lambda b: AlertActions(b, self.context, alert.id, office).close("x", None), 0)
        except NeedsReason:
            assert owes
        else:
            assert not owes

    def do(self, work: Callable[[AlertRepository], object], dies_after: int) -> None:
        """Work in one transaction; where the process dies in it nothing was done, and it is done
        once more by the next one."""
        before = self.everything() if dies_after else None
        while True:
            with suppress(Crash), self.store.begin() as tx:
                book = Mortal(tx, dies_after)
                work(book)
                if dies_after:
                    raise Crash
            if not dies_after:
                break
            assert self.everything() == before
            dies_after = 0
        self.history += book.recorded
        for step in book.recorded:
            event = json.loads(event_of(step, "t").data)
            assert list(ALERT_EVENT.iter_errors(event)) == []

    def everything(self) -> dict[str, list[Any]]:
        with self.store.read() as connection:
            tables = METADATA.sorted_tables
            return {table.name: list(connection.execute(select(table))) for table in tables}

    def alerts(self) -> list[Alert]:
        with self.store.read() as connection:
            found = connection.execute(select(METADATA.tables["alerts"].c.document))
            return list(found.scalars())

    def named(self) -> list[Place]:
        """Return what alerts speak of and has been told."""
        places = [(a.identity.key, one.period) for a in self.alerts() for one in a.named]
        return [place for place in dict.fromkeys(places) if place in self.rows]

    def lives(self) -> dict[str, list[Transition]]:
        lives: dict[str, list[Transition]] = defaultdict(list)
        for step in self.history:
            lives[step.alert.id].append(step)
        return lives

    @invariant()
    def every_life_is_allowed(self) -> None:
        for life in self.lives().values():
            check_life(life)

    @invariant()
    def numbers_have_no_gaps_within_colour_and_year(self) -> None:
        taken_so_far: Counter[str] = Counter()
        for step in self.history:
            if step.step in ("opened", "escalated"):
                series, _, serial = step.alert.number.rpartition("-")
                taken_so_far[series] += 1
                assert int(serial) == taken_so_far[series]
                assert series[0] == {"blue": "蓝", "yellow": "黄", "red": "红"}[step.alert.colour]

    @invariant()
    def at_most_one_is_open_of_each_identity(self) -> None:
        alerts = self.alerts()
        opened = Counter(alert.identity for alert in alerts if alert.open)
        assert set(opened.values()) <= {1}
        assert len(alerts) == len(self.lives())

    @invariant()
    def no_breach_is_without_an_alert(self) -> None:
        """One that is open, or that a person ended after the period was last good."""
        ended = {step.alert.id: step.stamp.id for step in self.history if not step.alert.open}
        named = defaultdict(list)
        for alert in self.alerts():
            if alert.open or alert.state.value in ("closed", "revoked"):
                for one in alert.named:
                    end = "open" if alert.open else ended[alert.id]
                    named[alert.identity.key, one.period].append(end)
        for place in self.breaches():
            since = self.good_until.get(place, "")
            assert [end for end in named[place] if end == "open" or end > since], place

    def breaches(self) -> list[Place]:
        return [place for place, news in self.rows.items() if self.must_be_named(place, news)]

    def must_be_named(self, place: Place, news: News) -> bool:
        if isinstance(news, Duty):
            overdue = news.status == "overdue" and news.effective_due >= WATCHED_FROM
            return overdue and place not in self.waiting
        city = news.series.org is None
        return city and news.status in ("missed", "regressed") and (news.ended or news.present)


def place_of(news: News) -> Place:
    """Return the identity that an alert of it has, and its period."""
    if isinstance(news, Duty):
        return f"{news.id}/{news.org}", news.period
    series = news.series
    return f"{series.target}/{series.org or ''}/{series.region}", news.period


def is_good(news: News) -> bool:
    good = SETTLED if isinstance(news, Duty) else ("on_track", "met", "sustained")
    return news.status in good


TestAlerts = Alerts.TestCase
TestAlerts.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)


class ManyAlerts(Alerts):
    """The same, for longer."""


TestManyAlerts = pytest.mark.soak(pytest.mark.timeout(0)(ManyAlerts.TestCase))
TestManyAlerts.settings = settings(
    max_examples=int(os.environ.get("DUIBIAO_LAW_EXAMPLES", "2000")),
    stateful_step_count=60,
    deadline=None,
    print_blob=True,
)
