"""Open cases past the threshold of a mean: told beside it, never part of it."""

from tests.support.indicators import Indicators, told
from tests.support.registers import CUSTOMS, TAX, indicator, register, target
from tests.support.statements import case, cases

MEAN = indicator("mean")
DISTRICT = "610103"
# 2021-03-15 to 03-31 are 12 working days, 2021-03-29 to 03-31 are 2, 03-01 to 03-03 as well.
POSTED = (
    cases("s1", ("done", case("2021-03-01", "2021-03-03")), indicator="mean"),
    cases("s2", ("old", case("2021-03-15")), ("new", case("2021-03-29")), indicator="mean"),
    cases("s3", ("hidden", case("2021-03-15", region=DISTRICT)), org=CUSTOMS, indicator="mean"),
)


def indicators(threshold: str | None, today: str = "2021-04-10") -> Indicators:
    it = Indicators(
        register(indicators=[MEAN], targets=[target("T01", MEAN, threshold=threshold)]), today
    )
    it.post(*POSTED)
    return it


def test_the_mean_is_met_and_two_cases_are_told_beside_it() -> None:
    it = indicators("5.5")
    row = it.row("T01", "2021Q1")
    fields = ("status", "value", "sample_size", "reporters", "overdue_open")
    assert told(row, *fields) == ("met", 2, 1, 1, 2)  # one of them of a unit with no other case
    assert it.row("T01", "2021Q1", org=TAX).overdue_open == 1
    assert "2 件在办" in it.proof("T01", "2021Q1")["notes"][-1]["zh"]


def test_a_completed_case_was_open_at_the_end_of_the_period_before() -> None:
    it = indicators("5.5")
    it.post(cases("s4", ("old", case("2021-03-15", "2021-04-02")), indicator="mean"))
    assert it.row("T01", "2021Q1").overdue_open == 2


def test_without_cases_past_it_nothing_is_told() -> None:
    it = indicators("12")
    assert it.row("T01", "2021Q1").overdue_open == 0
    assert it.proof("T01", "2021Q1")["notes"] == []


def test_a_day_that_passes_takes_a_case_past_it() -> None:
    it = Indicators(register(indicators=[MEAN], targets=[target("T01", MEAN)]), "2021-03-22")
    it.post(cases("s1", ("1", case("2021-03-15")), indicator="mean"))
    found = [it.row("T01", "2021Q1").overdue_open]
    for today in ("2021-03-23", "2021-03-24"):  # 6 and 7 working days
        it.pass_to(today)
        found.append(it.row("T01", "2021Q1").overdue_open)
    assert found == [0, 1, 1]
    assert it.row("T01", "2021Q1").value is None


def test_without_a_threshold_no_case_is_past_it() -> None:
    assert indicators(None).row("T01", "2021Q1").overdue_open is None
