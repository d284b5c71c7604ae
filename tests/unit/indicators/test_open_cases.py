"""An open case past its limit counts as not within it, in every period it was open at the end of.

The limit is 5 working days. In 2021 Q2 ended on Wednesday 30 June, Q3 on Thursday 30 September.
"""

from fractions import Fraction

import pytest

from services.indicators.domain.submission import CaseContent
from tests.support.indicators import Indicators, told
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import case, cases, figure, later, observations

YANTA = "610113"


def service(today: str = "2021-10-20", *, threshold: int | None = 5) -> Indicators:
    kind = indicator(statistic="each", min_sample=3)
    return Indicators(
        register(indicators=[kind], targets=[target(indicator=kind, threshold=threshold)]), today
    )


def post(it: Indicators, hours: int = 0, **contents: CaseContent) -> None:
    it.post(cases(f"s{len(it.repository.submissions)}", *contents.items(), stated=later(hours)))


def test_a_late_open_case_makes_a_good_quarter_missed() -> None:
    it = service()
    post(it, done=case("2021-06-01", "2021-06-04"))
    assert told(it.row("T01", "2021Q2"), "status", "value", "overdue_open") == ("met", 3, 0)
    post(it, slow=case("2021-06-01"))
    row = it.row("T01", "2021Q2")
    # 1 to 30 June: 22 working days less the Dragon Boat Monday 14 June, less the first day: 20.
    assert told(row, "status", "value", "max", "p90", "overdue_open") == ("missed", 20, 20, 20, 1)
    assert told(row, "sample_size", "within_limit", "attainment_ratio") == (2, 1, Fraction(1, 2))
    assert told(row, "mean", "gap", "insufficient_sample") == (Fraction(23, 2), 15, True)


def test_an_open_case_within_its_limit_is_in_no_set() -> None:
    it = service()
    post(it, done=case("2021-06-01", "2021-06-04"), fresh=case("2021-06-28"))
    row = it.row("T01", "2021Q2")
    assert told(row, "sample_size", "value", "status") == (1, 3, "met")


def test_completed_later_it_still_was_late_at_the_end_of_its_quarter() -> None:
    it = service()
    post(it, slow=case("2021-06-01", "2021-07-02"))
    assert told(it.row("T01", "2021Q2"), "value", "overdue_open", "status") == (20, 1, "missed")
    assert told(it.row("T01", "2021Q3"), "value", "overdue_open", "status") == (22, 0, "missed")


def test_news_of_its_completion_in_the_same_quarter_takes_it_out() -> None:
    it = service()
    post(it, slow=case("2021-06-01"))
    assert it.row("T01", "2021Q2").status == "missed"
    post(it, 1, slow=case("2021-06-01", "2021-06-04"))
    assert told(it.row("T01", "2021Q2"), "value", "overdue_open", "status") == (3, 0, "met")
    assert it.row("T01", "2021Q3").reason == "no_figure"


def test_withdrawing_it_takes_it_out_of_every_period() -> None:
    it = service()
    post(it, slow=case("2021-06-01"))
    post(it, 1, slow=case("2021-06-01", outcome="withdrawn"))
    assert {kept.row.reason for kept in it.repository.verdict_table.values()} == {"no_figure"}
    assert it.repository.rollup_table == {}


def test_news_of_a_pause_shortens_every_period_exactly() -> None:
    it = service()
    post(it, slow=case("2021-06-01"))
    post(it, 1, slow=case("2021-06-01", pauses=(("2021-06-07", "2021-06-11"),)))
    assert it.row("T01", "2021Q2").value == 16  # four of the 20 days lie in the pause
    post(it, 2, slow=case("2021-06-01", pauses=(("2021-06-07", None),)))
    assert it.row("T01", "2021Q2").reason == "no_figure"  # 4 days, then paused ever since
    assert it.row("T01", "2021Q3").reason == "no_figure"


def test_an_extension_lengthens_the_limit_of_its_case() -> None:
    it = service()
    post(
        it,
        long=case("2021-06-01", "2021-06-23", extension=10),
        short=case("2021-06-01", "2021-06-02"),
    )
    row = it.row("T01", "2021Q2")
    assert told(row, "value", "within_limit", "attainment_ratio", "gap", "status") == (
        15,
        2,
        1,
        0,
        "met",
    )
    assert row.near_threshold


def test_open_late_cases_enter_the_city_row_of_the_window_but_make_no_row_of_an_org() -> None:
    it = service()
    post(it, slow=case("2021-06-01", region=YANTA))
    assert it.row("T01", "2021Q2").value == 20
    assert not it.has("T01", "2021Q2", TAX)
    assert not it.has("T01", "2021Q2", TAX, YANTA)


def test_open_late_cases_make_no_row_outside_the_window() -> None:
    it = service("2022-05-01")
    post(it, old=case("2020-06-01", "2020-06-03"), slow=case("2020-08-03"))
    periods = {code for (series, code) in it.repository.verdict_table if series.org is None}
    assert periods == {"2020Q2", "2021Q1", "2021Q2", "2021Q3", "2021Q4"}
    assert it.row("T01", "2020Q2").value == 2  # the slow one was accepted only later


def test_a_running_quarter_is_judged_by_the_cases_open_today() -> None:
    it = service("2021-10-15")
    post(it, slow=case("2021-10-09"))
    # Saturday 9 October was worked; 11 to 15 October are five days: not past the limit.
    assert it.row("T01", "2021Q4").reason == "no_figure"
    it.pass_to("2021-10-18")
    row = it.row("T01", "2021Q4")
    assert told(row, "value", "status", "overdue_open") == (6, "behind", 1)


def test_days_passed_over_are_caught_up_with_at_once() -> None:
    it = service("2021-06-04")
    post(it, slow=case("2021-06-01"), brief=case("2021-06-03", "2021-06-04"))
    it.pass_to("2021-10-20")
    assert told(it.row("T01", "2021Q2"), "value", "sample_size", "status") == (20, 2, "missed")
    straight = service("2021-10-20")
    post(straight, slow=case("2021-06-01"), brief=case("2021-06-03", "2021-06-04"))
    assert it.timeless() == straight.timeless()


def test_a_case_of_the_city_and_of_a_region_are_one_orgs_together() -> None:
    it = service()
    post(it, a=case("2021-06-01", "2021-06-02", region=YANTA), b=case("2021-06-01", "2021-06-03"))
    assert it.row("T01", "2021Q2", TAX).sample_size == 2
    assert it.row("T01", "2021Q2", TAX, YANTA).sample_size == 1
    assert it.row("T01", "2021Q2").sample_size == 2


def test_a_case_that_moves_to_another_region_leaves_the_old_row() -> None:
    it = service()
    post(it, a=case("2021-06-01", "2021-06-02", region=YANTA))
    post(it, 1, a=case("2021-06-01", "2021-06-02", region="610122"))
    assert not it.has("T01", "2021Q2", TAX, YANTA)
    assert it.row("T01", "2021Q2", TAX, "610122").value == 1


def test_without_a_threshold_open_cases_stay_out_and_the_rest_is_shown() -> None:
    it = service(threshold=None)
    post(it, done=case("2021-06-01", "2021-06-04"), slow=case("2021-06-01"))
    row = it.row("T01", "2021Q2")
    assert told(row, "value", "mean", "max", "sample_size", "reason") == (
        3,
        3,
        3,
        1,
        "no_threshold",
    )
    assert told(row, "within_limit", "overdue_open", "attainment_ratio") == (None, None, None)


@pytest.mark.parametrize("org", [TAX, CUSTOMS])
def test_one_number_at_two_orgs_is_two_cases(org: str) -> None:
    it = service()
    it.post(
        cases("s1", ("1", case("2021-06-01", "2021-06-02")), org=TAX),
        cases("s2", ("1", case("2021-06-01", "2021-06-03")), org=CUSTOMS),
    )
    assert it.row("T01", "2021Q2").sample_size == 2
    assert it.row("T01", "2021Q2", org).sample_size == 1


def test_a_reported_average_beside_a_late_open_case_gives_way_to_it() -> None:
    it = service()
    it.post(observations("s1", (CITY, "2021Q2", figure(3, 40))))
    assert told(it.row("T01", "2021Q2"), "evidence", "status") == ("reported", "met")
    it.post(cases("s2", ("1", case("2021-06-01"))))
    row = it.row("T01", "2021Q2")
    assert told(row, "evidence", "value", "status", "overdue_open") == ("cases", 20, "missed", 1)
    assert "contradicts 20" in it.lines("T01", "2021Q2")


def test_a_case_before_the_calendars_years_is_provisional() -> None:
    it = service()
    post(it, old=case("1999-03-01", "1999-03-05"))
    assert told(it.row("T01", "1999Q1"), "value", "provisional") == (4, True)
    assert "按周一至周五计" in it.lines("T01", "1999Q1")
