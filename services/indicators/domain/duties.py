"""How a duty stands (domain.md section 8): owed by a date, met by the first report that came."""

from collections.abc import Iterable
from datetime import date

from duibiao.register import Duty, DutyStatus, parse
from duibiao.workdays import Workdays
from services.indicators.domain.rows import DutyRow
from services.indicators.domain.statements import receipt_order
from services.indicators.domain.submission import Receipt, ReportStatement

# What meets a duty, and the receipt that says when.
Met = tuple[Receipt, ReportStatement]


def duty_row(
    duty: Duty,
    reports: Iterable[ReportStatement],
    today: date,
    workdays: Workdays,
    due_soon_within: int,
    *,
    exempt: bool = False,
) -> DutyRow:
    """Return a duty as it stands today in Asia/Shanghai.

    `reports` are the standing ones of that org, measure and period, every milestone's; for a
    milestone those on it, of every period. `due_soon_within` is in working days.
    """
    first = _done(reports) if duty.milestone else _first(reports)
    if exempt:
        status: DutyStatus = "exempt"
    elif first is None:
        status = _owed(duty, today, workdays, due_soon_within)
    else:
        status = _came(duty, *first)
    receipt = None if first is None else first[0]
    return DutyRow(
        duty=duty.id,
        measure=duty.measure,
        org=duty.org,
        period=duty.period,
        due=duty.due,
        effective_due=duty.effective_due,
        status=status,
        received_at=receipt.received_at if receipt else None,
        received_on=receipt.day if receipt else None,
        submission_id=receipt.submission_id if receipt else None,
        milestone=duty.milestone or None,
    )


def _first(reports: Iterable[ReportStatement]) -> Met | None:
    """Return the first report that came, with the day it counts from."""
    return min(
        ((_counts(report), report) for report in reports),
        key=lambda met: (*receipt_order(met[0]), met[1].key),
        default=None,
    )


def _done(reports: Iterable[ReportStatement]) -> Met | None:
    """Return the report of the latest period where that says done, with the day it was."""
    newest = max(reports, key=lambda report: parse(report.key.period).last, default=None)
    if newest is None or newest.content.state != "done":
        return None
    first = newest.first
    day = newest.content.done_on or first.day
    return Receipt(day, first.received_at, first.submission_id), newest


def _counts(report: ReportStatement) -> Receipt:
    """Return a report's first receipt, on the day the office says it came on paper, if it does."""
    first, stated = report.first, report.content.received_on
    return first if stated is None else Receipt(stated, first.received_at, first.submission_id)


def _owed(duty: Duty, today: date, workdays: Workdays, due_soon_within: int) -> DutyStatus:
    if today > duty.effective_due:
        return "overdue"
    near = workdays.between(today, duty.effective_due).days <= due_soon_within
    return "due_soon" if near else "not_due"


def _came(duty: Duty, receipt: Receipt, report: ReportStatement) -> DutyStatus:
    if receipt.day > duty.effective_due:
        return "late"
    return "zero_report" if report.content.zero_report else "on_time"
