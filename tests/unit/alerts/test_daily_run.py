"""The run of nine o'clock: what is resolved, asked for and sent out."""

from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction

import pytest

from duibiao.register import Register
from services.alerts.domain.alert import Colour, State, Step
from services.alerts.domain.news import Series, Verdict
from services.alerts.usecases.answer_alert import (
    Person,
    acknowledge,
    appeal,
    close,
    extend,
    reject_appeal,
    reply,
    revoke,
)
from services.alerts.usecases.daily_run import tick
from services.alerts.usecases.follow_duty import follow_duty
from services.alerts.usecases.follow_verdict import follow_verdict
from tests.support.alert_book import ANSWER, MemoryBook, a_duty, city_row, desk, shanghai
from tests.support.clock import ManualClock
from tests.support.registers import TAX, alert_rules, indicator, register, target

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
            self.book.keep_verdict(row, held_since=None)
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


def test_the_first_run_is_the_first_nine_o_clock_after_the_start() -> None:
    before_nine = Watch(shanghai(2021, 4, 30, 8))
    after_nine = Watch(shanghai(2021, 4, 30, 9))

    assert before_nine.book.last_run() == date(2021, 4, 29)
    assert after_nine.book.last_run() == date(2021, 4, 30)


def test_a_missed_run_is_made_up_once() -> None:
    watch = Watch(shanghai(2021, 4, 28))
    watch.hear(city_row("behind"), "bad")
    watch.hear(city_row("met", id="v2"), "good")
    watch.at(2021, 4, 30, 8)  # the run of the 29th was missed

    assert watch.book.last_run() == date(2021, 4, 29)
    assert watch.book.steps() == [Step.OPENED, Step.RESOLVED]


@pytest.mark.parametrize(
    ("status", "step"), [("behind", Step.RESOLVED), ("missed", Step.RECOVERED)]
)
def test_what_is_still_good_at_nine_has_recovered(status: str, step: Step) -> None:
    watch = Watch(shanghai(2021, 4, 28))
    watch.hear(city_row(status), "bad")
    watch.hear(city_row("met", id="v2"), "good")
    watch.at(2021, 4, 29, 8, 59)
    assert watch.book.steps() == [Step.OPENED]
    watch.at(2021, 4, 29, 9)
    watch.at(2021, 4, 30, 9)

    assert watch.book.steps() == [Step.OPENED, step]


def test_what_is_not_good_any_more_has_not_recovered() -> None:
    watch = Watch(shanghai(2021, 4, 28))
    watch.hear(city_row("missed"), "bad")
    watch.hear(city_row("met", id="v2"), "good")
    watch.hear(city_row("unknown", id="v3"), "gone")
    watch.at(2021, 4, 29, 9)

    assert watch.book.steps() == [Step.OPENED]


def test_a_duty_recovers_at_nine_and_its_card_stays() -> None:
    watch = Watch(shanghai(2021, 3, 26, 8))
    follow_duty(watch.book, watch.desk, a_duty(), "overdue")
    watch.at(2021, 3, 26, 9)
    follow_duty(watch.book, watch.desk, a_duty("late"), "reported")
    watch.at(2021, 3, 27, 9)

    assert watch.book.steps() == [Step.OPENED, Step.RECOVERED]
    assert watch.book.the_alert().state is State.FIRING


def test_a_row_below_the_city_recovers_at_nine_too() -> None:
    known = register(targets=[target(alert_levels=("city", "org"))])
    watch = Watch(shanghai(2021, 4, 28), register=known)
    own = Series("T01", TAX, "610100")
    watch.hear(city_row("met"), "city")
    watch.hear(city_row("missed", series=own, inputs_digest="own"), "own")
    watch.hear(city_row("met", series=own, inputs_digest="better", id="v2"), "better")
    watch.at(2021, 4, 29, 9)

    assert watch.book.steps() == [Step.OPENED, Step.RECOVERED]


def test_the_run_finds_a_breach_without_a_card() -> None:
    watch = Watch(shanghai(2021, 4, 28))
    watch.book.keep_verdict(city_row("missed"), held_since=None)
    watch.at(2021, 4, 29, 9)

    assert watch.book.steps() == [Step.OPENED]


def test_figures_owed_are_blue_then_yellow_then_red_without_a_reply() -> None:
    watch = Watch(shanghai(2021, 4, 1), owed=True)
    watch.hear(city_row("unknown", id="nothing"), "no figure")
    watch.at(2021, 4, 15, 10)  # the tenth working day: still in time
    assert watch.numbers() == []
    watch.at(2021, 4, 16, 9)
    assert watch.numbers() == ["蓝-2021-0001"]
    assert watch.book.the_alert().finding.verdict_id == "nothing"
    watch.at(2021, 4, 22, 9)
    assert watch.numbers() == ["蓝-2021-0001"]
    watch.at(2021, 4, 23, 9)
    assert watch.numbers() == ["黄-2021-0001"]
    # Five working days: 25 (a Sunday that is worked), 26, 27, 28, 29.
    assert watch.book.the_alert().reply_due == date(2021, 4, 29)
    watch.at(2021, 4, 29, 9)
    assert watch.numbers() == ["黄-2021-0001"]
    watch.at(2021, 4, 30, 9)

    assert watch.numbers() == ["红-2021-0001"]
    assert watch.book.history[-1].cause == "reply 2021-04-29"
    assert watch.book.steps() == [Step.OPENED, Step.ESCALATED, Step.ESCALATED]


def test_a_figure_that_comes_ends_what_it_was_owed_for() -> None:
    watch = Watch(shanghai(2021, 4, 1), owed=True)
    watch.at(2021, 4, 16, 9)
    # No threshold to compare it with, but the figure is there.
    watch.hear(city_row("unknown", reason="no_threshold"), "came")
    watch.at(2021, 4, 19, 9)

    assert watch.book.steps() == [Step.OPENED, Step.RESOLVED]


def test_a_figure_that_was_owed_and_is_bad_asks_anew() -> None:
    watch = Watch(shanghai(2021, 4, 1), owed=True)
    watch.at(2021, 4, 23, 9)
    reply(watch.book, watch.desk, watch.book.the_alert().id, Person(None), ANSWER)
    watch.hear(city_row("missed"), "came")
    alert = watch.book.the_alert()

    assert watch.book.steps()[-1] is Step.RENEWED
    assert (alert.state, alert.finding.rule) == (State.FIRING, "yellow-breach")


def test_a_closed_card_of_a_figure_owed_does_not_hide_a_breach() -> None:
    watch = Watch(shanghai(2021, 4, 1), owed=True)
    watch.at(2021, 4, 23, 9)
    close(watch.book, watch.desk, watch.book.the_alert().id, Person(None), "已催", "已约谈")
    watch.at(2021, 4, 26, 9)
    assert len(watch.book.alerts) == 1
    watch.hear(city_row("missed"), "came")

    assert watch.numbers() == ["黄-2021-0001", "黄-2021-0002"]


def test_two_figures_owed_make_one_alert() -> None:
    watch = Watch(shanghai(2021, 4, 1), owed=True)
    watch.at(2021, 4, 23, 9)
    reply(watch.book, watch.desk, watch.book.the_alert().id, Person(None), ANSWER)
    watch.at(2021, 7, 15, 9)  # ten working days after 30 June: 14 July
    watch.at(2021, 7, 16, 9)
    assert [named.period for named in watch.book.the_alert().named] == ["2021Q1"]
    watch.at(2021, 7, 22, 9)
    watch.at(2021, 7, 23, 9)

    assert watch.numbers() == ["黄-2021-0001"]
    assert [named.period for named in watch.book.the_alert().named] == ["2021Q1", "2021Q2"]
    assert watch.book.steps()[-1] is Step.RENEWED


def test_a_figure_for_a_later_period_makes_older_ones_no_longer_owed() -> None:
    watch = Watch(shanghai(2021, 7, 1), owed=True)
    watch.hear(city_row("met", period="2021Q2"), "q2")
    watch.at(2021, 7, 2, 9)

    assert watch.numbers() == []


def test_figures_owed_before_the_watch_began_raise_nothing() -> None:
    watch = Watch(shanghai(2021, 4, 16), owed=True, watch_from=date(2021, 4, 16))
    watch.at(2021, 4, 30, 9)
    assert watch.numbers() == []

    watch.at(2021, 7, 15, 9)  # 2021Q2 fell due on 14 July
    assert watch.book.the_alert().finding.period == "2021Q2"


def test_an_owed_figure_that_was_revoked_is_not_asked_for_again_in_that_colour() -> None:
    watch = Watch(shanghai(2021, 4, 1), owed=True)
    watch.at(2021, 4, 16, 9)
    revoke(watch.book, watch.desk, watch.book.the_alert().id, Person(None), "已停办")
    watch.at(2021, 4, 19, 9)
    assert watch.book.steps() == [Step.OPENED, Step.REVOKED]
    watch.at(2021, 4, 23, 9)

    assert watch.numbers() == ["蓝-2021-0001", "黄-2021-0001"]


def test_each_indicator_keeps_its_own_time() -> None:
    monthly = indicator("m", period_type="month", report_within=5)
    quiet = target("T02", monthly, alert_levels=("org",))
    watch = Watch(
        shanghai(2021, 2, 1),
        owed=True,
        register=register(indicators=[monthly], targets=[target("T01", monthly), quiet]),
    )
    # Five working days after 31 January: 1, 2, 3, 4, 5 February. The 7th is worked too.
    watch.at(2021, 2, 5, 9)
    assert watch.numbers() == []
    watch.at(2021, 2, 6, 9)

    assert [a.identity.target for a in watch.book.alerts.values()] == ["T01"]
    assert watch.book.the_alert().finding.period == "202101"


ANSWERS: dict[str, Callable[[Watch, str], object]] = {
    "all leads reply": lambda w, a: reply(w.book, w.desk, a, Person(None), ANSWER),
    "an appeal": lambda w, a: appeal(w.book, w.desk, a, Person(TAX), "口径有误"),
    "a good figure": lambda w, _: w.hear(city_row("met", id="v2"), "good"),
    "an extension": lambda w, a: extend(w.book, w.desk, a, Person(None), "汛期", date(2021, 6, 1)),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_in_time_keeps_a_yellow_yellow(answer: str) -> None:
    watch = Watch(shanghai(2021, 4, 1))
    watch.hear(city_row("missed"), "bad")
    ANSWERS[answer](watch, watch.book.the_alert().id)
    watch.at(2021, 6, 1, 9)

    assert watch.book.the_alert().colour is Colour.YELLOW


def test_one_of_two_replies_is_no_answer_and_stands_in_the_red_card() -> None:
    watch = Watch(shanghai(2021, 4, 1))
    watch.hear(city_row("missed"), "bad")
    reply(watch.book, watch.desk, watch.book.the_alert().id, Person(TAX), ANSWER)
    watch.at(2021, 6, 1, 9)
    alert = watch.book.the_alert()

    assert (alert.colour, alert.silent_leads) == (Colour.RED, ("customs",))


def test_a_rejected_appeal_is_answered_by_its_new_date() -> None:
    watch = Watch(shanghai(2021, 4, 1))
    watch.hear(city_row("missed"), "bad")
    alert_id = watch.book.the_alert().id
    appeal(watch.book, watch.desk, alert_id, Person(TAX), "口径有误")
    watch.at(2021, 4, 20, 9)
    reject_appeal(watch.book, watch.desk, alert_id, Person(None), "属实")
    watch.at(2021, 4, 26, 9)  # 21, 22, 23, 25 (worked), 26 April
    assert watch.book.the_alert().colour is Colour.YELLOW
    watch.at(2021, 4, 27, 9)

    assert watch.book.the_alert().colour is Colour.RED


def test_a_receipt_alone_is_no_answer() -> None:
    watch = Watch(shanghai(2021, 4, 1))
    watch.hear(city_row("missed"), "bad")
    acknowledge(watch.book, watch.desk, watch.book.the_alert().id, Person(TAX), None)
    watch.at(2021, 4, 9, 9)  # due on the 9th: 2, 6, 7, 8, 9 April
    assert watch.book.the_alert().colour is Colour.YELLOW
    watch.at(2021, 4, 10, 9)

    alert = watch.book.the_alert()
    assert (alert.number, alert.state) == ("红-2021-0001", State.FIRING)
    assert alert.finding.period == "2021Q1"


def test_what_is_only_promoted_stays_yellow_without_a_reply() -> None:
    watch = Watch(shanghai(2021, 4, 1), register=register(targets=[target(verb="promote")]))
    watch.hear(city_row("missed"), "bad")
    watch.at(2021, 6, 1, 9)

    assert watch.book.steps() == [Step.OPENED]


def test_a_red_without_a_reply_goes_no_further() -> None:
    watch = Watch(shanghai(2021, 4, 1))
    watch.hear(city_row("missed", attainment_ratio=FAR), "bad")
    watch.at(2021, 6, 1, 9)

    assert watch.book.steps() == [Step.OPENED]


def test_held_duties_are_settled_by_the_run_however_busy_the_topic() -> None:
    watch = Watch(shanghai(2021, 3, 26, 8))
    follow_duty(watch.book, watch.desk, a_duty(), "overdue")
    watch.clock.set(shanghai(2021, 3, 26, 9))
    watch.book.first_hearing("something else", watch.clock.now())
    watch.ticks()

    assert watch.book.steps() == [Step.OPENED]


class Morning(Watch):
    """A service that sends blue and yellow in the morning only."""

    def __init__(self, now: datetime) -> None:
        super().__init__(now, register=register(rules=alert_rules(wait_for_morning=True)))


def test_yellow_waits_for_the_next_working_morning() -> None:
    watch = Morning(shanghai(2021, 4, 30, 20))  # Friday evening before May Day
    watch.hear(city_row("missed"), "bad")
    assert watch.book.the_alert().state is State.PENDING
    watch.at(2021, 5, 1, 9)
    watch.at(2021, 5, 5, 9)
    assert watch.book.the_alert().state is State.PENDING
    watch.at(2021, 5, 6, 9)

    alert = watch.book.the_alert()
    assert (alert.state, alert.fired_at) == (State.FIRING, shanghai(2021, 5, 6, 9))
    # 7, 8 (a worked Saturday), 10, 11, 12 May
    assert alert.reply_due == date(2021, 5, 12)
    assert watch.book.steps() == [Step.OPENED, Step.FIRED]


def test_red_goes_out_at_any_hour() -> None:
    watch = Morning(shanghai(2021, 5, 2, 3))
    watch.hear(city_row("missed", attainment_ratio=FAR), "bad")

    assert watch.book.the_alert().state is State.FIRING


def test_a_waiting_alert_that_turns_red_goes_out_at_once() -> None:
    watch = Morning(shanghai(2021, 5, 2, 3))
    watch.hear(city_row("missed"), "bad")
    watch.hear(city_row("missed", id="v2", attainment_ratio=FAR), "worse")

    assert watch.book.the_alert().state is State.FIRING
    assert watch.book.the_alert().reply_due == date(2021, 5, 8)  # 6, 7, 8 May


def test_what_is_good_again_before_it_was_sent_never_goes_out() -> None:
    watch = Morning(shanghai(2021, 5, 2, 3))
    watch.hear(city_row("behind"), "bad")
    watch.hear(city_row("met", id="v2"), "good")
    watch.at(2021, 5, 6, 9)

    assert watch.book.steps() == [Step.OPENED, Step.RESOLVED]
    assert watch.book.the_alert().fired_at is None


def test_a_rising_alert_waits_too_and_asks_for_a_reply_when_sent() -> None:
    watch = Morning(shanghai(2021, 4, 28, 8))
    watch.hear(city_row("behind"), "blue")
    watch.at(2021, 4, 28, 9)
    assert watch.book.the_alert().state is State.FIRING
    watch.clock.set(shanghai(2021, 4, 28, 12))
    watch.hear(city_row("missed", id="v2"), "yellow")
    assert watch.book.the_alert().state is State.PENDING
    watch.at(2021, 4, 29, 9)

    assert watch.book.the_alert().state is State.FIRING
    assert watch.book.the_alert().fired_at == shanghai(2021, 4, 28, 9)


def test_numbers_begin_again_with_the_year_in_shanghai() -> None:
    watch = Watch(shanghai(2021, 12, 31, 23, 59))
    first, second = (Series("T01", org, "610100") for org in (None, TAX))
    watch.desk = desk(watch.clock, register(targets=[target(alert_levels=("city", "org"))]))
    watch.hear(city_row("missed", series=first), "old year")
    watch.clock.set(shanghai(2022, 1, 1, 0, 0))
    watch.hear(
        city_row("missed", series=second, inputs_digest="o", evaluated_at=shanghai(2021, 1, 1)),
        "new",
    )

    assert watch.numbers() == ["黄-2021-0001", "黄-2022-0001"]
