"""Indicators of other period types, the edges of the calendar, and two who pass a day at once."""

from datetime import date
from fractions import Fraction

from duibiao.register import Indicator, Op, PeriodType, Statistic, parse
from services.indicators.domain.verdict import compared_with
from tests.support.indicators import Indicators, told
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import case, cases, figure, observations

YANTA, LANTIAN = "610113", "610122"


def service(kind: Indicator, op: Op = "<=", threshold: int | None = 5) -> Indicators:
    goal = target(indicator=kind, op=op, threshold=threshold)
    return Indicators(register(indicators=[kind], targets=[goal]), "2021-03-10")


def of(period_type: PeriodType, statistic: Statistic = "mean", unit: str = "workday") -> Indicator:
    return indicator(statistic=statistic, period_type=period_type, unit=unit)


def test_months_are_judged_as_months() -> None:
    it = service(of("month"))
    it.post(observations("s1", (CITY, "202102", figure(6, 3)), (CITY, "20210302", figure(4, 3))))
    statuses = {code: kept.row.status for (s, code), kept in it.repository.verdict_table.items()}
    assert statuses == {"202101": "unknown", "202102": "missed", "202103": "on_track"}


def test_days_are_judged_as_days_and_an_open_case_ages_in_each() -> None:
    it = service(of("day", "each"), threshold=1)
    it.post(cases("s1", ("1", case("2021-03-05"))))
    # Friday 5 March: 1 working day by Monday 8, 2 by Tuesday 9, 3 by Wednesday 10.
    values = [it.row("T01", code).value for code in ("20210308", "20210309", "20210310")]
    assert values == [None, 2, 3]
    assert len({code for _, code in it.repository.verdict_table}) == 31 + 28 + 10


def test_a_year_is_judged_when_it_ends() -> None:
    it = service(of("year"))
    it.post(observations("s1", (CITY, "2021Q1", figure(6, 3))))
    assert it.row("T01", "2021").status == "behind"
    it.pass_to("2022-01-01")
    assert it.row("T01", "2021").status == "missed"


def test_a_direction_over_months_looks_back_a_year_then_a_month() -> None:
    assert compared_with(parse("202103")) == ("202003", "202102")
    assert compared_with(parse("2021S1")) == ("2020S1", "2020S2")


def test_the_first_period_of_the_calendar_has_nothing_before_it() -> None:
    assert compared_with(parse("0001Q1")) == ()
    assert compared_with(parse("0001Q2")) == ("0001Q1",)
    it = service(of("quarter"), "fall", None)
    it.post(observations("s1", (CITY, "0001Q1", figure(6, 3))))
    assert it.row("T01", "0001Q1").reason == "no_comparison"


def test_cases_of_several_orgs_make_one_average_with_its_p90() -> None:
    it = service(of("quarter"))
    it.post(
        cases("s1", ("1", case("2021-03-01", "2021-03-03"))),
        cases("s2", ("1", case("2021-03-01", "2021-03-09")), org=CUSTOMS),
    )
    row = it.row("T01", "2021Q1")  # 2 and 6 working days
    assert told(row, "value", "mean", "p90", "max", "evidence") == (4, 4, 6, 6, "cases")
    assert told(row, "within_limit", "overdue_open") == (None, 0)


def test_one_regions_running_total_is_the_citys_and_percentages_are_not_added() -> None:
    items = service(of("quarter", "latest", "item"), ">=", 5)
    items.post(observations("s1", (YANTA, "2021Q1", figure(3))))
    assert items.row("T01", "2021Q1").value == 3
    rates = service(of("quarter", "latest", "percent"), ">=", 5)
    rates.post(observations("s1", (YANTA, "2021Q1", figure(3)), (LANTIAN, "2021Q1", figure(4))))
    assert told(rates.row("T01", "2021Q1"), "value", "reporters") == (None, 0)
    assert "不能合并" in rates.lines("T01", "2021Q1")


def test_a_share_without_its_parts_is_shown_as_reported() -> None:
    it = service(of("quarter", "share", "percent"), ">=", 50)
    it.post(observations("s1", (CITY, "2021Q1", figure(60))))
    assert "报送比例 60%，无分子分母" in it.lines("T01", "2021Q1")


def test_a_running_total_falls_behind_a_ceiling() -> None:
    kind = of("quarter", "latest", "item")
    goal = target(indicator=kind, op="<=", threshold=100, due=date(2021, 12, 31))
    it = Indicators(register(indicators=[kind], targets=[goal]), "2021-10-15")
    it.post(observations("s1", (CITY, "2021Q3", figure(101)), (CITY, "2021Q2", figure(99))))
    assert it.row("T01", "2021Q2").status == "on_track"  # at most a hundred so far
    assert it.row("T01", "2021Q3").status == "behind"  # 101 x 250 / 188 = 134.3


def test_each_with_a_floor_compares_its_longest() -> None:
    it = service(of("quarter", "each"), ">=", 5)
    it.post(cases("s1", ("1", case("2021-03-01", "2021-03-09")), ("2", case("2021-03-01"))))
    row = it.row("T01", "2021Q1")
    assert told(row, "value", "sample_size", "within_limit", "overdue_open") == (6, 1, None, None)
    assert row.attainment_ratio == Fraction(6, 5)


def test_a_leaf_of_open_cases_alone_makes_no_region_row() -> None:
    it = service(of("quarter", "each"))
    it.post(
        cases("s1", ("1", case("2021-01-05", region=YANTA)), org=TAX),
        observations("s2", (YANTA, "2021Q1", figure(3, 3)), org=CUSTOMS),
    )
    assert not it.has("T01", "2021Q1", None, YANTA)
    assert not it.has("T01", "2021Q1", TAX, YANTA)
    row = it.row("T01", "2021Q1")
    assert told(row, "evidence", "overdue_open", "reporters") == ("cases", 1, 1)
