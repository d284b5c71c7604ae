"""The straight line of a running total, in working days.

Of the 250 working days of 2021, 60 end by 31 March, 122 by 30 June, 133 by 15 July and 188 by
30 September (counted day by day over a published calendar file, not by the code under test).
"""

from datetime import date
from decimal import Decimal

import pytest

from duibiao.register import Baseline, Op
from tests.support.indicators import Indicators, told
from tests.support.registers import CITY, TAX, Number, indicator, register, target
from tests.support.statements import figure, observations


def service(
    today: str = "2022-01-10",
    *,
    baseline: Baseline | None = None,
    due: date | None = date(2021, 12, 31),
    threshold: Number = 74,
    op: Op = ">=",
    plan: tuple[Baseline, ...] = (),
) -> Indicators:
    kind = indicator(
        statistic="latest",
        unit="item",
        direction="up" if op == ">=" else "down",
        reported_by=(TAX,),
    )
    goal = target(indicator=kind, op=op, threshold=threshold, due=due, baseline=baseline, plan=plan)
    return Indicators(register(indicators=[kind], targets=[goal]), today)


def status(it: Indicators, period: str, value: Number) -> str:
    it.post(observations(f"s{len(it.repository.submissions)}", (CITY, period, figure(value))))
    return it.row("T01", period).status


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (74, "on_track"),  # met already
        (56, "on_track"),  # 56 x 250 / 188 = 74.47
        (55, "at_risk"),  # 73.14: short by 1.2 %
        (51, "at_risk"),  # 67.82: short by 8.4 %
        (50, "behind"),  # 66.49: short by 10.2 %
        (30, "behind"),
    ],
)
def test_by_the_third_quarter(value: int, expected: str) -> None:
    assert status(service(), "2021Q3", value) == expected


def test_a_shortfall_of_exactly_a_tenth_is_at_risk() -> None:
    it = service(threshold="62.5")
    assert status(it, "2021Q3", "42.3") == "at_risk"  # 42.3 x 250 / 188 = 56.25 = 62.5 x 0.9
    assert status(it, "2021Q3", "42.29") == "behind"


def test_the_figure_is_dated_on_the_judged_day_while_the_period_runs() -> None:
    it = service("2021-07-15")
    assert status(it, "2021Q3", 10) == "behind"
    assert "(10 - 0) × 250 / 133 ≈ 18.797" in it.lines("T01", "2021Q3")


def test_the_line_is_carried_on_anew_every_day() -> None:
    it = service("2021-07-15")
    assert status(it, "2021Q3", "39.5") == "on_track"  # 39.5 x 250 / 133 = 74.2
    it.pass_to("2021-07-16")
    assert it.row("T01", "2021Q3").status == "at_risk"  # 39.5 x 250 / 134 = 73.7


def test_a_baseline_moves_the_start_of_the_line() -> None:
    # From 20 on 31 March: 188 - 60 = 128 of 250 - 60 = 190 working days; 20 + 30 x 190/128 = 64.5.
    it = service(baseline=Baseline(Decimal(20), date(2021, 3, 31)))
    assert status(it, "2021Q3", 50) == "behind"
    assert "20 + (50 - 20) × 190 / 128 ≈ 64.5313" in it.lines("T01", "2021Q3")


def test_a_judged_day_not_after_the_baselines_has_no_pace() -> None:
    it = service(baseline=Baseline(Decimal(20), date(2021, 3, 31)))
    assert status(it, "2021Q1", 67) == "at_risk"  # 1 - 67/74 = 9.5 %
    assert status(it, "2021Q1", 66) == "behind"  # 1 - 66/74 = 10.8 %
    assert "推算" not in it.lines("T01", "2021Q1")


def test_no_working_day_since_the_baseline_means_no_pace() -> None:
    # Friday 2021-01-01 to Sunday 01-03 were New Year's days off.
    it = service("2021-01-03")
    assert status(it, "2021Q1", 70) == "at_risk"  # 1 - 70/74 = 5.4 %


def test_a_standing_running_total_has_no_pace() -> None:
    it = service("2021-09-01", due=None)
    assert status(it, "2021Q3", 70) == "at_risk"
    assert "推算" not in it.lines("T01", "2021Q3")


def test_what_is_needed_a_week_and_when_the_pace_gets_there() -> None:
    """30 of 74 on 30 September: 62 working days left, 44 to go.

    At 30 in 188 days they take 44 x 188 / 30 = 275.7: the 276th working day. 62 are left of 2021;
    of 2022 (21 16 23 21 20 21 21 23 21 18 by month, counted on the State Council's notice), 205 end
    by 31 October, and the 214th is Friday 11 November.
    """
    it = service()
    status(it, "2021Q3", 30)
    pace = it.proof("T01", "2021Q3")["pace"]
    assert pace["days_left"] == 62
    assert pace["needed_per_week"] == "110/31"  # 44 / 62 x 5 = 3.548
    assert pace["actual_per_week"] == "75/94"  # 30 / 188 x 5 = 0.798
    assert (pace["reached_on"], pace["reached_on_provisional"]) == ("2022-11-11", False)
    said = it.lines("T01", "2021Q3")
    assert "余 62 个工作日，每周（5 个工作日）需 (74 - 30) / 62 × 5 ≈ 3.5484" in said
    assert "至今每周 (30 - 0) / 188 × 5 ≈ 0.7979；按此进度于 2022-11-11 达到目标值" in said


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (10, None),  # as on 31 March: no pace
        (8, None),  # it falls
        ("73.5", "2021-10-09"),  # 0.5 x 128 / 63.5 = 1.01: 8 October, and the Saturday worked after
        ("13.2", "2031"),  # 60.8 x 128 / 3.2 = 2,432 days
        (13, None),  # 61 x 128 / 3 = 2,603 days: more than ten years
    ],
)
def test_only_a_pace_that_gets_there_names_the_day(value: Number, day: str | None) -> None:
    it = service(baseline=Baseline(Decimal(10), date(2021, 3, 31)))  # 128 working days before
    status(it, "2021Q3", value)
    pace = it.proof("T01", "2021Q3")["pace"]
    assert (pace["reached_on"] or "").startswith(day or "no day") == (day is not None)
    assert pace["reached_on_provisional"] == (day == "2031")  # beyond the announced calendar
    assert ("达不到目标值" in it.lines("T01", "2021Q3")) == (day is None)


def test_a_total_that_has_to_fall_is_paced_downwards() -> None:
    # From 100 to 60 in 188 days; 50 more take 235 days, the 173rd of 2022: Friday 9 September.
    start = Baseline(Decimal(100), date(2020, 12, 31))
    it = service(op="<=", threshold=10, baseline=start)
    status(it, "2021Q3", 60)
    pace = it.proof("T01", "2021Q3")["pace"]
    assert pace["needed_per_week"] == "-125/31"  # -50 / 62 x 5
    assert pace["actual_per_week"] == "-50/47"  # -40 / 188 x 5
    assert pace["reached_on"] == "2022-09-09"


def test_where_no_working_day_is_left_nothing_is_said_to_be_needed() -> None:
    it = service(due=date(2021, 10, 5))  # in the holidays that follow 30 September
    status(it, "2021Q3", 73)
    pace = it.proof("T01", "2021Q3")["pace"]
    assert (pace["days_left"], pace["needed_per_week"]) == (0, None)
    assert pace["reached_on"] == "2021-10-11"  # 1 x 188 / 73 = 2.6: 8, 9 and 11 October
    assert "余 0" not in it.lines("T01", "2021Q3")


@pytest.mark.parametrize(
    ("period", "planned"),
    [
        ("2021Q1", "600/61"),  # 20 x 60 / 122 = 9.84
        ("2021Q2", "20"),
        ("2021Q3", "47.84375"),  # 20 + (74 - 20) x (188 - 122) / (250 - 122)
    ],
)
def test_a_plan_tells_what_it_asks_for_and_decides_nothing(period: str, planned: str) -> None:
    it, plain = service(plan=(Baseline(Decimal(20), date(2021, 6, 30)),)), service()
    assert status(it, period, 9) == status(plain, period, 9)
    assert it.proof("T01", period)["pace"]["planned"] == planned
    assert plain.proof("T01", period)["pace"]["planned"] is None
    assert "计划至" in it.lines("T01", period)


def test_later_figures_never_change_an_earlier_period() -> None:
    it = service()
    status(it, "2021Q3", 30)
    before = it.verdict("T01", "2021Q3")
    status(it, "2021Q4", 74)
    after = it.verdict("T01", "2021Q3")
    assert after.row == before.row


def test_at_its_day_the_pace_counts_no_longer() -> None:
    it = service()
    assert status(it, "2021Q4", 73) == "missed"
    assert told(it.row("T01", "2021Q4"), "gap") == (1,)


def test_beyond_the_announced_calendar_the_pace_is_provisional() -> None:
    start = Baseline(Decimal(0), date(2020, 12, 31))
    it = service("2021-10-15", due=date(2030, 12, 31), baseline=start)
    status(it, "2021Q3", 1)
    assert it.row("T01", "2021Q3").provisional
