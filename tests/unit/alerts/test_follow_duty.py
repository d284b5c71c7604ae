"""Duty events: due soon, overdue, and the report that settles them."""

from dataclasses import replace
from datetime import date

import pytest

from services.alerts.domain.alert import Colour, State, Step
from services.alerts.domain.news import Duty
from services.alerts.usecases.follow_duty import follow_duty, settle_duties
from tests.support.alert_book import MemoryBook, a_duty, desk, shanghai
from tests.support.clock import ManualClock
from tests.support.registers import TAX


class Watch:
    def __init__(self, watch_from: date = date(2021, 1, 1)) -> None:
        self.clock = ManualClock(shanghai(2021, 3, 26, 8))
        self.book = MemoryBook()
        self.desk = desk(self.clock, watch_from=watch_from)
        self.told = 0

    def hear(self, duty: Duty) -> None:
        self.told += 1
        follow_duty(self.book, self.desk, duty, f"event-{self.told}")

    def quiet(self, seconds: float = 30) -> None:
        self.clock.advance(seconds=seconds)
        settle_duties(self.book, self.desk)


def test_an_overdue_duty_opens_a_yellow_alert_for_its_unit() -> None:
    watch = Watch()
    watch.hear(a_duty())
    watch.quiet()

    alert = watch.book.the_alert()
    assert (alert.number, alert.identity.key) == ("黄-2021-0001", "1.1/2021Q1/tax-bureau")
    assert (alert.subject.leads, alert.subject.measure) == ((TAX,), "1.1")
    assert (alert.trigger.cause, alert.trigger.verdict_id) == ("event-1", None)


def test_bad_news_waits_until_the_topic_is_quiet() -> None:
    watch = Watch()
    watch.hear(a_duty())
    watch.quiet(29)
    assert watch.book.history == []
    watch.hear(replace(a_duty("not_due"), id="1.1/2021Q2"))
    watch.quiet(29)
    assert watch.book.history == []
    watch.quiet(1)

    assert watch.book.steps() == [Step.OPENED]


def test_a_report_close_behind_the_news_leaves_no_alert() -> None:
    watch = Watch()
    watch.hear(a_duty("overdue"))
    watch.hear(a_duty("on_time"))
    watch.quiet()

    assert watch.book.history == []


def test_due_soon_is_blue_and_rises_when_overdue() -> None:
    watch = Watch()
    watch.hear(a_duty("due_soon"))
    watch.quiet()
    watch.hear(a_duty("overdue"))
    watch.quiet()

    assert [t.alert.number for t in watch.book.history] == ["蓝-2021-0001", "黄-2021-0001"]
    assert len(watch.book.alerts) == 1


@pytest.mark.parametrize("status", ["on_time", "late", "zero_report", "exempt"])
def test_a_settled_duty_recovers_at_its_next_evaluation(status: str) -> None:
    watch = Watch()
    watch.hear(a_duty())
    watch.quiet()
    watch.hear(a_duty(status))
    assert watch.book.steps() == [Step.OPENED]
    watch.hear(a_duty(status))

    assert watch.book.steps() == [Step.OPENED, Step.RECOVERED]
    assert watch.book.the_alert().state is State.FIRING


def test_a_duty_met_in_time_resolves_its_blue_alert() -> None:
    watch = Watch()
    watch.hear(a_duty("due_soon"))
    watch.quiet()
    watch.hear(a_duty("on_time"))
    watch.hear(a_duty("on_time"))

    assert watch.book.steps() == [Step.OPENED, Step.RESOLVED]


def test_what_fell_due_before_the_watch_began_is_shown_but_raises_no_alert() -> None:
    watch = Watch(watch_from=date(2021, 3, 26))
    watch.hear(a_duty(effective_due=date(2021, 3, 25)))
    watch.quiet()
    assert watch.book.history == []
    assert watch.book.held_duties() == []

    watch.hear(replace(a_duty(), id="1.1/2021Q2", effective_due=date(2021, 3, 26)))
    watch.quiet()
    assert watch.book.steps() == [Step.OPENED]


def test_a_redelivered_event_changes_nothing() -> None:
    watch = Watch()
    follow_duty(watch.book, watch.desk, a_duty("overdue"), "same")
    follow_duty(watch.book, watch.desk, a_duty("on_time"), "later")
    follow_duty(watch.book, watch.desk, a_duty("overdue"), "same")
    watch.quiet()

    assert watch.book.history == []


def test_two_units_of_one_measure_have_an_alert_each() -> None:
    watch = Watch()
    watch.hear(a_duty())
    watch.hear(replace(a_duty(), org="customs"))
    watch.quiet()

    assert {alert.identity.org for alert in watch.book.alerts.values()} == {TAX, "customs"}
    assert sorted(alert.number for alert in watch.book.alerts.values()) == [
        "黄-2021-0001",
        "黄-2021-0002",
    ]
    assert {alert.colour for alert in watch.book.alerts.values()} == {Colour.YELLOW}


def test_a_duty_that_the_register_does_not_have_is_held() -> None:
    watch = Watch()
    watch.hear(replace(a_duty(), org="nobody"))
    watch.hear(replace(a_duty(), id="9.9/2021Q1"))
    watch.quiet()

    assert watch.book.alerts == {}
    assert len(watch.book.held_duties()) == 2


@pytest.mark.parametrize(("known", "raised"), [("event-1", 1), ("event-3", 0)])
def test_late_news_of_a_duty_count_only_where_nothing_newer_is_known(
    known: str, raised: int
) -> None:
    watch = Watch()
    follow_duty(watch.book, watch.desk, a_duty("on_time"), known)

    assert follow_duty(watch.book, watch.desk, a_duty(), "event-2", late=True)
    assert not follow_duty(watch.book, watch.desk, a_duty(), "event-2", late=True)
    watch.quiet()

    assert len(watch.book.alerts) == raised


@pytest.mark.parametrize("state", ["overdue", "due_soon"])
def test_a_state_that_is_published_again_changes_nothing(state: str) -> None:
    watch = Watch()
    watch.hear(a_duty("overdue"))
    watch.quiet()
    watch.hear(a_duty(state))
    watch.quiet()
    steps = list(watch.book.history)

    watch.hear(a_duty(state))
    watch.quiet()

    assert watch.book.history == steps
