"""How milestones stand: done by their date, after it, or overdue like a report."""

from datetime import date

import pytest

from services.indicators.domain.submission import ReportContent, ReportState, Submission
from tests.support.indicators import Indicators
from tests.support.registers import CUSTOMS, TAX, measure, milestone, register
from tests.support.statements import at, report_statement, reports, submitted

CODE = "1.1-plan"
REGISTER = register(measures=[measure(milestones=(milestone(CODE, date(2021, 6, 30)),))])


def service(today: str) -> Indicators:
    it = Indicators(REGISTER, today)
    it.pass_to(today)
    return it


def said(
    name: str, state: ReportState, done_on: str | None = None, *, period: str = "2021Q2"
) -> Submission:
    """Return the tax bureau's word on the milestone, received in the order of the names."""
    day = None if done_on is None else date.fromisoformat(done_on)
    moment = at("2021-07-05", int(name[1:]))
    content = ReportContent(state, done_on=day)
    return submitted(
        name, TAX, moment, report_statement("1.1", period, CODE, content=content, stated=moment)
    )


@pytest.mark.parametrize(
    ("today", "status"),
    [
        ("2021-06-24", "not_due"),  # four working days before
        ("2021-06-25", "due_soon"),
        ("2021-06-30", "due_soon"),
        ("2021-07-01", "overdue"),
    ],
)
def test_every_lead_owes_it_by_its_date(today: str, status: str) -> None:
    it = service(today)

    assert {it.duty(CODE, org).status for org in (TAX, CUSTOMS)} == {status}
    row = it.duty(CODE, TAX)
    assert (row.milestone, row.measure, row.period) == (CODE, "1.1", "2021Q2")
    assert it.duty("1.1/2021Q2", TAX).milestone is None


@pytest.mark.parametrize(
    ("submissions", "status", "day"),
    [
        ([said("s1", "done", "2021-06-30")], "on_time", "2021-06-30"),
        ([said("s1", "done", "2021-07-01")], "late", "2021-07-01"),
        ([said("s1", "done")], "late", "2021-07-05"),  # the day of the receipt
        ([said("s1", "in_progress")], "overdue", None),
        ([said("s1", "done", "2021-06-30"), said("s2", "in_progress")], "overdue", None),
        (
            [said("s1", "done", "2021-06-30", period="2021Q3"), said("s2", "in_progress")],
            "on_time",
            "2021-06-30",
        ),
        (
            [said("s1", "in_progress", period="2021Q3"), said("s2", "done", "2021-06-30")],
            "overdue",
            None,
        ),
    ],
)
def test_the_report_of_the_latest_period_says_whether_it_is_done(
    submissions: list[Submission], status: str, day: str | None
) -> None:
    it = service("2021-07-05")
    it.post(*submissions)
    row = it.duty(CODE, TAX)

    assert (row.status, row.received_on) == (status, day and date.fromisoformat(day))
    assert it.duty(CODE, CUSTOMS).status == "overdue"


def test_a_report_on_the_measure_alone_does_not_meet_it_and_days_go_by() -> None:
    it = service("2021-06-20")
    it.post(reports("s1", "1.1", period="2021Q2", state="done"))
    assert it.duty("1.1/2021Q2", TAX).status == "on_time"
    changed = it.pass_to("2021-07-01").duties

    assert (CODE, TAX) in {(row.duty, row.org) for row in changed if row.status == "overdue"}
