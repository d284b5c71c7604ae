"""Whom an alert goes to and who is copied, read from the register."""

from collections.abc import Iterator

from duibiao.register import Measure, Register, Target, Task
from services.alerts.domain.alert import Identity, Subject
from services.alerts.domain.news import Duty, Series


def of_target(register: Register, series: Series) -> Subject:
    """Return the subject of a target's alert.

    A city's or a region's row goes to the target's leads and is copied to the supporting units of
    its clause; an org's own row goes to that org and is copied to the leads.
    """
    target = register.target(series.target)
    clause = _clause(register, target)
    measure = clause.no if isinstance(clause, Measure) else None
    identity = Identity(series.target, None, series.org, series.region)
    if series.org is None:
        copied = tuple(org for org in clause.supports if org not in target.leads)
        return Subject(identity, measure, target.leads, copied)
    return Subject(
        identity, measure, (series.org,), tuple(o for o in target.leads if o != series.org)
    )


def of_duty(duty: Duty) -> Subject:
    """Return the subject of a duty's alert: it goes to the unit that owes the report."""
    return Subject(Identity(None, duty.id, duty.org, None), duty.measure, (duty.org,), ())


def every_subject(register: Register) -> Iterator[Subject]:
    """Yield each subject of which the register can raise an alert.

    The city's row of each target; where the target says so, the rows of the regions, and of its
    reporting units at the city; each unit's duties and milestones.
    """
    for target in register.targets:
        rows = [Series(target.id, None, register.city)]
        if "region" in target.alert_levels:
            below = (region for region in register.regions if region != register.city)
            rows += [Series(target.id, None, region) for region in below]
        if "org" in target.alert_levels:
            reporters = register.indicators[target.indicator].reported_by
            rows += [Series(target.id, org, register.city) for org in reporters]
        yield from (of_target(register, row) for row in rows)
    for duty in (*register.duties, *register.milestone_duties):
        identity = Identity(None, duty.id, duty.org, None)
        yield Subject(identity, duty.measure, (duty.org,), ())


def _clause(register: Register, target: Target) -> Measure | Task:
    # A clause is a measure ("6.3") or a whole task ("17").
    if "." in target.clause:
        return register.measure(target.clause)
    return register.task(int(target.clause))
