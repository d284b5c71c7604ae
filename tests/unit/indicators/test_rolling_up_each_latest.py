"""Rolling up `each` and `latest`, and finer periods into the judged one."""

from fractions import Fraction

from duibiao.register import PeriodType, Statistic
from tests.support.indicators import Indicators, told
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import case, cases, figure, observations

YANTA, LANTIAN = "610113", "610122"


def service(
    statistic: Statistic, *, period_type: PeriodType = "quarter", today: str = "2022-01-10"
) -> Indicators:
    kind = indicator(
        statistic=statistic,
        unit="item" if statistic == "latest" else "workday",
        period_type=period_type,
    )
    op = ">=" if statistic == "latest" else "<="
    goal = target(indicator=kind, op=op, threshold=5)  # type: ignore[arg-type]
    return Indicators(register(indicators=[kind], targets=[goal]), today)


def test_each_case_of_every_org_enters_one_set() -> None:
    it = service("each")
    it.post(
        cases(
            "s1", ("1", case("2021-03-01", "2021-03-03")), ("2", case("2021-03-01", "2021-03-10"))
        ),
        cases("s2", ("1", case("2021-03-01", "2021-03-08")), org=CUSTOMS),
    )
    row = it.row("T01", "2021Q1")  # 2, 7 and 5 working days
    assert told(row, "value", "sample_size", "within_limit", "max", "p90") == (7, 3, 2, 7, 7)
    assert told(row, "attainment_ratio", "mean", "status") == (
        Fraction(2, 3),
        Fraction(14, 3),
        "missed",
    )


def test_reported_averages_beside_cases_are_noted_and_left_out() -> None:
    it = service("each")
    it.post(
        cases("s1", ("1", case("2021-03-01", "2021-03-03"))),
        observations("s2", (CITY, "2021Q1", figure(9, 50)), org=CUSTOMS),
    )
    row = it.row("T01", "2021Q1")
    assert told(row, "value", "evidence", "reporters", "expected") == (2, "cases", 1, 2)
    assert "只报平均值 9" in it.lines("T01", "2021Q1")


def test_averages_alone_are_weighted_and_the_row_says_reported() -> None:
    it = service("each")
    it.post(
        observations("s1", (CITY, "2021Q1", figure(2, 10))),
        observations("s2", (CITY, "2021Q1", figure(8, 20)), org=CUSTOMS),
    )
    row = it.row("T01", "2021Q1")  # (20 + 160) / 30
    assert told(row, "value", "mean", "evidence", "sample_size") == (6, 6, "reported", 30)
    assert told(row, "within_limit", "p90", "max", "overdue_open") == (None, None, None, None)
    assert row.attainment_ratio == Fraction(5, 6)


def test_a_running_total_is_the_first_reporters_and_differences_are_noted() -> None:
    it = service("latest")
    it.post(
        observations("s1", (CITY, "2021Q1", figure(6)), org=CUSTOMS),
        observations("s2", (CITY, "2021Q1", figure(4)), org=TAX),
    )
    row = it.row("T01", "2021Q1")
    assert told(row, "value", "reporters", "expected", "sample_size") == (4, 2, 2, None)
    assert "customs reports 6, tax-bureau 4; tax-bureau comes first" in it.lines("T01", "2021Q1")


def test_the_second_reporter_stands_where_the_first_is_silent() -> None:
    it = service("latest")
    it.post(observations("s1", (CITY, "2021Q1", figure(6)), org=CUSTOMS))
    assert told(it.row("T01", "2021Q1"), "value", "reporters", "expected") == (6, 1, 2)


def test_running_totals_of_an_orgs_regions_are_added() -> None:
    it = service("latest")
    it.post(observations("s1", (YANTA, "2021Q1", figure(3)), (LANTIAN, "2021Q1", figure(4))))
    assert it.row("T01", "2021Q1").value == 7


def test_nothing_is_carried_over_from_an_earlier_period() -> None:
    it = service("latest")
    it.post(observations("s1", (CITY, "2021Q1", figure(6))))
    assert told(it.row("T01", "2021Q2"), "value", "reason") == (None, "no_figure")


def test_the_newest_finer_period_stands_for_a_running_total() -> None:
    it = service("latest")
    it.post(
        observations(
            "s1",
            (CITY, "202103", figure(6)),
            (CITY, "202102", figure(9)),
            (CITY, "20210302", figure(7)),
        )
    )
    assert it.row("T01", "2021Q1").value == 6


def test_a_figure_for_the_period_itself_stands_over_finer_ones() -> None:
    for statistic in ("latest", "mean", "each"):
        it = service(statistic)
        it.post(
            observations("s1", (CITY, "202103", figure(6, 10)), (CITY, "2021Q1", figure(3, 10)))
        )
        assert it.row("T01", "2021Q1").value == 3


def test_months_stand_over_their_days_and_make_the_quarter_with_other_days() -> None:
    it = service("mean")
    it.post(
        observations(
            "s1",
            (CITY, "202101", figure(2, 10)),
            (CITY, "20210105", figure(50, 10)),
            (CITY, "20210301", figure(8, 20)),
        )
    )
    assert it.row("T01", "2021Q1").value == 6  # (20 + 160) / 30


def test_halves_and_quarters_make_the_year() -> None:
    it = service("mean", period_type="year")
    it.post(
        observations(
            "s1",
            (CITY, "2021S1", figure(2, 10)),
            (CITY, "2021Q1", figure(99, 1)),
            (CITY, "2021Q3", figure(8, 20)),
        )
    )
    assert it.row("T01", "2021").value == 6


def test_months_without_samples_cannot_make_a_quarter_but_one_can() -> None:
    it = service("mean")
    it.post(observations("s1", (CITY, "202101", figure(4))))
    assert it.row("T01", "2021Q1").value == 4
    it.post(observations("s2", (CITY, "202102", figure(6))))
    assert it.row("T01", "2021Q1").value is None


def test_a_figure_for_a_coarser_period_enters_no_row() -> None:
    it = service("mean")
    it.post(observations("s1", (CITY, "2021", figure(4, 10))))
    assert {
        key[1]: kept.row.value for key, kept in it.repository.verdict_table.items()
    } == dict.fromkeys(("2021Q1", "2021Q2", "2021Q3", "2021Q4"))


def test_a_month_that_does_not_apply_leaves_the_others() -> None:
    it = service("mean")
    it.post(
        observations(
            "s1", (CITY, "202101", figure(not_applicable=True)), (CITY, "202102", figure(3, 5))
        )
    )
    assert told(it.row("T01", "2021Q1"), "value", "expected") == (3, 2)
