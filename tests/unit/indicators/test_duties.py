"""How duties stand: before the date, on it, after it, and by which report they were met."""

from dataclasses import replace
from datetime import date

import pytest

from services.indicators.domain.duties import duty_row
from services.indicators.domain.submission import Receipt, ReportContent
from tests.support.indicators import Indicators, the_workdays
from tests.support.registers import CUSTOMS, TAX, duties, measure, register
from tests.support.statements import NOON, at, report_statement, reports

DUE = "2021-03-25"
IN_TIME, AFTER = at("2021-03-25", 23), at("2021-03-26", 0)


def service(today: str = "2021-03-01") -> Indicators:
    it = Indicators(register(measures=[measure("1.1"), measure("1.2", leads=(TAX,))]), today)
    it.pass_to(today)
    return it


def test_every_lead_owes_every_measure_at_every_date() -> None:
    it = service()
    assert len(it.repository.duty_table) == 3 * 4
    assert {row.status for row in it.repository.duty_table.values()} == {"not_due"}


@pytest.mark.parametrize(
    ("today", "status"),
    [
        # Thursday 25 March: Monday 22 March is three working days before it, Friday 19 four.
        ("2021-03-19", "not_due"),
        ("2021-03-22", "due_soon"),
        ("2021-03-25", "due_soon"),
        ("2021-03-26", "overdue"),
    ],
)
def test_nothing_received(today: str, status: str) -> None:
    assert service(today).duty("1.1/2021Q1", TAX).status == status


def test_the_days_pass_and_each_change_is_told_once() -> None:
    it = service("2021-03-19")
    assert it.pass_to("2021-03-20").duties == ()
    changed = it.pass_to("2021-03-22").duties
    assert {(row.duty, row.status) for row in changed} == {
        ("1.1/2021Q1", "due_soon"),
        ("1.2/2021Q1", "due_soon"),
    }
    assert len(changed) == 3
    assert it.pass_to("2021-03-23").duties == ()
    assert {row.status for row in it.pass_to("2021-03-26").duties} == {"overdue"}


def test_a_report_at_the_end_of_the_day_is_on_time() -> None:
    it = service()
    applied = it.post(reports("s1", "1.1", received=IN_TIME))
    row = it.duty("1.1/2021Q1", TAX)
    assert (row.status, row.received_on, row.received_at, row.submission_id) == (
        "on_time",
        date(2021, 3, 25),
        IN_TIME,
        "s1",
    )
    assert applied.changes.duties == (row,)


def test_a_report_after_midnight_in_shanghai_is_late() -> None:
    it = service()
    it.post(reports("s1", "1.1", received=AFTER))
    assert it.duty("1.1/2021Q1", TAX).status == "late"


def test_a_zero_report_in_time_is_one_and_after_the_date_is_late() -> None:
    it = service()
    it.post(
        reports("s1", "1.1", zero=True, received=IN_TIME),
        reports("s2", "1.1", zero=True, org=CUSTOMS, received=AFTER),
    )
    assert it.duty("1.1/2021Q1", TAX).status == "zero_report"
    assert it.duty("1.1/2021Q1", CUSTOMS).status == "late"


def test_a_report_on_a_milestone_meets_the_measures_duty() -> None:
    it = service()
    it.post(reports("s1", "1.1", milestone="1.1-a", received=IN_TIME))
    assert it.duty("1.1/2021Q1", TAX).status == "on_time"


def test_a_report_meets_only_its_own_orgs_measures_and_periods_duty() -> None:
    it = service()
    it.post(reports("s1", "1.1", received=IN_TIME))
    met = {key for key, row in it.repository.duty_table.items() if row.received_on}
    assert met == {("1.1/2021Q1", TAX)}


def test_a_report_of_a_month_meets_no_quarters_duty() -> None:
    it = service()
    it.post(reports("s1", "1.1", period="202103", received=IN_TIME))
    assert it.duty("1.1/2021Q1", TAX).received_on is None


def test_the_first_report_counts_and_a_later_revision_does_not_make_it_late() -> None:
    it = service()
    it.post(
        reports("s1", "1.1", received=IN_TIME), reports("s2", "1.1", state="done", received=AFTER)
    )
    row = it.duty("1.1/2021Q1", TAX)
    assert (row.status, row.submission_id) == ("on_time", "s1")


def test_of_measure_and_milestone_the_one_that_came_first_counts() -> None:
    it = service()
    it.post(
        reports("s2", "1.1", received=AFTER),
        reports("s1", "1.1", milestone="1.1-a", received=IN_TIME),
    )
    assert it.duty("1.1/2021Q1", TAX).status == "on_time"


def test_paper_in_time_counts_though_it_was_typed_in_years_later() -> None:
    it = service("2026-11-24")
    it.post(reports("s1", "1.1", received_on=date(2021, 3, 24), received=at("2026-11-24")))
    row = it.duty("1.1/2021Q1", TAX)
    assert (row.status, row.received_on) == ("on_time", date(2021, 3, 24))
    assert row.received_at == at("2026-11-24")


def test_a_corrected_paper_date_takes_the_place_of_the_wrong_one() -> None:
    it = service("2026-11-24")
    it.post(
        reports("s1", "1.1", received_on=date(2021, 3, 24), received=at("2026-11-23")),
        reports("s2", "1.1", received_on=date(2021, 3, 29), received=at("2026-11-24")),
    )
    row = it.duty("1.1/2021Q1", TAX)
    assert (row.status, row.received_on) == ("late", date(2021, 3, 29))


def test_a_revision_without_a_paper_date_leaves_the_first_receipt() -> None:
    it = service("2026-11-24")
    it.post(
        reports("s1", "1.1", received_on=date(2021, 3, 24), received=at("2026-11-23")),
        reports("s2", "1.1", state="done", received=at("2026-11-24")),
    )
    assert it.duty("1.1/2021Q1", TAX).status == "on_time"


def test_received_in_another_order_the_duty_stands_the_same() -> None:
    first = reports("s1", "1.1", zero=True, received=IN_TIME)
    second = reports("s2", "1.1", state="done", received=AFTER)
    one, other = service(), service()
    one.post(first, second)
    other.post(second, first)
    assert one.repository.duty_table == other.repository.duty_table


def test_a_met_duty_is_not_touched_by_the_days() -> None:
    it = service()
    it.post(reports("s1", "1.1", received=IN_TIME))
    it.pass_to("2021-06-01")
    assert it.duty("1.1/2021Q1", TAX).status == "on_time"


def test_a_moved_date_is_the_one_that_counts() -> None:
    (duty, *_) = duties([measure()])
    moved = replace(duty, effective_due=date(2021, 3, 29))
    came = report_statement(first=Receipt(date(2021, 3, 29), NOON, "s1"))
    row = duty_row(moved, [came], date(2021, 4, 1), the_workdays(), 3)
    assert (row.status, row.due, row.effective_due) == (
        "on_time",
        date(2021, 3, 25),
        date(2021, 3, 29),
    )


def test_an_exempt_duty_owes_nothing() -> None:
    (duty, *_) = duties([measure()])
    row = duty_row(duty, [], date(2021, 4, 1), the_workdays(), 3, exempt=True)
    assert row.status == "exempt"


def test_a_zero_report_that_was_made_whole_is_on_time() -> None:
    (duty, *_) = duties([measure()])
    whole = report_statement(
        content=ReportContent("done"), first=Receipt(date(2021, 3, 20), NOON, "s1")
    )
    assert duty_row(duty, [whole], date(2021, 4, 1), the_workdays(), 3).status == "on_time"
