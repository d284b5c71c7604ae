"""Bring duties to the day: what is owed, due soon, overdue, or met by a report."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from duibiao.register import Duty
from services.indicators.domain.duties import duty_row
from services.indicators.domain.rows import DutyKey, DutyRow, ReportStatement
from services.indicators.usecases.sitting import Sitting


def settle_all_duties(sitting: Sitting) -> list[DutyRow]:
    """Settle every duty of the register, and forget those it holds no longer."""
    kept = sitting.ledger.duties()
    owed = {DutyKey(duty.id, duty.org) for duty in sitting.register.duties}
    sitting.ledger.drop_duties([key for key in kept if key not in owed])
    return _settle(sitting, sitting.register.duties)


def settle_open_duties(sitting: Sitting) -> list[DutyRow]:
    """Settle the duties that nothing was received for: only these change by the day alone."""
    kept = sitting.ledger.duties()
    waiting = [sitting.register.duty(*key) for key, row in kept.items() if row.received_on is None]
    return _save_changed(sitting, (_row(sitting, duty, ()) for duty in waiting))


def settle_duties(
    sitting: Sitting, org: str, touched: Collection[tuple[str, str]]
) -> list[DutyRow]:
    """Settle an org's duties for these (measure, period)."""
    return _settle(
        sitting,
        [
            duty
            for duty in sitting.register.duties_of(org)
            if (duty.measure, duty.period) in touched
        ],
    )


def _settle(sitting: Sitting, duties: Iterable[Duty]) -> list[DutyRow]:
    by_org: dict[str, list[Duty]] = defaultdict(list)
    for duty in duties:
        by_org[duty.org].append(duty)
    rows = []
    for org, owed in by_org.items():
        reports: dict[tuple[str, str], list[ReportStatement]] = defaultdict(list)
        wanted = {(duty.measure, duty.period) for duty in owed}
        for report in sitting.ledger.reports(org, wanted):
            reports[report.key.measure, report.key.period].append(report)
        rows += [_row(sitting, duty, reports[duty.measure, duty.period]) for duty in owed]
    return _save_changed(sitting, rows)


def _row(sitting: Sitting, duty: Duty, reports: Iterable[ReportStatement]) -> DutyRow:
    due_soon_within = sitting.register.alert_rules.due_soon_within
    return duty_row(duty, reports, sitting.day, sitting.workdays, due_soon_within)


def _save_changed(sitting: Sitting, rows: Iterable[DutyRow]) -> list[DutyRow]:
    rows = list(rows)
    kept = sitting.ledger.duties([row.key for row in rows])
    changed = [row for row in rows if kept.get(row.key) != row]
    sitting.ledger.save_duties(changed)
    return changed
