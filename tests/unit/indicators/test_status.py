"""Every status of domain.md section 6, its phase and its boundary."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from duibiao.register import Baseline, Op, Statistic
from services.indicators.domain.submission import FigureContent
from tests.support.indicators import Indicators, told
from tests.support.registers import CITY, TAX, Number, indicator, register, target
from tests.support.statements import figure, observations

YEAR_END = date(2021, 12, 31)
END_OF_MARCH = date(2021, 3, 31)


def service(
    op: Op = "<=",
    threshold: Number | None = 10,
    *,
    statistic: Statistic = "mean",
    due: date | None = None,
    today: str = "2022-06-30",
    baseline: Baseline | None = None,
) -> Indicators:
    unit: Any = {"latest": "item", "share": "percent"}.get(statistic, "workday")
    kind = indicator(statistic=statistic, unit=unit, reported_by=(TAX,))
    goal = target(indicator=kind, op=op, threshold=threshold, due=due, baseline=baseline)
    return Indicators(register(indicators=[kind], targets=[goal]), today)


def post(it: Indicators, **figures: Number | FigureContent) -> None:
    """Post figures by their quarter, q1=… being that of 2021Q1, q5 of 2022Q1."""
    rows = []
    for name, value in figures.items():
        number = int(name[1:]) - 1
        period = f"{2021 + number // 4}Q{number % 4 + 1}"
        content = value if isinstance(value, FigureContent) else figure(value, 10)
        rows.append((CITY, period, content))
    it.post(observations(f"s{len(it.repository.submissions)}", *rows))


def statuses(it: Indicators) -> dict[str, str]:
    return {
        period: kept.row.status
        for (series, period), kept in sorted(it.repository.verdict_table.items(), key=str)
        if series.org is None
    }


def test_a_standing_target_is_judged_when_its_period_has_ended() -> None:
    it = service(today="2021-06-30")
    post(it, q1=10, q2="10.01")
    assert statuses(it) == {"2021Q1": "met", "2021Q2": "at_risk"}
    it.pass_to("2021-07-01")
    assert statuses(it) == {"2021Q1": "met", "2021Q2": "missed", "2021Q3": "unknown"}


def test_a_standing_target_is_never_sustained_or_regressed() -> None:
    it = service()
    post(it, q1=9, q2=9, q3=11, q4=9)
    assert list(statuses(it).values()) == ["met", "met", "missed", "met"]


def test_before_its_day_a_target_met_already_is_on_track() -> None:
    it = service(due=YEAR_END)
    post(it, q1=10)
    assert it.row("T01", "2021Q1").status == "on_track"


@pytest.mark.parametrize(
    ("value", "status"),
    # 1 - 9/value: short by 10 % at a threshold of 9 is a value of 10.
    [("9", "on_track"), ("9.01", "at_risk"), ("10", "at_risk"), ("10.01", "behind")],
)
def test_short_by_up_to_a_tenth_is_at_risk_and_by_more_behind(value: str, status: str) -> None:
    it = service(threshold=9, due=YEAR_END)
    post(it, q1=value)
    assert it.row("T01", "2021Q1").status == status


@pytest.mark.parametrize(
    ("value", "status"), [(100, "on_track"), (90, "at_risk"), ("89.99", "behind")]
)
def test_a_share_falls_short_by_its_ratio(value: Number, status: str) -> None:
    it = service(">=", 100, statistic="share", due=YEAR_END)
    post(it, q1=value)
    assert it.row("T01", "2021Q1").status == status


def test_at_its_day_a_target_is_met_or_missed() -> None:
    it = service(due=YEAR_END)
    post(it, q3=11, q4=10)
    assert told(it.row("T01", "2021Q4"), "status") == ("met",)
    post(it, q4=11)
    assert it.row("T01", "2021Q4").status == "missed"


def test_the_day_itself_is_reached_on_the_last_day_of_the_period() -> None:
    it = service(due=END_OF_MARCH, today="2021-03-30")
    post(it, q1=11)
    assert it.row("T01", "2021Q1").status == "at_risk"
    it.pass_to("2021-03-31")
    assert it.row("T01", "2021Q1").status == "missed"


def test_a_day_in_the_middle_of_a_period_is_reached_while_it_runs() -> None:
    it = service(due=date(2021, 2, 15), today="2021-02-14")
    post(it, q1=11)
    assert it.row("T01", "2021Q1").status == "at_risk"
    it.pass_to("2021-02-15")
    assert it.row("T01", "2021Q1").status == "missed"


def test_afterwards_a_kept_target_is_sustained_and_a_broken_one_regressed() -> None:
    it = service(due=END_OF_MARCH)
    post(it, q1=10, q2=9, q3=11, q4=10)
    assert list(statuses(it).values()) == ["met", "sustained", "regressed", "sustained"]


def test_afterwards_a_target_never_met_is_missed_until_it_is_met() -> None:
    it = service(due=END_OF_MARCH)
    post(it, q1=11, q2=12, q3=10, q4=10)
    assert list(statuses(it).values()) == ["missed", "missed", "met", "sustained"]


def test_a_period_before_that_of_the_day_does_not_make_it_kept() -> None:
    it = service(due=date(2021, 6, 30))
    post(it, q1=9, q2=11, q3=11)
    assert list(statuses(it).values())[:3] == ["on_track", "missed", "missed"]


def test_an_old_figure_that_comes_late_mends_the_later_verdicts() -> None:
    it = service(due=END_OF_MARCH)
    post(it, q3=11)
    assert it.row("T01", "2021Q3").status == "missed"
    post(it, q1=10)
    assert it.row("T01", "2021Q3").status == "regressed"
    assert "此前达标期间：2021Q1" in it.lines("T01", "2021Q3")
    post(it, q1=11)
    assert it.row("T01", "2021Q3").status == "missed"


def test_without_a_threshold_a_figure_is_unknown_and_stands() -> None:
    it = service(threshold=None)
    post(it, q1=7)
    row = it.row("T01", "2021Q1")
    assert told(row, "status", "reason", "value", "sample_size") == (
        "unknown",
        "no_threshold",
        7,
        10,
    )


def test_a_direction_without_an_earlier_period_is_unknown() -> None:
    it = service("rise", None, statistic="share")
    post(it, q2=80)
    assert told(it.row("T01", "2021Q2"), "status", "reason", "value") == (
        "unknown",
        "no_comparison",
        80,
    )


@pytest.mark.parametrize(
    ("op", "before", "now", "status"),
    [
        ("rise", 80, "80.01", "met"),
        ("rise", 80, 80, "missed"),
        ("rise", 80, 79, "missed"),
        ("fall", 80, "79.99", "met"),
        ("fall", 80, 80, "missed"),
    ],
)
def test_only_a_strict_change_in_the_right_direction_is_met(
    op: Op, before: Number, now: Number, status: str
) -> None:
    it = service(op, None, statistic="share")
    post(it, q1=before, q2=now)
    row = it.row("T01", "2021Q2")
    assert told(row, "status", "threshold", "attainment_ratio", "gap") == (status, None, None, None)


def test_a_direction_compares_with_the_year_before_if_it_has_a_figure() -> None:
    it = service("rise", None, statistic="share")
    post(it, q1=70, q4=90, q5=80)
    assert it.row("T01", "2022Q1").status == "met"
    assert "80 > 70 (2021Q1)" in it.lines("T01", "2022Q1")


def test_a_late_figure_of_the_year_before_takes_over_the_comparison() -> None:
    it = service("rise", None, statistic="share")
    post(it, q4=90, q5=80)
    assert it.row("T01", "2022Q1").status == "missed"
    post(it, q1=70)
    assert it.row("T01", "2022Q1").status == "met"


def test_a_running_direction_is_on_track_if_met_so_far() -> None:
    it = service("fall", None, today="2021-06-01")
    post(it, q1=8, q2="7.9")
    assert it.row("T01", "2021Q2").status == "on_track"
    post(it, q2=8)
    assert it.row("T01", "2021Q2").status == "behind"


def test_a_direction_with_a_day_is_kept_and_regresses() -> None:
    it = service("fall", None, due=date(2021, 6, 30))
    post(it, q1=8, q2=7, q3=6, q4=6)
    assert list(statuses(it).values()) == ["unknown", "met", "sustained", "regressed"]


@pytest.mark.parametrize(
    ("op", "threshold", "value", "ratio", "gap"),
    [
        ("<=", 10, 8, Fraction(10, 8), -2),
        ("<=", 10, 0, 10, -10),
        ("<=", 10, "0.5", 10, Fraction(-19, 2)),
        ("<=", 0, 0, 1, 0),
        ("<=", 0, 1, 0, 1),
        (">=", 10, 8, Fraction(8, 10), 2),
        (">=", 10, 200, 10, -190),
        (">=", 0, 0, 1, 0),
        (">=", 10, 0, 0, 10),
    ],
)
def test_attainment_and_gap(
    op: Op, threshold: int, value: Number, ratio: Fraction, gap: Fraction
) -> None:
    it = service(op, threshold)
    post(it, q1=value)
    assert told(it.row("T01", "2021Q1"), "attainment_ratio", "gap") == (ratio, gap)


@pytest.mark.parametrize(
    ("op", "value", "near"),
    [
        ("<=", "9.01", True),
        ("<=", 10, True),
        ("<=", 9, False),
        ("<=", "10.01", False),
        (">=", 10, False),
    ],
)
def test_a_limit_met_by_less_than_a_tenth_is_near(op: Op, value: Number, near: bool) -> None:  # noqa: FBT001
    it = service(op, 10)
    post(it, q1=value)
    assert it.row("T01", "2021Q1").near_threshold is near


def test_thresholds_compare_exactly_where_floats_would_not() -> None:
    it = service(threshold="0.3")
    post(it, q1=Decimal("0.1") + Decimal("0.2"), q2="0.3000000001")
    assert [it.row("T01", code).status for code in ("2021Q1", "2021Q2")] == ["met", "missed"]
