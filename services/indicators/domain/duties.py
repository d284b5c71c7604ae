"""How a duty stands (domain.md section 8): owed by a date, met by the first report that came."""

from collections.abc import Iterable
from datetime import date

from duibiao.register import Duty
from duibiao.workdays import Workdays
from services.indicators.domain.rows import DutyRow, DutyStatus, Receipt, ReportStatement
from services.indicators.domain.statements import receipt_order


def duty_row(
    duty: Duty,
    reports: Iterable[ReportStatement],
    today: date,
    workdays: Workdays,
    due_soon_within: int,
    *,
    exempt: bool = False,
) -> DutyRow:
    """Return a duty as it stands today.

    Args:
        duty: what is owed; `effective_due` itself is in time.
        reports: the standing reports of that org, measure and period, every milestone's.
        today: the day in Asia/Shanghai.
        workdays: the calendar the warning is counted by.
        due_soon_within: working days before the date from which it is due soon.
        exempt: nothing is owed.

    """
    ordered = sorted(((_counts(report), report) for report in reports), key=_order)
    first = ordered[0] if ordered else None
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
    )


def _counts(report: ReportStatement) -> Receipt:
    """Return a report's first receipt, on the day the office says it came on paper, if it does."""
    first, stated = report.first, report.content.received_on
    return first if stated is None else Receipt(stated, first.received_at, first.submission_id)


def _order(item: tuple[Receipt, ReportStatement]) -> tuple[object, ...]:
    return (*receipt_order(item[0]), item[1].key)


def _owed(duty: Duty, today: date, workdays: Workdays, due_soon_within: int) -> DutyStatus:
    if today > duty.effective_due:
        return "overdue"
    near = workdays.between(today, duty.effective_due).days <= due_soon_within
    return "due_soon" if near else "not_due"


def _came(duty: Duty, receipt: Receipt, report: ReportStatement) -> DutyStatus:
    if receipt.day > duty.effective_due:
        return "late"
    return "zero_report" if report.content.zero_report else "on_time"
