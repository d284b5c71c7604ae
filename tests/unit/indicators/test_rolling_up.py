"""How single units' figures become the city's: every rule of domain.md section 3, means and shares.

Numbers are worked out by hand beside each case.
"""

from fractions import Fraction

import pytest

from duibiao.register import Statistic
from tests.support.indicators import Indicators, told
from tests.support.registers import CITY, CUSTOMS, FINANCE, TAX, indicator, register, target
from tests.support.statements import case, cases, figure, observations

YANTA, LANTIAN = "610113", "610122"


def service(statistic: Statistic = "mean", unit: str = "workday", **more: str) -> Indicators:
    kind = indicator(statistic=statistic, unit=unit)
    op = ">=" if statistic in ("share", "latest") else "<="
    threshold = more.get("threshold", "5.5")
    goal = target(indicator=kind, op=op, threshold=threshold)  # type: ignore[arg-type]
    return Indicators(register(indicators=[kind], targets=[goal]))


def test_orgs_are_weighted_by_their_samples() -> None:
    it = service()
    it.post(
        observations("s1", (CITY, "2021Q1", figure(4, 10))),
        observations("s2", (CITY, "2021Q1", figure(7, 20)), org=CUSTOMS),
    )
    row = it.row("T01", "2021Q1")  # (40 + 140) / 30
    assert told(row, "value", "sample_size", "mean") == (6, 30, 6)
    assert told(row, "reporters", "expected", "evidence") == (2, 2, "reported")


def test_an_orgs_regions_stand_together_where_it_reported_nothing_for_the_city() -> None:
    it = service()
    it.post(observations("s1", (YANTA, "2021Q1", figure(4, 10)), (LANTIAN, "2021Q1", figure(7, 5))))
    assert it.row("T01", "2021Q1").value == 5  # (40 + 35) / 15
    assert it.row("T01", "2021Q1", TAX).value == 5
    assert it.row("T01", "2021Q1", TAX, YANTA).value == 4


def test_a_figure_for_the_city_stands_over_its_regions() -> None:
    it = service()
    it.post(observations("s1", (YANTA, "2021Q1", figure(4, 10)), (CITY, "2021Q1", figure(9, 1))))
    assert it.row("T01", "2021Q1", TAX).value == 9
    assert it.row("T01", "2021Q1").value == 9


def test_all_cases_of_an_org_decide_over_everything_it_reported() -> None:
    it = service()
    it.post(
        observations("s1", (CITY, "2021Q1", figure(9, 100)), (LANTIAN, "2021Q1", figure(8, 50))),
        cases("s2", ("1", case("2021-03-01", "2021-03-03", region=YANTA))),
    )
    row = it.row("T01", "2021Q1")
    assert told(row, "value", "sample_size", "evidence") == (2, 1, "cases")
    notes = it.lines("T01", "2021Q1")
    assert "contradicts 2 from its cases" in notes
    assert "以办件为准" in notes
    assert notes.count("contradicts") == 2


def test_cases_and_a_reported_figure_that_agree_leave_no_note() -> None:
    it = service()
    it.post(
        observations("s1", (CITY, "2021Q1", figure(2, 1))),
        cases("s2", ("1", case("2021-03-01", "2021-03-03"))),
    )
    assert it.proof("T01", "2021Q1")["notes"] == []


def test_cases_of_one_org_and_an_average_of_another_are_weighted_together() -> None:
    it = service()
    it.post(
        cases("s1", *[(f"c{n}", case("2021-03-01", "2021-03-03")) for n in range(3)]),
        observations("s2", (CITY, "2021Q1", figure(10, 1)), org=CUSTOMS),
    )
    row = it.row("T01", "2021Q1")  # (3 x 2 + 10) / 4
    assert told(row, "value", "sample_size", "evidence") == (4, 4, "mixed")
    assert told(row, "p90", "max") == (None, None)


def test_an_average_without_a_sample_stands_alone() -> None:
    it = service()
    it.post(observations("s1", (CITY, "2021Q1", figure(5))))
    row = it.row("T01", "2021Q1")
    assert told(row, "value", "sample_size", "reporters", "expected") == (5, None, 1, 2)
    assert not row.insufficient_sample


def test_an_average_without_a_sample_is_left_out_beside_others_and_not_counted() -> None:
    it = service()
    it.post(
        observations("s1", (CITY, "2021Q1", figure(5))),
        observations("s2", (CITY, "2021Q1", figure(3, 10)), org=CUSTOMS),
    )
    row = it.row("T01", "2021Q1")
    assert told(row, "value", "sample_size", "reporters", "expected") == (3, 10, 1, 2)
    assert "无样本量，不能合并" in it.lines("T01", "2021Q1")


def test_two_averages_without_samples_make_no_figure() -> None:
    it = service()
    it.post(
        observations("s1", (CITY, "2021Q1", figure(5))),
        observations("s2", (CITY, "2021Q1", figure(3)), org=CUSTOMS),
    )
    row = it.row("T01", "2021Q1")
    assert told(row, "value", "status", "reason", "reporters") == (None, "unknown", "no_figure", 0)
    assert it.row("T01", "2021Q1", TAX).value == 5


def test_a_region_over_two_orgs_gets_a_row_without_an_org() -> None:
    it = service()
    it.post(observations("s1", (YANTA, "2021Q1", figure(4, 10))))
    assert not it.has("T01", "2021Q1", None, YANTA)
    it.post(observations("s2", (YANTA, "2021Q1", figure(7, 20)), org=CUSTOMS))
    row = it.row("T01", "2021Q1", None, YANTA)
    assert told(row, "value", "reporters", "expected") == (6, 2, 2)


def test_the_rows_of_one_org_expect_one_unit() -> None:
    it = service()
    it.post(observations("s1", (YANTA, "2021Q1", figure(4, 10))))
    for region in (YANTA, CITY):
        row = it.row("T01", "2021Q1", TAX, region)
        assert told(row, "reporters", "expected") == (1, 1)


def test_shares_add_numerators_and_denominators() -> None:
    it = service("share", "percent", threshold="50")
    it.post(
        observations("s1", (CITY, "2021Q1", figure(of=(1, 2)))),
        observations("s2", (CITY, "2021Q1", figure(of=(3, 8))), org=CUSTOMS),
    )
    row = it.row("T01", "2021Q1")  # 4 of 10, not the average of 50 and 37.5
    assert told(row, "value", "sample_size", "status") == (40, 10, "missed")
    assert told(row, "mean", "p90", "max", "within_limit", "overdue_open") == (None,) * 5
    assert "(1 + 3) / (2 + 8) × 100 = 40" in it.lines("T01", "2021Q1")


def test_a_percentage_is_weighted_by_its_sample() -> None:
    it = service("share", "percent", threshold="50")
    it.post(
        observations("s1", (CITY, "2021Q1", figure("62.5", 8))),
        observations("s2", (CITY, "2021Q1", figure(of=(0, 2))), org=CUSTOMS),
    )
    assert it.row("T01", "2021Q1").value == 50  # (5 + 0) of 10


def test_a_percentage_without_a_sample_cannot_be_added() -> None:
    it = service("share", "percent", threshold="50")
    it.post(
        observations("s1", (CITY, "2021Q1", figure("62.5"))),
        observations("s2", (CITY, "2021Q1", figure(of=(1, 2))), org=CUSTOMS),
    )
    assert told(it.row("T01", "2021Q1"), "value", "reporters") == (50, 1)


def test_shares_of_cases_and_reported_ones_add_up() -> None:
    it = service("share", "percent", threshold="50")
    it.post(
        cases("s1", ("1", case("2021-02-01", resolved=True)), ("2", case("2021-02-01"))),
        observations("s2", (CITY, "2021Q1", figure(of=(5, 6))), org=CUSTOMS),
    )
    row = it.row("T01", "2021Q1")  # (1 + 5) / (2 + 6)
    assert told(row, "value", "evidence", "sample_size") == (75, "mixed", 8)


def test_a_third_is_a_third() -> None:
    it = service("share", "percent", threshold="50")
    it.post(observations("s1", (CITY, "2021Q1", figure(of=(1, 3)))))
    assert it.row("T01", "2021Q1").value == Fraction(100, 3)


@pytest.mark.parametrize("statistic", ["mean", "each"])
def test_not_applicable_takes_the_org_out_of_the_count(statistic: Statistic) -> None:
    it = service(statistic)
    it.post(
        observations("s1", (CITY, "2021Q1", figure(4, 10))),
        observations("s2", (CITY, "2021Q1", figure(not_applicable=True)), org=CUSTOMS),
    )
    assert told(it.row("T01", "2021Q1"), "value", "reporters", "expected") == (4, 1, 1)
    own = it.row("T01", "2021Q1", CUSTOMS)
    assert told(own, "status", "reason", "reporters", "expected") == ("unknown", "no_figure", 0, 0)
    assert "不适用（无此项业务）" in it.lines("T01", "2021Q1")


def test_a_reported_zero_is_a_figure() -> None:
    it = service()
    it.post(observations("s1", (CITY, "2021Q1", figure(0, 3))))
    row = it.row("T01", "2021Q1")
    assert told(row, "value", "status", "attainment_ratio") == (0, "met", 10)


def test_an_org_the_register_does_not_name_is_counted_among_those_expected() -> None:
    it = service()
    it.post(observations("s1", (CITY, "2021Q1", figure(4, 10)), org=FINANCE))
    assert told(it.row("T01", "2021Q1"), "reporters", "expected") == (1, 3)


def test_not_applicable_beside_cases_is_a_contradiction_and_the_cases_decide() -> None:
    it = service()
    it.post(
        observations("s1", (CITY, "2021Q1", figure(not_applicable=True))),
        cases("s2", ("1", case("2021-03-01", "2021-03-03"))),
    )
    assert told(it.row("T01", "2021Q1"), "value", "expected") == (2, 2)
    assert "yet there are cases" in it.lines("T01", "2021Q1")
