"""Verdict events, one after another, and what becomes of the alert of their series."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from duibiao.register import AlertRule
from services.alerts.domain.alert import Colour, State, Step
from services.alerts.domain.news import Series
from services.alerts.usecases.answer_alert import AlertActions, Person
from services.alerts.usecases.follow_verdict import follow_verdict, settle_held
from tests.support.alert_book import city_row
from tests.support.registers import TAX, alert_rule, alert_rules, register, target
from tests.unit.alerts.service import VerdictWatch


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
    assert (alert.trigger.verdict_id, alert.trigger.period) == ("v1", "2021Q1")


@pytest.mark.parametrize("status", ["unknown", "on_track", "met", "sustained", "waived"])
def test_nothing_wrong_opens_nothing(status: str) -> None:
    watch = VerdictWatch()
    watch.says(status)

    assert watch.book.history == []


@pytest.mark.parametrize(
    ("period", "present", "ended", "raised"),
    [
        ("2021Q1", False, True, 1),  # ended, in the window
        ("2021Q1", True, False, 1),
        ("2021Q1", False, False, 0),
        ("2022Q1", False, True, 0),
        ("2022Q1", True, True, 1),  # the present one, after the window
        ("2020Q4", True, True, 0),
        ("2020Q4", False, True, 0),
    ],
)
def test_the_periods_that_alerts_follow(
    period: str,
    present: bool,  # noqa: FBT001 - a column
    ended: bool,  # noqa: FBT001 - a column
    raised: int,
) -> None:
    watch = VerdictWatch()
    watch.says("missed", period, present=present, ended=ended)

    assert len(watch.book.alerts) == raised


def test_blue_follows_the_present_period_only() -> None:
    watch = VerdictWatch()
    watch.says("behind", present=False)
    assert watch.book.history == []
    watch.says("behind", "2021Q2")

    assert watch.book.the_alert().colour is Colour.BLUE


def test_a_redelivered_event_changes_nothing() -> None:
    watch = VerdictWatch()
    watch.hear(city_row("missed"), "same")
    watch.hear(city_row("met", id="v2"), "other")
    before = watch.book.the_alert()
    watch.hear(city_row("missed"), "same")
    watch.hear(city_row("met", id="v2"), "other")

    assert watch.book.the_alert() == before
    assert watch.book.steps() == [Step.OPENED]


def test_a_blue_alert_resolves_when_it_is_good_twice() -> None:
    watch = VerdictWatch()
    watch.says("behind", ended=False)
    watch.says("on_track", ended=False)
    assert watch.book.the_alert().open
    watch.says("on_track", ended=False)

    assert watch.book.steps() == [Step.OPENED, Step.RESOLVED]
    assert "04:00:02" in (watch.book.history[-1].cause or "")  # the second evaluation found it


def test_a_yellow_alert_recovers_and_stays_for_the_office() -> None:
    watch = VerdictWatch()
    watch.says("missed", value="6")
    watch.says("met", value="5")
    alert = watch.book.the_alert()
    assert (alert.recovered_at, alert.named[0].restated) == (None, "5")
    watch.says("met", value="5.1")
    alert = watch.book.the_alert()

    assert watch.book.steps() == [Step.OPENED, Step.RECOVERED]
    assert (alert.state, alert.recovered_at) == (State.FIRING, watch.clock.now())
    assert (alert.named[0].figure, alert.named[0].restated) == ("6", "5.1")


@pytest.mark.parametrize("after", ["unknown", "missed"])
def test_the_marks_go_where_what_was_good_does_not_last(after: str) -> None:
    watch = VerdictWatch()
    for status in ("missed", "met", "met", after):
        watch.says(status, value="6" if status == "missed" else "5")
    alert = watch.book.the_alert()

    assert watch.book.steps() == [Step.OPENED, Step.RECOVERED, Step.RELAPSED]
    assert (alert.recovered_at, alert.recovering, alert.named[0].restated) == (None, None, None)


@pytest.mark.parametrize("between", ["unknown", "at_risk", "missed"])
def test_a_good_figure_that_does_not_last_recovers_nothing(between: str) -> None:
    watch = VerdictWatch()
    for status in ("missed", "met", between, "met"):
        watch.says(status)

    assert watch.book.steps() == [Step.OPENED]


def test_rows_of_one_evaluation_do_not_agree_with_one_another() -> None:
    watch = VerdictWatch()
    watch.says("missed", "2021Q1")
    watch.says("met", "2021Q1")
    (good,) = watch.book.verdicts(Series("T01", None, "610100"))
    follow_verdict(watch.book, watch.desk, replace(good, period="2021Q2"), "the same sitting")

    assert watch.book.steps() == [Step.OPENED]


@pytest.mark.parametrize("status", ["unknown", "waived"])
def test_no_data_and_no_waiver_recover_anything(status: str) -> None:
    watch = VerdictWatch()
    for told in ("missed", *[status] * 3):
        watch.says(told)

    assert watch.book.steps() == [Step.OPENED]


def test_a_later_good_period_recovers_an_earlier_one_without_restating_it() -> None:
    watch = VerdictWatch()
    watch.says("missed", "2021Q1")
    watch.says("met", "2021Q2")
    watch.says("met", "2021Q2")
    alert = watch.book.the_alert()

    assert alert.recovered_at is not None
    assert alert.named[0].restated is None


def test_a_good_earlier_period_says_nothing_of_a_later_breach() -> None:
    watch = VerdictWatch()
    watch.says("missed", "2021Q2")
    watch.says("met", "2021Q1")
    watch.says("met", "2021Q1")

    assert watch.book.steps() == [Step.OPENED]


def test_a_breach_is_open_whatever_became_of_the_period_after_it() -> None:
    """Q3 missed, Q4 good twice, Q4 withdrawn: the miss of Q3 still has its card."""
    watch = VerdictWatch()
    watch.says("missed", "2021Q3")
    watch.says("missed", "2021Q3", present=False)
    for status in ("met", "met"):
        watch.says(status, "2021Q4")
    watch.says("missed", "2021Q3")
    watch.says("unknown", "2021Q4", present=False)

    alert = watch.book.the_alert()
    assert (alert.state, alert.recovered_at) == (State.FIRING, None)


def test_a_figure_that_comes_late_opens_a_card_of_its_own_period() -> None:
    watch = VerdictWatch()
    watch.says("met", "2022Q2")
    watch.says("missed", "2021Q4", present=False, value="9.9")
    alert = watch.book.the_alert()

    assert [(n.period, n.late, n.figure) for n in alert.named] == [("2021Q4", True, "9.9")]
    assert alert.recovering is not None  # a good period follows it


@pytest.mark.parametrize(("before", "late"), [("met", True), ("missed", False), ("waived", False)])
def test_a_good_figure_turned_bad_is_late_and_no_other(*, before: str, late: bool) -> None:
    watch = VerdictWatch()
    watch.says(before)
    watch.says("missed", value="9")

    assert watch.book.the_alert().named[0].late is late


@pytest.mark.parametrize("order", [("2021Q3", "2021Q4"), ("2021Q4", "2021Q3")])
def test_two_periods_running_are_red_in_either_order(order: tuple[str, str]) -> None:
    watch = VerdictWatch()
    watch.says("missed", order[0])
    watch.says("missed", order[1], present=order[1] == "2021Q4")
    alert = watch.book.the_alert()

    assert (alert.colour, alert.trigger.period) == (Colour.RED, "2021Q4")
    assert [named.period for named in alert.named] == ["2021Q3", "2021Q4"]


def test_a_period_before_the_window_makes_no_breach_red() -> None:
    watch = VerdictWatch()
    watch.says("missed", "2021Q1")
    watch.says("missed", "2020Q4", present=False)

    assert watch.book.the_alert().colour is Colour.YELLOW


def test_a_breach_after_the_end_opens_a_new_alert_with_the_next_number() -> None:
    watch = VerdictWatch()
    for status in ("behind", "on_track", "on_track", "behind"):
        watch.says(status, ended=False)

    assert [alert.number for alert in watch.book.alerts.values()] == [
        "蓝-2021-0001",
        "蓝-2021-0002",
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


def test_a_gap_between_breaches_is_not_running() -> None:
    watch = VerdictWatch(register(rules=alert_rules(*_three_running())))
    watch.says("missed", "2021Q1")
    watch.says("missed", "2021Q3")
    watch.says("missed", "2021Q4")

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


def test_an_added_period_asks_anew_at_the_same_colour() -> None:
    watch = VerdictWatch(register(targets=[target(verb="promote")]))
    watch.says("missed", "2021Q1")
    watch.clock.advance(days=7)
    watch.says("missed", "2021Q2")
    watch.says("missed", "2021Q2")

    assert watch.book.steps() == [Step.OPENED, Step.RENEWED]
    alert = watch.book.the_alert()
    assert (alert.number, alert.trigger.period) == ("黄-2021-0001", "2021Q2")
    assert [named.period for named in alert.named] == ["2021Q1", "2021Q2"]
    assert str(alert.reply_due) == "2021-01-18"  # five working days after Monday 11 January
    assert alert.trigger.verdict_id == "v3"  # the newest verdict that is as bad


def test_what_was_handled_comes_back_in_a_higher_colour_or_after_it_was_good() -> None:
    def handled() -> VerdictWatch:
        watch = VerdictWatch()
        watch.says("missed")
        AlertActions(watch.book, watch.desk, watch.book.the_alert().id, Person(None)).revoke("误填")
        watch.says("missed")
        watch.says("unknown")
        watch.says("missed")
        assert len(watch.book.alerts) == 1
        return watch

    worse, again = handled(), handled()
    worse.says("missed", attainment_ratio=Fraction(1, 2))
    again.says("met")
    again.says("missed")

    assert [a.number for a in worse.book.alerts.values()] == ["黄-2021-0001", "红-2021-0001"]
    assert [a.number for a in again.book.alerts.values()] == ["黄-2021-0001", "黄-2021-0002"]


def test_a_breach_that_approvals_would_undo_is_blue_until_they_are_decided() -> None:
    watch = VerdictWatch()
    watch.says("missed", "2021Q3", granting_attains=True)
    watch.says("missed", "2021Q3", granting_attains=True, present=False)
    watch.says("met", "2021Q4")
    watch.says("met", "2021Q4")
    alert = watch.book.the_alert()
    assert (alert.colour, alert.open) == (Colour.BLUE, True)  # no later period ends it
    watch.says("missed", "2021Q3", present=False)

    assert watch.book.the_alert().colour is Colour.YELLOW


def test_a_yellow_card_names_a_breach_that_waits_for_approvals_too() -> None:
    watch = VerdictWatch()
    watch.says("missed", "2021Q1")
    watch.says("missed", "2021Q3", granting_attains=True)

    assert [named.period for named in watch.book.the_alert().named] == ["2021Q1", "2021Q3"]


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
    assert watch.book.steps() == [Step.OPENED, Step.ESCALATED, Step.RECOVERED]


def test_what_is_no_period_is_refused() -> None:
    watch = VerdictWatch()

    with pytest.raises(ValueError, match="Q1"):
        watch.says("missed", period="Q1")
    assert watch.book.heard == {}


def test_a_target_that_the_register_does_not_have_is_held_until_it_has() -> None:
    watch = VerdictWatch()
    watch.says("missed", series=Series("T99", None, "610100"))
    watch.clock.advance(seconds=120)
    settle_held(watch.book, watch.desk)
    assert watch.book.alerts == {}

    known = replace(watch.desk, register=register(targets=[target("T01"), target("T99")]))
    settle_held(watch.book, known)
    assert [alert.identity.target for alert in watch.book.alerts.values()] == ["T99"]


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


@pytest.mark.parametrize(
    ("status", "present"), [("missed", True), ("missed", False), ("met", True), ("behind", True)]
)
def test_a_verdict_that_is_published_again_changes_nothing(
    status: str,
    present: bool,  # noqa: FBT001 - a column
) -> None:
    watch = VerdictWatch()
    watch.says("missed", present=False, ended=True)
    verdict = city_row(status, id="v9", present=present, ended=not present)
    follow_verdict(watch.book, watch.desk, verdict, "first")
    steps, alerts = list(watch.book.history), dict(watch.book.alerts)

    assert not follow_verdict(watch.book, watch.desk, verdict, "again")

    assert watch.book.history == steps
    assert watch.book.alerts == alerts
