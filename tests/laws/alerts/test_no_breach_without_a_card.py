"""The invariant of domain.md section 7, over orders, corrections, withdrawals, crashes, replays.

Every missed city row that alerts follow, and every overdue report and milestone, is named by an
alert that a person has dealt with or still has to: never by none, and never only by one that
resolved itself.

`DUIBIAO_LAW_EXAMPLES=10000` runs as many examples as it says.
"""

import os
from contextlib import suppress
from datetime import date, timedelta
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.alerts.domain.alert import Alert, Colour, State, Step
from services.alerts.domain.life import WrongStep
from services.alerts.usecases.answer_alert import AlertActions, Person
from services.indicators.domain.submission import FigureContent, ReportContent, ReportState
from tests.laws.alerts.both_services import WholeWatch, hear
from tests.support.alert_book import ANSWER
from tests.support.registers import CUSTOMS, TAX, indicator, measure, milestone, register, target
from tests.support.statements import (
    NOON,
    AnyRow,
    at,
    case,
    case_statement,
    figure,
    figure_statement,
    report_statement,
    submitted,
)

EXAMPLES = int(os.environ.get("DUIBIAO_LAW_EXAMPLES", "25"))
OFFICE = Person(None)
MEAN = indicator("mean", statistic="mean")
LATEST = indicator("latest", statistic="latest", unit="item", direction="up")
EACH = indicator("each", statistic="each")
MILESTONE = milestone("1.1-plan", date(2021, 6, 30))
REGISTER = register(
    measures=[measure(milestones=(MILESTONE,))],
    indicators=[MEAN, LATEST, EACH],
    targets=[
        target("T01", MEAN, threshold="5.5"),
        target("T02", LATEST, op=">=", threshold=74, due=date(2021, 9, 30)),
        target("T03", MEAN, op="fall", threshold=None),
        target("T04", EACH, threshold=20, due=date(2021, 6, 30)),
    ],
)
PERIODS = ["2020Q4", "2021Q1", "2021Q2", "2021Q3", "2021Q4", "2022Q1"]
DAYS = ["2021-03-26", "2021-04-01", "2021-07-01", "2021-10-08", "2022-01-04", "2022-04-01"]

orgs = st.sampled_from([TAX, CUSTOMS])
contents = st.sampled_from([5, 6, 9, 70, 80]).map(lambda n: figure(n, 10)) | st.just(
    figure(not_applicable=True)
)


class Breaches(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.watch = WholeWatch(REGISTER, "2021-03-20")
        self.names = count(1)
        self.restless = True

    @rule(
        org=orgs,
        code=st.sampled_from(["mean", "latest"]),
        period=st.sampled_from(PERIODS),
        content=contents,
        stated=st.integers(0, 5),
    )
    def report(self, org: str, code: str, period: str, content: FigureContent, stated: int) -> None:
        moment = NOON + timedelta(days=400, hours=stated)
        self.post(org, figure_statement(content, indicator=code, period=period, stated=moment))

    @rule(
        org=orgs,
        number=st.integers(1, 3),
        accepted=st.integers(0, 400),
        lasted=st.none() | st.integers(0, 90),
        stated=st.integers(0, 5),
    )
    def handle_a_case(
        self, org: str, number: int, accepted: int, lasted: int | None, stated: int
    ) -> None:
        first = date(2021, 1, 4) + timedelta(days=accepted)
        last = None if lasted is None else (first + timedelta(days=lasted)).isoformat()
        moment = NOON + timedelta(days=400, hours=stated)
        content = case(first.isoformat(), last)
        row = case_statement(f"c{number}", content, indicator="each", stated=moment)
        self.post(org, row)

    @rule(
        org=orgs,
        period=st.sampled_from(PERIODS[1:5]),
        milestone=st.sampled_from(["", MILESTONE.code]),
        state=st.sampled_from(["in_progress", "done"]),
        stated=st.integers(0, 5),
    )
    def report_progress(
        self, org: str, period: str, milestone: str, state: ReportState, stated: int
    ) -> None:
        moment = NOON + timedelta(days=400, hours=stated)
        content = ReportContent(state)
        row = report_statement("1.1", period, milestone, content=content, stated=moment)
        self.post(org, row)

    def post(self, org: str, row: AnyRow) -> None:
        self.restless = True
        name = f"s{next(self.names):04}"
        received = at(self.watch.service.today)
        self.watch.post(submitted(name, org, received, row))

    @rule(day=st.sampled_from(DAYS))
    def time_passes(self, day: str) -> None:
        self.restless = True
        self.watch.pass_to(day)

    @precondition(lambda self: self.watch.waiting())
    @rule(which=st.integers(0, 99), number=st.integers(1, 4), crashes=st.booleans())
    def deliver(self, which: int, number: int, crashes: bool) -> None:  # noqa: FBT001 - hypothesis calls it
        keys = self.watch.waiting()
        key = keys[which % len(keys)]
        self.watch.deliver(key, crashes=crashes)
        for _ in range(number):
            if key in self.watch.waiting():
                self.watch.deliver(key)

    @precondition(lambda self: self.watch.told)
    @rule(which=st.integers(0, 999))
    def deliver_again(self, which: int) -> None:
        before = dict(self.watch.book.alerts)
        hear(self.watch.book, self.watch.desk, self.watch.told[which % len(self.watch.told)])
        assert self.watch.book.alerts == before

    @precondition(lambda self: self.watch.book.alerts)
    @rule(which=st.integers(0, 99), what=st.sampled_from(["reply", "close", "revoke", "reopen"]))
    def a_person_acts(self, which: int, what: str) -> None:
        alerts = list(self.watch.book.alerts.values())
        with suppress(WrongStep):
            self.act(alerts[which % len(alerts)], what)

    def act(self, alert: Alert, what: str) -> None:
        book, desk = self.watch.book, self.watch.desk
        match what:
            case "reply":
                AlertActions(book, desk, alert.id, OFFICE).reply(ANSWER)
            case "close":
                AlertActions(book, desk, alert.id, OFFICE).close("属实", "已约谈")
            case "revoke":
                AlertActions(book, desk, alert.id, OFFICE).revoke("误填")
            case "reopen":
                AlertActions(book, desk, alert.id, OFFICE).reopen("未整改")

    @rule()
    def come_to_rest(self) -> None:
        self.restless = False
        self.watch.rest()

    @invariant()
    def no_breach_is_without_a_card(self) -> None:
        if not self.restless:
            assert self.watch.uncarded(self.watch.book) == []

    @invariant()
    def only_blue_alerts_end_by_themselves(self) -> None:
        ended = [t for t in self.watch.book.history if t.step is Step.RESOLVED]
        assert all(transition.alert.colour is Colour.BLUE for transition in ended)
        closed = [t for t in self.watch.book.history if t.alert.state is State.CLOSED]
        assert all(transition.stamp.actor == "office" for transition in closed)

    @invariant()
    def at_most_one_alert_is_open_of_each_identity(self) -> None:
        identities = [alert.identity.key for alert in self.watch.book.open_alerts()]
        assert len(identities) == len(set(identities))

    def teardown(self) -> None:
        self.watch.rest()
        assert self.watch.uncarded(self.watch.book) == []
        assert self.watch.uncarded(self.watch.replayed()) == []


TestBreaches = Breaches.TestCase
TestBreaches.settings = settings(max_examples=EXAMPLES, stateful_step_count=30, deadline=None)


def test_a_miss_keeps_its_card_after_the_period_behind_it_was_good_and_withdrawn() -> None:
    watch = WholeWatch(REGISTER, "2022-01-04")
    told = [
        ("2021Q3", figure(6, 10)),
        ("2021Q4", figure(5, 10)),
        ("2021Q4", figure("5.1", 10)),
        ("2021Q4", figure(not_applicable=True)),
    ]
    for place, (period, content) in enumerate(told):
        moment = NOON + timedelta(days=400, hours=place)
        row = figure_statement(content, indicator="mean", period=period, stated=moment)
        watch.post(submitted(f"s{place}", TAX, moment, row))
        watch.rest()
        assert watch.uncarded(watch.book) == []

    assert watch.uncarded(watch.replayed()) == []
