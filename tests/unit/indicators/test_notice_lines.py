"""The lines of the notice the product must be able to show, judged by the register itself."""

from fractions import Fraction

from tests.support.indicators import Indicators, told
from tests.support.registers import CITY, the_register
from tests.support.statements import case, cases, figure, observations

HOUSING = "housing-construction-bureau"
LAND = "resources-planning-bureau"
APPROVAL = "administrative-approval-bureau"
TAX_BUREAU = "tax-bureau"


def service(today: str = "2022-01-10") -> Indicators:
    return Indicators(the_register(), today)


def test_an_export_rebate_of_exactly_the_limit_is_met() -> None:
    it = service()
    it.post(
        observations(
            "s1",
            (CITY, "2021Q1", figure("5.5", 40)),
            org=TAX_BUREAU,
            indicator="export-rebate-days",
        )
    )
    row = it.row("T16", "2021Q1")
    assert told(row, "status", "value", "attainment_ratio") == ("met", Fraction(11, 2), 1)
    assert row.gap == 0
    assert row.near_threshold


def test_a_hundredth_of_a_day_more_is_missed() -> None:
    it = service()
    it.post(
        observations(
            "s1",
            (CITY, "2021Q1", figure("5.51", 40)),
            org=TAX_BUREAU,
            indicator="export-rebate-days",
        )
    )
    row = it.row("T16", "2021Q1")
    assert told(row, "status", "attainment_ratio") == ("missed", Fraction(550, 551))
    assert row.gap == Fraction(1, 100)
    assert not row.near_threshold


def test_seventy_four_items_at_the_years_end_are_met() -> None:
    it = service()
    it.post(
        observations(
            "s1", (CITY, "2021Q4", figure(74)), org=APPROVAL, indicator="cross-province-items"
        )
    )
    assert it.row("T10", "2021Q4").status == "met"


def test_thirty_items_by_the_third_quarter_are_behind_at_a_pace_of_39_9() -> None:
    it = service("2021-10-15")
    it.post(
        observations(
            "s1", (CITY, "2021Q3", figure(30)), org=APPROVAL, indicator="cross-province-items"
        )
    )
    row = it.row("T10", "2021Q3")
    assert told(row, "status", "value", "gap") == ("behind", 30, 44)
    # 30 items in 188 working days; 250 in the year: 30 x 250 / 188 = 39.893...
    assert "0 + (30 - 0) × 250 / 188 ≈ 39.8936" in it.lines("T10", "2021Q3")


def test_a_mortgage_over_a_make_up_sunday_is_one_working_day() -> None:
    it = service("2021-04-10")
    it.post(
        cases(
            "s1",
            ("1", case("2021-02-05", "2021-02-07")),
            org=LAND,
            indicator="mortgage-registration-days",
        )
    )
    row = it.row("T13", "2021Q1")
    assert told(row, "status", "value", "sample_size", "within_limit") == ("met", 1, 1, 1)
    assert row.insufficient_sample  # one case, five asked for


def test_the_same_mortgage_to_monday_is_two_and_missed() -> None:
    it = service("2021-04-10")
    it.post(
        cases(
            "s1",
            ("1", case("2021-02-05", "2021-02-08")),
            org=LAND,
            indicator="mortgage-registration-days",
        )
    )
    row = it.row("T13", "2021Q1")
    assert told(row, "status", "value", "attainment_ratio", "gap") == ("missed", 2, 0, 1)


def test_an_investment_case_of_exactly_35_days_is_within_its_limit() -> None:
    it = service("2021-04-10")
    it.post(
        cases(
            "s1",
            ("1", case("2021-01-20", "2021-03-15")),
            org=HOUSING,
            indicator="social-investment-approval-days",
        )
    )
    row = it.row("T02", "2021Q1")
    assert told(row, "status", "value", "within_limit") == ("on_track", 35, 1)
    assert row.attainment_ratio == 1


def test_no_data_is_unknown_for_every_target_and_never_green() -> None:
    it = service("2022-01-10")
    it.pass_to("2022-01-11")
    rows = [verdict.row for verdict in it.repository.verdict_table.values()]
    assert len(rows) == 18 * 4
    assert {(row.status, row.reason, row.value) for row in rows} == {("unknown", "no_figure", None)}


def test_two_averages_of_equal_weight_meet_5_5_exactly() -> None:
    it = service()
    it.post(
        observations(
            "s1",
            ("610102", "2021Q1", figure("2.6", 23)),
            ("610103", "2021Q1", figure("8.4", 23)),
            org=TAX_BUREAU,
            indicator="export-rebate-days",
        )
    )
    row = it.row("T16", "2021Q1")
    assert told(row, "value", "status", "sample_size") == (Fraction(11, 2), "met", 46)
    assert "(2.6 × 23 + 8.4 × 23) / 46 = 5.5" in it.lines("T16", "2021Q1")


def test_months_make_their_quarter() -> None:
    it = service()
    it.post(
        observations(
            "s1",
            (CITY, "202101", figure("2.6", 23)),
            (CITY, "202102", figure("8.4", 23)),
            org=TAX_BUREAU,
            indicator="export-rebate-days",
        )
    )
    assert it.row("T16", "2021Q1").value == Fraction(11, 2)


def test_thirty_percent_of_the_catalogue_is_enough() -> None:
    it = service()
    it.post(
        observations(
            "s1",
            (CITY, "2021Q4", figure(of=(3, 10))),
            org="market-regulation-bureau",
            indicator="ccc-self-declaration-share",
        )
    )
    row = it.row("T03", "2021Q4")
    assert told(row, "value", "status", "sample_size") == (30, "met", 10)


def test_a_share_without_a_figure_of_the_notice_is_shown_but_not_judged() -> None:
    it = service()
    it.post(
        observations(
            "s1",
            (CITY, "2021Q4", figure(of=(97, 100))),
            org=TAX_BUREAU,
            indicator="tax-enterprise-online-share",
        )
    )
    row = it.row("T08", "2021Q4")
    assert told(row, "status", "reason", "value", "basis") == (
        "unknown",
        "no_threshold",
        97,
        "none",
    )
    assert told(row, "threshold", "attainment_ratio", "gap") == (None, None, None)


def test_hotline_cases_count_where_accepted_and_rise_over_the_quarter_before() -> None:
    it = service()
    first = [(f"a{n}", case("2021-02-01", resolved=n < 3)) for n in range(5)]
    second = [(f"b{n}", case("2021-05-06", "2021-07-20", resolved=n < 4)) for n in range(5)]
    it.post(
        cases("s1", *first, *second, org="big-data-bureau", indicator="hotline-resolution-rate")
    )
    before, after = it.row("T12", "2021Q1"), it.row("T12", "2021Q2")
    assert told(before, "value", "status", "reason") == (60, "unknown", "no_comparison")
    assert told(after, "value", "status", "sample_size") == (80, "met", 5)
    assert told(after, "threshold", "attainment_ratio", "gap") == (None, None, None)
    assert it.row("T12", "2021Q3").reason == "no_figure"
