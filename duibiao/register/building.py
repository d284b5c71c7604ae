"""From valid files to a Register: what the files leave out, such as the leads of a clause."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType
from typing import TypeVar

from duibiao.register.duties import duties_of
from duibiao.register.files import Check, Files
from duibiao.register.overlay import Decision
from duibiao.register.register import Register
from duibiao.register.values import (
    FIELD_CHECKS,
    UNITS,
    Chapter,
    FieldRule,
    Indicator,
    Measure,
    Org,
    Region,
    Target,
    Unit,
)

Leads = Mapping[str, tuple[str, ...]]
"""Of each clause: a measure ("6.3") or a task ("17")."""

_Coded = TypeVar("_Coded", Org, Region, Indicator)


def build(files: Files, decisions: Sequence[Decision], digest: str) -> Register:
    """Return the register, the office's decisions laid over its targets."""
    notice, tasks = files.notice.notice, files.tasks.tasks
    measures = tuple(_measure(measure, files) for measure in files.measures.measures)
    leads = {measure.no: measure.leads for measure in measures}
    leads |= {str(task.no): task.leads for task in tasks}
    indicators = _by_code(_indicators(files, leads))
    decided = {decision.target: decision for decision in decisions}
    targets = (_target(one, indicators[one.indicator], leads) for one in files.targets.targets)
    return Register(
        version=f"{notice.code}+{digest}",
        notice=notice,
        tasks=tasks,
        measures=measures,
        orgs=_by_code(files.orgs.orgs),
        regions=_by_code(files.regions.regions),
        indicators=indicators,
        targets=tuple(
            decided[target.id].laid_over(target) if target.id in decided else target
            for target in targets
        ),
        duties=tuple(duties_of(files.duties, measures)),
        alert_rules=files.alerts,
        window=files.notice.window,
        city=files.notice.city,
        chapters=tuple(_chapters(files.tasks.chapters, tasks[-1].no)),
        field_rules=tuple(map(_field_rule, files.checks.rules)),
        outlier_factor=files.checks.outliers.factor,
    )


def _by_code(values: Iterable[_Coded]) -> Mapping[str, _Coded]:
    return MappingProxyType({value.code: value for value in values})


def _chapters(chapters: Sequence[Chapter], last: int) -> Iterable[Chapter]:
    firsts = [*(chapter.first for chapter in chapters), last + 1]
    for no, (chapter, (_, after)) in enumerate(zip(chapters, pairwise(firsts), strict=True), 1):
        yield replace(chapter, no=no, last=after - 1)


def _measure(measure: Measure, files: Files) -> Measure:
    milestones = (one for one in files.milestones.milestones if one.measure == measure.no)
    task = int(measure.no.partition(".")[0])
    return replace(measure, task=task, milestones=tuple(milestones))


def _indicators(files: Files, leads: Leads) -> Iterable[Indicator]:
    units = {**UNITS, **{unit.code: _unit(unit) for unit in files.indicators.units}}
    for indicator in files.indicators.indicators:
        clauses = (one.clause for one in files.targets.targets if one.indicator == indicator.code)
        of_clauses = dict.fromkeys(lead for clause in clauses for lead in leads[clause])
        reported_by = indicator.reported_by or tuple(of_clauses)
        yield replace(indicator, counted_in=units[indicator.unit], reported_by=reported_by)


def _unit(unit: Unit) -> Unit:
    return replace(unit, one=unit.one or unit.name)


def _target(target: Target, indicator: Indicator, leads: Leads) -> Target:
    return replace(
        target,
        counted_in=indicator.counted_in,
        statistic=indicator.statistic,
        judged_by=target.due or target.judged_by,
        judged_by_is_reading=target.due is None and target.judged_by is not None,
        leads=leads[target.clause],
    )


def _field_rule(rule: Check) -> FieldRule:
    check = next(check for check in FIELD_CHECKS if getattr(rule, check) is not None)
    return FieldRule(
        id=rule.id,
        kind=rule.kind,
        field=rule.field,
        check=check,
        other=getattr(rule, check),
        when=tuple((name, tuple(words)) for name, words in rule.when.items()),
        message=rule.message,
        message_zh=rule.message_zh,
    )
