"""When the register or the calendar is another one, everything is counted and judged anew."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from duibiao.register import Indicator, LocalThreshold, Target
from duibiao.workdays import Workdays
from services.indicators.domain.histogram import Duration
from tests.support.indicators import Indicators, told
from tests.support.registers import CITY, TAX, indicator, measure, register, target
from tests.support.statements import case, cases, figure, observations, reports


@dataclass(frozen=True)
class EveryDay:
    """A calendar in which every day is a working day."""

    version: str = "every-day-1"
    first: date = date(2000, 1, 1)
    last: date = date(2030, 12, 31)

    def is_workday(self, day: date) -> bool:
        return self.first <= day <= self.last


DAYS = indicator(statistic="each")


def service(today: str = "2021-10-20") -> Indicators:
    it = Indicators(register(indicators=[DAYS], targets=[target(indicator=DAYS)]), today)
    it.post(
        cases("s1", ("a", case("2021-03-01", "2021-03-08")), ("b", case("2021-06-01"))),
        observations("s2", (CITY, "2021Q3", figure(9, 10))),
    )
    return it


def change(
    it: Indicators, *, indicators: Sequence[Indicator] = (DAYS,), targets: Sequence[Target] = ()
) -> None:
    goals = targets or [target(indicator=DAYS)]
    it.register = register(indicators=indicators, targets=goals, version="test+111111111111")


def test_a_verdict_that_a_new_register_leaves_as_it_is_keeps_its_version() -> None:
    it = service()
    before = dict(it.repository.verdict_table)
    change(it)
    assert it.pass_to(it.today).verdicts == ()
    assert it.repository.verdict_table == before


def test_a_verdict_that_a_new_register_changes_names_it() -> None:
    it = service()
    change(it, targets=[target(indicator=DAYS, threshold=4)])
    changes = it.pass_to(it.today)
    assert len(changes.verdicts) == len(it.repository.verdict_table) == 6
    assert {kept.row.register_version for kept in it.repository.verdict_table.values()} == {
        "test+111111111111"
    }
    assert it.pass_to(it.today).verdicts == ()


def local(threshold: str, since: date, org: str | None = None) -> LocalThreshold:
    return LocalThreshold("T01", Decimal(threshold), "workday", "office", since, org)


def test_a_local_threshold_holds_for_periods_that_end_since_its_day() -> None:
    it = service("2021-12-31")
    decided = [local("4", date(2021, 7, 1)), local("3", date(2021, 12, 31))]
    change(it, targets=[target(indicator=DAYS).decided(decided)])
    it.pass_to(it.today)
    rows = [it.row("T01", f"2021Q{quarter}") for quarter in (1, 2, 3, 4)]
    thresholds = [(row.basis, row.threshold) for row in rows]
    stated = ("stated", Fraction("5.5"))
    assert thresholds == [stated, stated, ("local", 4), ("local", 3)]
    assert [row.register_version[-1] for row in rows] == ["0", "0", "1", "1"]


def test_a_unit_may_have_a_threshold_of_its_own() -> None:
    it = service()
    decided = [local("4", date(2021, 1, 9)), local("6", date(2021, 1, 9), TAX)]
    change(it, targets=[target(indicator=DAYS).decided(decided)])
    it.pass_to(it.today)
    rows = [it.row("T01", "2021Q1"), it.row("T01", "2021Q1", org=TAX)]
    held = [told(row, "threshold", "status") for row in rows]
    assert held == [(4, "missed"), (6, "met")]


def test_a_rise_is_compared_until_a_local_threshold_is_decided() -> None:
    rates = indicator("rate", statistic="share", unit="percent")
    asked = target("T01", rates, op="rise")
    it = Indicators(register(indicators=[rates], targets=[asked]), "2021-10-08")
    change(it, indicators=[rates], targets=[asked.decided([local("90", date(2021, 7, 1))])])
    for quarter, value in ((1, 80), (2, 85), (3, 85)):
        rate = (CITY, f"2021Q{quarter}", figure(value, 100))
        it.post(observations(f"s{quarter}", rate, indicator="rate"))
    it.post(observations("s4", (CITY, "2021Q1", figure(86, 100)), indicator="rate"))
    rows = [it.row("T01", f"2021Q{quarter}") for quarter in (2, 3)]
    assert [(row.op, row.status) for row in rows] == [("rise", "missed"), (">=", "missed")]


def test_the_next_submission_finds_the_new_register_too() -> None:
    it = service()
    change(it, targets=[target(indicator=DAYS, threshold=4)])
    it.post(observations("s3", (CITY, "2021Q2", figure(1, 1))))
    assert told(it.row("T01", "2021Q1"), "threshold", "status") == (4, "missed")


def test_another_threshold_judges_the_past_anew() -> None:
    it = service()
    assert it.row("T01", "2021Q1").status == "met"
    change(it, targets=[target(indicator=DAYS, threshold=4)])
    it.pass_to(it.today)
    assert it.row("T01", "2021Q1").status == "missed"


def test_counting_the_start_day_counts_every_case_anew() -> None:
    it = service()
    kind = indicator(statistic="each", count_start_day=True)
    change(it, indicators=[kind], targets=[target(indicator=kind)])
    it.pass_to(it.today)
    assert it.row("T01", "2021Q1").value == 6
    assert it.timeless() == rebuilt(it).timeless()


def test_another_period_type_replaces_the_rows() -> None:
    it = service()
    kind = indicator(statistic="each", period_type="half")
    change(it, indicators=[kind], targets=[target(indicator=kind)])
    changes = it.pass_to(it.today)
    assert {code for _, code in it.repository.verdict_table} == {"2021S1", "2021S2"}
    assert sum(change.removed for change in changes.verdicts) == 6
    assert it.timeless() == rebuilt(it).timeless()


def test_another_statistic_counts_otherwise() -> None:
    it = service()
    kind = indicator(statistic="share")
    change(it, indicators=[kind], targets=[target(indicator=kind, op=">=", threshold=50)])
    it.pass_to(it.today)
    assert told(it.row("T01", "2021Q1"), "value", "sample_size") == (0, 1)
    assert it.timeless() == rebuilt(it).timeless()


def test_a_target_that_went_takes_its_rows_along() -> None:
    it = service()
    change(it, targets=[target("T02", DAYS)])
    changes = it.pass_to(it.today)
    gone = [c for c in changes.verdicts if c.removed]
    assert {c.verdict.row.target for c in gone} == {"T01"}
    assert {c.verdict.row.status for c in gone} == {"unknown"}
    assert {series.target for series, _ in it.repository.verdict_table} == {"T02"}


def test_a_new_indicator_counts_what_was_posted_before() -> None:
    it = service()
    late = indicator("late", statistic="each")
    it.post(cases("s3", ("x", case("2021-03-01", "2021-03-02")), indicator="late"))
    change(it, indicators=[DAYS, late], targets=[target(indicator=DAYS), target("T02", late)])
    it.pass_to(it.today)
    assert it.row("T02", "2021Q1").value == 1


def test_another_calendar_counts_every_day_anew() -> None:
    it = service()
    it.workdays = Workdays(EveryDay())
    it.pass_to(it.today)
    assert told(it.row("T01", "2021Q1"), "value", "calendar_version") == (7, "every-day-1")
    (open_,) = [r for r in it.repository.rollup_table.values() if r.key.period == "2021Q2"]
    assert open_.open.counts == {Duration(29, 0): 1}


def test_a_register_and_a_day_may_change_at_once() -> None:
    it = service("2021-10-20")
    change(it, targets=[target(indicator=DAYS, threshold=4)])
    it.pass_to("2022-02-01")
    assert it.timeless() == rebuilt(it).timeless()


def test_duties_follow_the_register() -> None:
    it = Indicators(register(measures=[measure("1.1"), measure("1.2")]), "2021-03-01")
    it.post(reports("s1", "1.1"))
    moved = register(measures=[measure("1.1", leads=(TAX,))], version="test+222222222222")
    it.register = replace(
        moved, duties=tuple(replace(duty, effective_due=date(2021, 4, 2)) for duty in moved.duties)
    )
    changed = it.pass_to("2021-03-01").duties
    assert {key.org for key in it.repository.duty_table} == {TAX}
    assert len(it.repository.duty_table) == 4
    assert len(changed) == 4
    assert it.duty("1.1/2021Q1", TAX).status == "on_time"  # it came on 1 April


def rebuilt(it: Indicators) -> Indicators:
    """Return a service that was told everything at once, under the register as it is now."""
    fresh = Indicators(it.register, it.today, workdays=it.workdays)
    fresh.repository.case_table = dict(it.repository.case_table)
    fresh.repository.figure_table = dict(it.repository.figure_table)
    fresh.pass_to(it.today)
    return fresh
