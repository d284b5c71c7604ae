"""Bring duties to the day: what is owed, due soon, overdue, or met by a report."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from duibiao.register import Duty
from services.indicators.domain.duties import duty_row
from services.indicators.domain.rows import DutyKey, DutyRow
from services.indicators.domain.submission import ReportStatement
from services.indicators.usecases.context import EvaluationContext


def settle_all_duties(context: EvaluationContext) -> list[DutyRow]:
    """Settle every duty of the register, and forget those it holds no longer."""
    kept = context.repository.duties()
    register = context.register
    everything = (*register.duties, *register.milestone_duties)
    owed = {DutyKey(duty.id, duty.org) for duty in everything}
    context.repository.drop_duties([key for key in kept if key not in owed])
    return _settle(context, everything)


def settle_open_duties(context: EvaluationContext) -> list[DutyRow]:
    """Settle the duties that nothing was received for: only these change by the day alone."""
    kept = context.repository.duties()
    waiting = [context.register.duty(*key) for key, row in kept.items() if row.received_on is None]
    return _save_changed(context, (_row(context, duty, ()) for duty in waiting))


def settle_duties(
    context: EvaluationContext, org: str, touched: Collection[tuple[str, str]]
) -> list[DutyRow]:
    """Settle an org's duties for these (measure, period), and the milestones of the measures."""
    register, measures = context.register, {measure for measure, _ in touched}
    reports = [d for d in register.duties_of(org) if (d.measure, d.period) in touched]
    milestones = [d for d in register.milestone_duties if d.org == org and d.measure in measures]
    return _settle(context, [*reports, *milestones])


def _settle(context: EvaluationContext, duties: Iterable[Duty]) -> list[DutyRow]:
    by_org: dict[str, list[Duty]] = defaultdict(list)
    for duty in duties:
        by_org[duty.org].append(duty)
    rows = []
    for org, owed in by_org.items():
        reports: dict[tuple[str, str], list[ReportStatement]] = defaultdict(list)
        wanted = {(duty.measure, duty.period) for duty in owed if not duty.milestone}
        for report in context.repository.reports(org, wanted):
            reports[report.key.measure, report.key.period].append(report)
        milestones = {duty.milestone for duty in owed if duty.milestone}
        for report in context.repository.reports_on(org, milestones):
            reports[report.key.milestone, ""].append(report)
        for duty in owed:
            place = (duty.milestone, "") if duty.milestone else (duty.measure, duty.period)
            rows.append(_row(context, duty, reports[place]))
    return _save_changed(context, rows)


def _row(context: EvaluationContext, duty: Duty, reports: Iterable[ReportStatement]) -> DutyRow:
    due_soon_within = context.register.alert_rules.due_soon_within
    return duty_row(duty, reports, context.day, context.workdays, due_soon_within)


def _save_changed(context: EvaluationContext, rows: Iterable[DutyRow]) -> list[DutyRow]:
    rows = list(rows)
    kept = context.repository.duties([row.key for row in rows])
    changed = [row for row in rows if kept.get(row.key) != row]
    context.repository.save_duties(changed)
    return changed
