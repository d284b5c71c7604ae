"""What is answered in time and sent in the morning."""

from collections.abc import Callable
from datetime import date, datetime

import pytest

from services.alerts.domain.alert import Colour, State, Step
from services.alerts.domain.news import Series
from services.alerts.usecases.answer_alert import AlertActions, Person
from services.alerts.usecases.follow_duty import follow_duty
from tests.support.alert_book import ANSWER, a_duty, city_row, desk, shanghai
from tests.support.registers import TAX, alert_rules, register, target
from tests.unit.alerts.service import FAR, Watch

ANSWERS: dict[str, Callable[[Watch, str], object]] = {
    "all leads reply": lambda w, a: AlertActions(w.book, w.desk, a, Person(None)).reply(ANSWER),
    "an appeal": lambda w, a: AlertActions(w.book, w.desk, a, Person(TAX)).appeal("口径有误"),
    "a good figure": lambda w, _: w.hear(city_row("met", id="v2"), "good"),
    "an extension": lambda w, a: AlertActions(w.book, w.desk, a, Person(None)).extend(
        "汛期", date(2021, 6, 1)
    ),
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
    AlertActions(watch.book, watch.desk, watch.book.the_alert().id, Person(TAX)).reply(ANSWER)
    watch.at(2021, 6, 1, 9)
    alert = watch.book.the_alert()

    assert (alert.colour, alert.silent_leads) == (Colour.RED, ("customs",))


def test_a_rejected_appeal_is_answered_by_its_new_date() -> None:
    watch = Watch(shanghai(2021, 4, 1))
    watch.hear(city_row("missed"), "bad")
    alert_id = watch.book.the_alert().id
    AlertActions(watch.book, watch.desk, alert_id, Person(TAX)).appeal("口径有误")
    watch.at(2021, 4, 20, 9)
    AlertActions(watch.book, watch.desk, alert_id, Person(None)).reject_appeal("属实")
    watch.at(2021, 4, 26, 9)  # 21, 22, 23, 25 (worked), 26 April
    assert watch.book.the_alert().colour is Colour.YELLOW
    watch.at(2021, 4, 27, 9)

    assert watch.book.the_alert().colour is Colour.RED


def test_a_receipt_alone_is_no_answer() -> None:
    watch = Watch(shanghai(2021, 4, 1))
    watch.hear(city_row("missed"), "bad")
    AlertActions(watch.book, watch.desk, watch.book.the_alert().id, Person(TAX)).acknowledge(None)
    watch.at(2021, 4, 9, 9)  # due on the 9th: 2, 6, 7, 8, 9 April
    assert watch.book.the_alert().colour is Colour.YELLOW
    watch.at(2021, 4, 10, 9)

    alert = watch.book.the_alert()
    assert (alert.number, alert.state) == ("红-2021-0001", State.FIRING)
    assert alert.trigger.period == "2021Q1"


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
    watch.book.note_event("something else", watch.clock.now())
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


def test_a_run_that_is_made_up_at_night_sends_nothing_before_the_hour() -> None:
    watch = Morning(shanghai(2021, 4, 6, 20))
    watch.hear(city_row("missed"), "bad")
    watch.at(2021, 4, 8, 2)  # down since: the runs of the 7th are made up
    assert watch.book.the_alert().state is State.PENDING
    watch.at(2021, 4, 8, 9)

    assert watch.book.the_alert().state is State.FIRING


def test_friday_evening_goes_out_on_a_saturday_that_is_worked() -> None:
    # 20 February 2021 made up for the Spring Festival (State Council, 2021 calendar).
    watch = Morning(shanghai(2021, 2, 19, 18))
    watch.hear(city_row("behind", ended=False), "blue")
    assert watch.book.the_alert().state is State.PENDING
    watch.at(2021, 2, 20, 8, 59)
    assert watch.book.the_alert().state is State.PENDING
    watch.at(2021, 2, 20, 9)

    alert = watch.book.the_alert()
    assert (alert.colour, alert.state) == (Colour.BLUE, State.FIRING)
    assert alert.fired_at == shanghai(2021, 2, 20, 9)
