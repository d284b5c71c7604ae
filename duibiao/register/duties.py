"""Who owes a report on what, and by when: every lead of every measure at each report date.

Owns the moving of a date that is no working day, by the rule set for it. The effective date is
worked out once, when the register is read.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache

from duibiao.register.field_types import DueRule
from duibiao.register.files import DutiesFile
from duibiao.register.periods import containing
from duibiao.register.values import Duty, Measure
from duibiao.workdays import StateCouncilCalendar, Workdays


def duties_of(file: DutiesFile, measures: Sequence[Measure]) -> Iterator[Duty]:
    """Yield the duties of each measure's leads, in the order of the notice, then of the dates."""
    exceptions = {(one.measure, one.org, one.period): one.rule for one in file.exceptions}
    for measure in measures:
        for lead in measure.leads:
            for report in file.reports:
                # One unit's exception is narrower than its measure's, and that than the date's.
                rule = (
                    exceptions.get((measure.no, lead, report.period))
                    or exceptions.get((measure.no, None, report.period))
                    or report.rule
                )
                yield Duty(
                    id=f"{measure.no}/{report.period}",
                    measure=measure.no,
                    org=lead,
                    period=report.period,
                    due=report.due,
                    rule=rule,
                    effective_due=_effective(report.due, rule),
                )


def milestone_duties(measures: Sequence[Measure]) -> Iterator[Duty]:
    """Yield what each lead owes by each milestone of its measures, in the order of the notice."""
    for measure in measures:
        for milestone in measure.milestones:
            for lead in measure.leads:
                yield Duty(
                    id=milestone.code,
                    measure=measure.no,
                    org=lead,
                    period=containing(milestone.due, "quarter").code,
                    due=milestone.due,
                    rule="keep",
                    effective_due=milestone.due,
                    milestone=milestone.code,
                )


def _effective(due: date, rule: DueRule) -> date:
    if rule == "keep":
        return due
    step = timedelta(days=-1 if rule == "previous" else 1)
    while not _workdays().is_workday(due):
        due += step
    return due


@cache
def _workdays() -> Workdays:
    # Only asked for where a rule moves a date: reading the calendar takes longer than the register.
    return Workdays(StateCouncilCalendar())
