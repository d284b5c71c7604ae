"""Whatever comes, in whatever order, however often: what always holds of alerts.

A machine tells verdicts and duties, delivers some of them again, lets time pass and lets people
answer; after every step the whole history is read back and checked.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.alerts.domain.alert import Alert, Colour, State, Step, Transition, number
from services.alerts.domain.life import WrongStep
from services.alerts.domain.news import Duty
from services.alerts.usecases.answer_alert import AlertActions, Person, TooEarly
from services.alerts.usecases.context import AlertContext
from services.alerts.usecases.daily_run import tick
from tests.laws.alerts.news import REGISTERS, News, duties, tell, verdicts
from tests.support.alert_book import ANSWER, MemoryBook, city_row, desk, shanghai
from tests.support.clock import ManualClock
from tests.support.registers import FINANCE

FINAL = {State.CLOSED, State.RESOLVED, State.REVOKED}


def a_desk() -> AlertContext:
    return desk(ManualClock(shanghai(2021, 4, 1)), REGISTERS[False])


Answer = Callable[[MemoryBook, AlertContext, Alert], Alert]
OFFICE = Person(None)
ANSWERS: dict[str, Answer] = {
    "acknowledge": lambda b, d, a: AlertActions(b, d, a.id, OFFICE).acknowledge(None),
    "reply": lambda b, d, a: AlertActions(b, d, a.id, OFFICE).reply(ANSWER),
    "a reply of one": lambda b, d, a: AlertActions(b, d, a.id, Person(a.subject.leads[0])).reply(
        ANSWER
    ),
    "return": lambda b, d, a: AlertActions(b, d, a.id, OFFICE).return_reply("x", None, None),
    "extend": lambda b, d, a: AlertActions(b, d, a.id, OFFICE).extend("x", date(2023, 1, 1)),
    "assign": lambda b, d, a: AlertActions(b, d, a.id, OFFICE).assign(
        "x", FINANCE, a.subject.leads[0]
    ),
    "appeal": lambda b, d, a: AlertActions(b, d, a.id, OFFICE).appeal("x"),
    "reject": lambda b, d, a: AlertActions(b, d, a.id, OFFICE).reject_appeal("x"),
    "close": lambda b, d, a: AlertActions(b, d, a.id, OFFICE).close("x", "x"),
    "reopen": lambda b, d, a: AlertActions(b, d, a.id, OFFICE).reopen("x"),
    "revoke": lambda b, d, a: AlertActions(b, d, a.id, OFFICE).revoke("late entry"),
}


class Alerts(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock(shanghai(2021, 12, 27))
        self.book = MemoryBook()
        self.desk = desk(self.clock, REGISTERS[False])
        self.told: list[tuple[News, str]] = []

    @rule(news=verdicts | duties)
    def hear(self, news: News) -> None:
        event_id = f"event-{len(self.told)}"
        self.told.append((news, event_id))
        tell(self.book, self.desk, news, event_id)

    @rule(which=st.integers(0))
    def hear_again(self, which: int) -> None:
        if not self.told:
            return
        news, event_id = self.told[which % len(self.told)]
        before = (dict(self.book.alerts), list(self.book.history), dict(self.book.rows))
        tell(self.book, self.desk, news, event_id)
        assert (self.book.alerts, self.book.history, self.book.rows) == before

    @rule(hours=st.sampled_from([0.01, 1, 13, 24, 24 * 6, 24 * 30]))
    def wait(self, hours: float) -> None:
        self.clock.advance(hours=hours)
        tick(self.book, self.desk)

    @rule(wait=st.booleans())
    def switch_sending_hour(self, wait: bool) -> None:  # noqa: FBT001 - hypothesis calls it
        self.desk = replace(self.desk, register=REGISTERS[wait])

    @rule(which=st.integers(0), what=st.sampled_from(sorted(ANSWERS)))
    def answer(self, which: int, what: str) -> None:
        if not self.book.alerts:
            return
        alert = list(self.book.alerts.values())[which % len(self.book.alerts)]
        try:
            ANSWERS[what](self.book, self.desk, alert)
        except (WrongStep, TooEarly):
            assert self.book.alerts[alert.id] == alert

    @invariant()
    def numbers_have_no_gaps(self) -> None:
        taken: dict[tuple[Colour, str], list[str]] = defaultdict(list)
        for transition in self.book.history:
            if transition.step in (Step.OPENED, Step.ESCALATED):
                year = transition.alert.number.split("-")[1]
                taken[transition.alert.colour, year].append(transition.alert.number)
        for (colour, year), numbers in taken.items():
            assert numbers == [number(colour, int(year), n + 1) for n in range(len(numbers))]

    @invariant()
    def at_most_one_alert_is_open_of_each_identity(self) -> None:
        identities = [alert.identity.key for alert in self.book.open_alerts()]
        assert len(identities) == len(set(identities))

    @invariant()
    def every_history_is_a_life(self) -> None:
        lives: dict[str, list[Transition]] = defaultdict(list)
        for transition in self.book.history:
            lives[transition.alert.id].append(transition)
        for life in lives.values():
            check_life(life)

    @invariant()
    def a_promoted_target_is_never_red(self) -> None:
        assert not any(
            alert.colour is Colour.RED and alert.identity.target == "T02"
            for alert in self.book.alerts.values()
        )

    @invariant()
    def duties_from_before_the_watch_raise_nothing(self) -> None:
        old = {
            (duty.id, duty.org)
            for duty, _, _ in self.book.duties.values()
            if all(
                other.effective_due < date(2021, 1, 1)
                for other, _ in self.told
                if isinstance(other, Duty) and (other.id, other.org) == (duty.id, duty.org)
            )
        }
        assert not any(
            (alert.identity.duty, alert.identity.org) in old for alert in self.book.alerts.values()
        )


def check_life(life: list[Transition]) -> None:
    """One alert: steps without gaps, colours only up, one end at most and nothing after it."""
    assert [transition.alert.steps for transition in life] == list(range(1, len(life) + 1))
    assert [transition.was for transition in life] == [
        None,
        *(transition.alert.state for transition in life[:-1]),
    ]
    ranks = [transition.alert.colour.rank for transition in life]
    assert ranks == sorted(ranks)
    ends = [transition for transition in life if transition.alert.state in FINAL]
    again = [transition.step for transition in life if transition.was in FINAL]
    assert set(again) <= {Step.REOPENED}
    assert len(ends) == len(again) + (life[-1].alert.state in FINAL)
    assert life[0].step is Step.OPENED
    assert [t.step for t in life].count(Step.RESOLVED) <= 1


TestAlerts = Alerts.TestCase
TestAlerts.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@settings(max_examples=100, deadline=None)
@given(news=st.lists(verdicts | duties, max_size=25), repeats=st.lists(st.integers(0), max_size=10))
def test_repeats_anywhere_end_in_the_same_alerts(news: list[News], repeats: list[int]) -> None:
    once, often = MemoryBook(), MemoryBook()
    events = [(item, f"event-{place}") for place, item in enumerate(news)]
    again = {place % max(len(events), 1) for place in repeats}
    first, second = a_desk(), a_desk()
    for place, (item, event_id) in enumerate(events):
        tell(once, first, item, event_id)
        tell(often, second, item, event_id)
        for earlier in sorted(again & set(range(place + 1))):
            tell(often, second, *events[earlier])

    assert often.history == once.history
    assert often.alerts == once.alerts


STATUSES = ["unknown", "met", "at_risk", "missed", "regressed"]
CODES = ["2020Q4", "2021Q1", "2021Q2", "2021Q3", "2021Q4", "2022Q1"]


@settings(max_examples=100, deadline=None)
@given(
    told=st.lists(st.sampled_from(STATUSES), min_size=6, max_size=6),
    present=st.integers(0, 5),
    order=st.permutations(range(6)),
)
def test_breaches_have_the_same_card_whatever_the_order(
    told: list[str], present: int, order: list[int]
) -> None:
    book, the_desk = MemoryBook(), a_desk()
    for place in order:
        row = city_row(told[place], id=f"v{place}", period=CODES[place], present=place == present)
        tell(book, the_desk, row, f"event-{place}")
    bad = [status in ("missed", "regressed") for status in told]
    followed = [place for place in range(1, 6) if bad[place] and (place < 5 or present == 5)]
    twice = any(place > 1 and bad[place - 1] for place in followed)

    cards = [alert for alert in book.alerts.values() if alert.colour is not Colour.BLUE]
    named = [one for card in cards for one in card.named if one.colour is not Colour.BLUE]
    assert [one.period for one in named] == [CODES[place] for place in followed]
    colour = Colour.RED if twice else Colour.YELLOW
    assert [card.colour for card in cards] == ([colour] if followed else [])
