"""The run of nine o'clock: what is resolved, asked for and sent out."""

from dataclasses import replace
from datetime import date

import pytest

from services.alerts.domain.alert import State, Step
from services.alerts.domain.life import WrongStep
from services.alerts.domain.news import Series
from services.alerts.usecases.answer_alert import AlertActions, Person
from services.alerts.usecases.daily_run import revoke_removed
from services.alerts.usecases.follow_duty import follow_duty
from tests.support.alert_book import ANSWER, a_duty, city_row, shanghai
from tests.support.registers import TAX, indicator, register, target
from tests.unit.alerts.service import Watch


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


def test_the_run_passes_over_verdicts_of_removed_targets() -> None:
    both = register(targets=[target("T01"), target("T02", alert_levels=("city", "org"))])
    watch = Watch(shanghai(2021, 4, 28), register=both)
    own = Series("T02", TAX, "610100")
    watch.hear(city_row("missed"), "T01")
    watch.hear(city_row("missed", series=replace(own, org=None)), "T02")
    watch.hear(city_row("missed", series=own, inputs_digest="own", period="2021Q2"), "held")
    watch.desk = replace(watch.desk, register=register(targets=[target("T01")]))
    (revoked,) = revoke_removed(watch.book, watch.desk)
    watch.at(2021, 4, 29, 9)

    assert (revoked.identity.target, revoked.state) == ("T02", State.REVOKED)
    assert watch.book.handled(revoked.identity) == []
    with pytest.raises(WrongStep):
        AlertActions(watch.book, watch.desk, revoked.id, Person(None)).reopen("x")


def test_an_alert_that_was_closed_is_not_reopened_once_its_target_is_removed() -> None:
    watch = Watch(shanghai(2021, 4, 28))
    watch.hear(city_row("missed"), "bad")
    office = AlertActions(watch.book, watch.desk, watch.book.the_alert().id, Person(None))
    office.close("x", "y")
    other = replace(watch.desk, register=register(targets=[target("T02")]))
    with pytest.raises(WrongStep):
        replace(office, context=other).reopen("x")

    assert office.reopen("x").open


def test_the_run_finds_a_breach_without_a_card() -> None:
    watch = Watch(shanghai(2021, 4, 28))
    watch.book.save_verdict(city_row("missed"), held_since=None)
    watch.at(2021, 4, 29, 9)

    assert watch.book.steps() == [Step.OPENED]


def test_figures_owed_are_blue_then_yellow_then_red_without_a_reply() -> None:
    watch = Watch(shanghai(2021, 4, 1), owed=True)
    watch.hear(city_row("unknown", id="nothing"), "no figure")
    watch.at(2021, 4, 15, 10)  # the tenth working day: still in time
    assert watch.numbers() == []
    watch.at(2021, 4, 16, 9)
    assert watch.numbers() == ["蓝-2021-0001"]
    assert watch.book.the_alert().trigger.verdict_id == "nothing"
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
    AlertActions(watch.book, watch.desk, watch.book.the_alert().id, Person(None)).reply(ANSWER)
    watch.hear(city_row("missed"), "came")
    alert = watch.book.the_alert()

    assert watch.book.steps()[-1] is Step.RENEWED
    assert (alert.state, alert.trigger.rule) == (State.FIRING, "yellow-breach")


def test_a_closed_card_of_a_figure_owed_does_not_hide_a_breach() -> None:
    watch = Watch(shanghai(2021, 4, 1), owed=True)
    watch.at(2021, 4, 23, 9)
    AlertActions(watch.book, watch.desk, watch.book.the_alert().id, Person(None)).close(
        "已催", "已约谈"
    )
    watch.at(2021, 4, 26, 9)
    assert len(watch.book.alerts) == 1
    watch.hear(city_row("missed"), "came")

    assert watch.numbers() == ["黄-2021-0001", "黄-2021-0002"]


def test_two_figures_owed_make_one_alert() -> None:
    watch = Watch(shanghai(2021, 4, 1), owed=True)
    watch.at(2021, 4, 23, 9)
    AlertActions(watch.book, watch.desk, watch.book.the_alert().id, Person(None)).reply(ANSWER)
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
    assert watch.book.the_alert().trigger.period == "2021Q2"


def test_an_owed_figure_that_was_revoked_is_not_asked_for_again_in_that_colour() -> None:
    watch = Watch(shanghai(2021, 4, 1), owed=True)
    watch.at(2021, 4, 16, 9)
    AlertActions(watch.book, watch.desk, watch.book.the_alert().id, Person(None)).revoke("已停办")
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
    assert watch.book.the_alert().trigger.period == "202101"
