"""Verdict events, one after another, and what becomes of the alert of their series."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from duibiao.register import AlertRule
from services.alerts.domain.alert import Colour, State, Step
from services.alerts.domain.news import Series
from services.alerts.usecases.follow_verdict import follow_verdict
from tests.support.alert_book import city_row
from tests.support.registers import TAX, alert_rule, alert_rules, register, target
from tests.support.verdict_watch import VerdictWatch


def test_a_breach_opens_a_numbered_alert() -> None:
    watch = VerdictWatch()
    watch.says("missed")

    alert = watch.book.the_alert()
    assert (alert.number, alert.colour, alert.state) == (
        "黄-2021-0001",
        Colour.YELLOW,
        State.FIRING,
    )
    assert alert.subject.leads == (TAX, "customs")
    assert alert.subject.measure == "1.1"
    assert str(alert.reply_due) == "2021-01-11"  # five working days after Monday 4 January
    assert (alert.finding.verdict_id, alert.finding.period) == ("v1", "2021Q1")


@pytest.mark.parametrize("status", ["unknown", "on_track", "met", "sustained", "waived"])
def test_nothing_wrong_opens_nothing(status: str) -> None:
    watch = VerdictWatch()
    watch.says(status)

    assert watch.book.history == []


def test_only_the_present_period_speaks() -> None:
    watch = VerdictWatch()
    watch.says("missed", present=False)

    assert watch.book.history == []
    assert [row.status for row in watch.book.verdicts(Series("T01", None, "610100"))] == ["missed"]


def test_a_redelivered_event_changes_nothing() -> None:
    watch = VerdictWatch()
    watch.hear(city_row("missed"), "same")
    watch.hear(city_row("met", id="v2"), "other")
    before = watch.book.the_alert()
    watch.hear(city_row("missed"), "same")
    watch.hear(city_row("met", id="v2"), "other")

    assert watch.book.the_alert() == before
    assert watch.book.steps() == [Step.OPENED]


def test_an_alert_resolves_when_it_is_good_twice() -> None:
    watch = VerdictWatch()
    watch.says("missed")
    watch.says("met")
    assert watch.book.the_alert().open
    watch.says("met")

    assert watch.book.steps() == [Step.OPENED, Step.RESOLVED]
    assert watch.book.history[-1].cause == "event-2"


@pytest.mark.parametrize("between", ["unknown", "at_risk", "missed"])
def test_a_good_figure_that_does_not_last_resolves_nothing(between: str) -> None:
    watch = VerdictWatch()
    watch.says("missed")
    watch.says("met")
    watch.says(between)
    watch.says("met")

    assert watch.book.steps() == [Step.OPENED]


@pytest.mark.parametrize("status", ["unknown", "waived"])
def test_no_data_and_no_waiver_resolve_anything(status: str) -> None:
    watch = VerdictWatch()
    watch.says("missed")
    for _ in range(3):
        watch.says(status)

    assert watch.book.the_alert().open


def test_a_later_good_period_resolves_the_alert_of_an_earlier_one() -> None:
    watch = VerdictWatch()
    watch.says("missed", "2021Q1")
    watch.says("met", "2021Q2")
    watch.says("met", "2021Q2")

    assert watch.book.the_alert().state is State.RESOLVED


def test_a_good_earlier_period_says_nothing_of_a_later_breach() -> None:
    watch = VerdictWatch()
    watch.says("missed", "2021Q2")
    watch.says("met", "2021Q1")
    watch.says("met", "2021Q1")

    assert watch.book.the_alert().open


def test_a_breach_after_the_end_opens_a_new_alert_with_the_next_number() -> None:
    watch = VerdictWatch()
    for status in ("missed", "met", "met", "missed"):
        watch.says(status)

    assert [alert.number for alert in watch.book.alerts.values()] == [
        "黄-2021-0001",
        "黄-2021-0002",
    ]


def test_a_colour_goes_up_with_a_new_number_and_never_down() -> None:
    watch = VerdictWatch()
    watch.says("behind")
    watch.says("missed")
    watch.says("missed", attainment_ratio=Fraction(1, 2))
    watch.says("missed")
    watch.says("behind")

    assert [(t.step, t.alert.number) for t in watch.book.history] == [
        (Step.OPENED, "蓝-2021-0001"),
        (Step.ESCALATED, "黄-2021-0001"),
        (Step.ESCALATED, "红-2021-0001"),
    ]
    assert watch.book.the_alert().colour is Colour.RED


def test_two_breaches_running_are_red_by_what_the_event_says() -> None:
    watch = VerdictWatch()
    watch.says("missed", "2021Q2", previous_status="missed")

    assert watch.book.the_alert().number == "红-2021-0001"


def test_two_breaches_running_are_red_by_what_was_heard_before() -> None:
    watch = VerdictWatch()
    watch.says("missed", "2021Q1")
    watch.says("missed", "2021Q2")

    assert watch.book.steps() == [Step.OPENED, Step.ESCALATED]


def test_a_gap_between_breaches_is_not_running() -> None:
    watch = VerdictWatch(register(rules=alert_rules(*_three_running())))
    watch.says("missed", "2021Q1")
    watch.says("missed", "2021Q3", previous_status="met")
    watch.says("missed", "2021Q4", previous_status="missed")

    assert {alert.colour for alert in watch.book.alerts.values()} == {Colour.YELLOW}


def test_three_running_where_the_rules_ask_for_three() -> None:
    watch = VerdictWatch(register(rules=alert_rules(*_three_running())))
    for period in ("2021Q2", "2021Q3", "2021Q4"):
        watch.says("missed", period)

    assert watch.book.the_alert().colour is Colour.RED


def _three_running() -> tuple[AlertRule, ...]:
    return (
        alert_rule("once", "yellow", statuses=("missed",)),
        alert_rule("thrice", "red", statuses=("missed",), periods=3),
    )


def test_an_alert_is_renewed_for_another_period_of_the_same_colour() -> None:
    watch = VerdictWatch(register(targets=[target(verb="promote")]))
    watch.says("missed", "2021Q1")
    watch.says("missed", "2021Q2")
    watch.says("missed", "2021Q2")

    assert watch.book.steps() == [Step.OPENED, Step.RENEWED]
    alert = watch.book.the_alert()
    assert (alert.number, alert.finding.period) == ("黄-2021-0001", "2021Q2")
    assert alert.finding.verdict_id == "v3"  # the newest verdict that is as bad


def test_what_was_revoked_does_not_come_back_for_the_same_verdict() -> None:
    watch = VerdictWatch()
    watch.hear(city_row("missed", id="v1"))
    alert = watch.book.the_alert()
    watch.book.keep_alert(replace(alert, state=State.REVOKED))
    watch.hear(city_row("missed", id="v1"))
    assert watch.book.steps() == [Step.OPENED]

    watch.hear(city_row("missed", id="v2"))
    assert watch.book.steps() == [Step.OPENED, Step.OPENED]


def test_near_the_threshold_where_it_is_switched_on() -> None:
    rules = alert_rules(
        alert_rule("near", "blue", "near_threshold"),
        alert_rule("breach", "yellow", statuses=("missed",)),
    )
    watch = VerdictWatch(register(rules=rules))
    watch.says("met", near_threshold=True)
    watch.says("met", near_threshold=True)
    assert watch.book.steps() == [Step.OPENED]  # still near: not over
    watch.says("missed")
    watch.says("met", near_threshold=True)
    watch.says("met", near_threshold=True)

    # The breach itself is over, however near.
    assert watch.book.steps() == [Step.OPENED, Step.ESCALATED, Step.RESOLVED]


@pytest.mark.parametrize("wrong", [{"series": Series("T99", None, "610100")}, {"period": "Q1"}])
def test_what_the_register_does_not_know_is_refused(wrong: dict[str, object]) -> None:
    watch = VerdictWatch()

    with pytest.raises((KeyError, ValueError)):
        watch.says("missed", **wrong)  # type: ignore[arg-type]
    assert watch.book.heard == {}


@pytest.mark.parametrize(("later_by", "raised"), [(-1, 1), (1, 0)])
def test_a_late_verdict_counts_only_where_no_newer_one_is_known(later_by: int, raised: int) -> None:
    watch = VerdictWatch()
    good, missed = city_row("met", id="good"), city_row("missed", id="missed")
    good = replace(good, evaluated_at=missed.evaluated_at + timedelta(seconds=later_by))
    follow_verdict(watch.book, watch.desk, good, "good")

    assert follow_verdict(watch.book, watch.desk, missed, "missed", late=True)

    assert len(watch.book.alerts) == raised
    (kept,) = watch.book.verdicts(missed.series)
    assert kept.id == ("missed" if raised else "good")
