"""Verdict events, one after another, and what becomes of the alert of their series."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from duibiao.register import AlertRule, Register
from services.alerts.domain.alert import Colour, State, Step
from services.alerts.domain.news import Series, Verdict
from services.alerts.usecases.follow_verdict import follow_verdict, settle_held
from tests.support import registers
from tests.support.alert_book import FIRST_DAY, MemoryBook, city_row, desk
from tests.support.clock import ManualClock
from tests.support.registers import TAX, alert_rule, alert_rules, register, target


class Watch:
    """A service on its first working day, told one event a second."""

    def __init__(self, register: Register | None = None) -> None:
        self.clock = ManualClock(FIRST_DAY)
        self.book = MemoryBook()
        self.desk = desk(self.clock, register)
        self.told = 0

    def hear(self, verdict: Verdict, event_id: str | None = None) -> None:
        self.told += 1
        self.clock.advance(seconds=1)
        told = replace(verdict, evaluated_at=verdict.evaluated_at + timedelta(seconds=self.told))
        follow_verdict(self.book, self.desk, told, event_id or f"event-{self.told}")

    def says(self, status: str, period: str = "2021Q1", **changes: object) -> None:
        self.hear(city_row(status, id=f"v{self.told + 1}", period=period, **changes))


def test_a_breach_opens_a_numbered_alert() -> None:
    watch = Watch()
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
    watch = Watch()
    watch.says(status)

    assert watch.book.history == []


def test_only_the_present_period_speaks() -> None:
    watch = Watch()
    watch.says("missed", present=False)

    assert watch.book.history == []
    assert [row.status for row in watch.book.verdicts(Series("T01", None, "610100"))] == ["missed"]


def test_a_redelivered_event_changes_nothing() -> None:
    watch = Watch()
    watch.hear(city_row("missed"), "same")
    watch.hear(city_row("met", id="v2"), "other")
    before = watch.book.the_alert()
    watch.hear(city_row("missed"), "same")
    watch.hear(city_row("met", id="v2"), "other")

    assert watch.book.the_alert() == before
    assert watch.book.steps() == [Step.OPENED]


def test_an_alert_resolves_when_it_is_good_twice() -> None:
    watch = Watch()
    watch.says("missed")
    watch.says("met")
    assert watch.book.the_alert().open
    watch.says("met")

    assert watch.book.steps() == [Step.OPENED, Step.RESOLVED]
    assert watch.book.history[-1].cause == "event-2"


@pytest.mark.parametrize("between", ["unknown", "at_risk", "missed"])
def test_a_good_figure_that_does_not_last_resolves_nothing(between: str) -> None:
    watch = Watch()
    watch.says("missed")
    watch.says("met")
    watch.says(between)
    watch.says("met")

    assert watch.book.steps() == [Step.OPENED]


@pytest.mark.parametrize("status", ["unknown", "waived"])
def test_no_data_and_no_waiver_resolve_anything(status: str) -> None:
    watch = Watch()
    watch.says("missed")
    for _ in range(3):
        watch.says(status)

    assert watch.book.the_alert().open


def test_a_later_good_period_resolves_the_alert_of_an_earlier_one() -> None:
    watch = Watch()
    watch.says("missed", "2021Q1")
    watch.says("met", "2021Q2")
    watch.says("met", "2021Q2")

    assert watch.book.the_alert().state is State.RESOLVED


def test_a_good_earlier_period_says_nothing_of_a_later_breach() -> None:
    watch = Watch()
    watch.says("missed", "2021Q2")
    watch.says("met", "2021Q1")
    watch.says("met", "2021Q1")

    assert watch.book.the_alert().open


def test_a_breach_after_the_end_opens_a_new_alert_with_the_next_number() -> None:
    watch = Watch()
    for status in ("missed", "met", "met", "missed"):
        watch.says(status)

    assert [alert.number for alert in watch.book.alerts.values()] == [
        "黄-2021-0001",
        "黄-2021-0002",
    ]


def test_a_colour_goes_up_with_a_new_number_and_never_down() -> None:
    watch = Watch()
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
    watch = Watch()
    watch.says("missed", "2021Q2", previous_status="missed")

    assert watch.book.the_alert().number == "红-2021-0001"


def test_two_breaches_running_are_red_by_what_was_heard_before() -> None:
    watch = Watch()
    watch.says("missed", "2021Q1")
    watch.says("missed", "2021Q2")

    assert watch.book.steps() == [Step.OPENED, Step.ESCALATED]


def test_a_gap_between_breaches_is_not_running() -> None:
    watch = Watch(register(rules=alert_rules(*_three_running())))
    watch.says("missed", "2021Q1")
    watch.says("missed", "2021Q3", previous_status="met")
    watch.says("missed", "2021Q4", previous_status="missed")

    assert {alert.colour for alert in watch.book.alerts.values()} == {Colour.YELLOW}


def test_three_running_where_the_rules_ask_for_three() -> None:
    watch = Watch(register(rules=alert_rules(*_three_running())))
    for period in ("2021Q2", "2021Q3", "2021Q4"):
        watch.says("missed", period)

    assert watch.book.the_alert().colour is Colour.RED


def _three_running() -> tuple[AlertRule, ...]:
    return (
        alert_rule("once", "yellow", statuses=("missed",)),
        alert_rule("thrice", "red", statuses=("missed",), periods=3),
    )


def test_an_alert_is_renewed_for_another_period_of_the_same_colour() -> None:
    watch = Watch(register(targets=[target(verb="promote")]))
    watch.says("missed", "2021Q1")
    watch.says("missed", "2021Q2")
    watch.says("missed", "2021Q2")

    assert watch.book.steps() == [Step.OPENED, Step.RENEWED]
    alert = watch.book.the_alert()
    assert (alert.number, alert.finding.period) == ("黄-2021-0001", "2021Q2")
    assert alert.finding.verdict_id == "v3"  # the newest verdict that is as bad


def test_what_was_revoked_does_not_come_back_for_the_same_verdict() -> None:
    watch = Watch()
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
    watch = Watch(register(rules=rules))
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
    watch = Watch()

    with pytest.raises((KeyError, ValueError)):
        watch.says("missed", **wrong)  # type: ignore[arg-type]
    assert watch.book.heard == {}


class Below(Watch):
    """A target whose org rows alert too."""

    def __init__(self) -> None:
        super().__init__(register(targets=[target(alert_levels=("city", "org"))]))

    def org_says(self, status: str, digest: str, org: str = TAX) -> None:
        series = Series("T01", org, "610100")
        self.hear(city_row(status, id=f"o{self.told}", series=series, inputs_digest=digest))


def test_an_org_row_with_the_citys_inputs_raises_nothing() -> None:
    watch = Below()
    watch.org_says("missed", digest="same")
    assert watch.book.history == []
    watch.says("missed", inputs_digest="same")

    (alert,) = watch.book.alerts.values()
    assert alert.identity.org is None


def test_an_org_row_with_inputs_of_its_own_goes_to_the_org() -> None:
    watch = Below()
    watch.org_says("missed", digest="its own")
    watch.says("met", inputs_digest="the city's")

    alert = watch.book.the_alert()
    assert (alert.identity.org, alert.subject.leads, alert.subject.copied) == (
        TAX,
        (TAX,),
        ("customs",),
    )


def test_an_org_row_waits_for_a_fresher_city_row_and_not_for_ever() -> None:
    watch = Below()
    watch.says("met")
    watch.org_says("missed", digest="its own")
    assert watch.book.history == []

    watch.clock.advance(seconds=59)
    settle_held(watch.book, watch.desk)
    assert watch.book.history == []
    watch.clock.advance(seconds=1)
    settle_held(watch.book, watch.desk)
    assert watch.book.steps() == [Step.OPENED]
    assert watch.book.held_verdicts() == []


def test_an_org_row_told_again_while_it_waits_leaves_its_first_breach_behind() -> None:
    watch = Below()
    watch.org_says("missed", digest="its own")
    watch.org_says("met", digest="its own, mended")
    watch.says("met", inputs_digest="the city's")

    assert watch.book.steps() == [Step.OPENED]
    assert watch.book.the_alert().recovering is not None


def test_levels_that_the_target_does_not_name_stay_silent() -> None:
    watch = Watch()
    org_row = Series("T01", TAX, "610100")
    region_row = Series("T01", None, "610103")
    watch.hear(city_row("missed", series=org_row, inputs_digest="o"))
    watch.hear(city_row("missed", series=region_row, inputs_digest="r"))

    assert watch.book.history == []
    assert watch.book.held_verdicts() == []


def test_a_region_row_alerts_where_its_target_says_so() -> None:
    watch = Watch(register(targets=[target(alert_levels=("city", "region"))]))
    watch.hear(city_row("missed", series=Series("T01", None, "610103"), inputs_digest="r"))
    watch.says("met")

    alert = watch.book.the_alert()
    assert (alert.identity.region, alert.subject.leads) == ("610103", (TAX, "customs"))


def test_supporting_units_of_the_clause_are_copied() -> None:
    clause = registers.measure("1.1", supports=("finance-bureau", TAX))
    watch = Watch(register(measures=[clause]))
    watch.says("missed")

    assert watch.book.the_alert().subject.copied == ("finance-bureau",)


def test_a_target_on_a_whole_task_has_no_measure() -> None:
    watch = Watch(register(targets=[target(clause="1")]))
    watch.says("missed")

    assert watch.book.the_alert().subject.measure is None
