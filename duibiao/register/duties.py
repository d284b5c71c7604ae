"""Who owes a report on what, and by when: every lead of every measure at each report date.

Owns the moving of a date that is no working day, by the rule set for it. The effective date is
worked out once, when the register is read.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from typing import cast

from duibiao.register.documents import Document
from duibiao.register.periods import containing
from duibiao.register.values import DueRule, Duty, Measure
from duibiao.workdays import StateCouncilCalendar, Workdays


def duties_of(document: Document, measures: Sequence[Measure]) -> Iterator[Duty]:
    """Yield the duties of each measure's leads, in the order of the notice, then of the dates."""
    set_apart = {
        (entry.text("measure"), entry.text("org"), entry.text("period")): entry.text("rule")
        for entry in document.entries("exceptions")
    }
    for measure in measures:
        for lead in measure.leads:
            for report in document.entries("reports"):
                period, due = report.text("period"), cast("date", report.day("due"))
                # One unit's exception is narrower than its measure's, and that than the date's.
                rule = cast(
                    "DueRule",
                    set_apart.get((measure.no, lead, period))
                    or set_apart.get((measure.no, "", period))
                    or report.text("rule"),
                )
                yield Duty(
                    id=f"{measure.no}/{period}",
                    measure=measure.no,
                    org=lead,
                    period=period,
                    due=due,
                    rule=rule,
                    effective_due=_effective(due, rule),
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
