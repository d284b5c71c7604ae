"""The register as a whole: its parts, and the look-ups over them.

Owns the indexes that are asked for on every row of every submission. Built once, never changed,
shared by all threads of a process.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import TypeVar

from duibiao.register.duties import milestone_duties
from duibiao.register.values import (
    AlertRules,
    Chapter,
    Duty,
    FieldRule,
    Indicator,
    Measure,
    Notice,
    Org,
    Region,
    Target,
    Task,
    Window,
)

_T = TypeVar("_T")
_K = TypeVar("_K")


def _grouped(pairs: Iterable[tuple[_K, _T]]) -> dict[_K, tuple[_T, ...]]:
    groups: dict[_K, list[_T]] = {}
    for key, item in pairs:
        groups.setdefault(key, []).append(item)
    return {key: tuple(items) for key, items in groups.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Register:
    """One notice as data. Tasks, measures and targets stand in the order of the notice.

    `version` names the content of the files it was read from. A figure farther from what is usual
    than by `outlier_factor` is worth a second look (None: none is). Look-ups of one thing raise
    KeyError for an unknown code; look-ups of several answer () for it.
    """

    version: str
    notice: Notice
    tasks: tuple[Task, ...]
    measures: tuple[Measure, ...]
    orgs: Mapping[str, Org]
    regions: Mapping[str, Region]
    indicators: Mapping[str, Indicator]
    targets: tuple[Target, ...]
    duties: tuple[Duty, ...]
    alert_rules: AlertRules
    window: Window
    city: str
    chapters: tuple[Chapter, ...] = ()
    field_rules: tuple[FieldRule, ...] = ()
    outlier_factor: Decimal | None = None
    lead_orgs: tuple[str, ...] = field(init=False)
    _tasks: dict[int, Task] = field(init=False, repr=False)
    _measures: dict[str, Measure] = field(init=False, repr=False)
    _targets: dict[str, Target] = field(init=False, repr=False)
    _by_indicator: dict[str, tuple[Target, ...]] = field(init=False, repr=False)
    _by_task: dict[int, tuple[Target, ...]] = field(init=False, repr=False)
    _measures_of: dict[int, tuple[Measure, ...]] = field(init=False, repr=False)
    milestone_duties: tuple[Duty, ...] = field(init=False)
    _duties_of: dict[str, tuple[Duty, ...]] = field(init=False, repr=False)
    _duties: dict[tuple[str, str], Duty] = field(init=False, repr=False)
    _rules_of: dict[str, tuple[FieldRule, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Build the look-ups once: they are asked for on every row of every submission."""
        milestones = tuple(milestone_duties(self.measures))
        leads = [task.leads for task in self.tasks] + [measure.leads for measure in self.measures]
        derived = {
            "lead_orgs": tuple(dict.fromkeys(chain.from_iterable(leads))),
            "_tasks": {task.no: task for task in self.tasks},
            "_measures": {measure.no: measure for measure in self.measures},
            "_targets": {target.id: target for target in self.targets},
            "_by_indicator": _grouped((target.indicator, target) for target in self.targets),
            "_by_task": _grouped((int(t.clause.partition(".")[0]), t) for t in self.targets),
            "_measures_of": _grouped((measure.task, measure) for measure in self.measures),
            "milestone_duties": milestones,
            "_duties_of": _grouped((duty.org, duty) for duty in self.duties),
            "_duties": {(duty.id, duty.org): duty for duty in (*self.duties, *milestones)},
            "_rules_of": _grouped((rule.kind, rule) for rule in self.field_rules),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def on(self, day: date) -> "Register":
        """Return the register with every target as it holds for what ends on a day."""
        targets = tuple(target.for_row(None, day) for target in self.targets)
        return self if targets == self.targets else replace(self, targets=targets)

    def target(self, target_id: str) -> Target:
        """Return a target by its id ("T13")."""
        return self._targets[target_id]

    def task(self, no: int) -> Task:
        """Return a task by its number."""
        return self._tasks[no]

    def measure(self, no: str) -> Measure:
        """Return a measure by its number ("6.3")."""
        return self._measures[no]

    def duty(self, duty_id: str, org: str) -> Duty:
        """Return one unit's duty by its id ("6.3/2021Q1", a milestone's code) and the org code."""
        return self._duties[duty_id, org]

    def targets_of(self, indicator: str) -> tuple[Target, ...]:
        """Return the targets set for an indicator."""
        return self._by_indicator.get(indicator, ())

    def targets_of_task(self, no: int) -> tuple[Target, ...]:
        """Return the targets of a task's own clause and of its measures."""
        return self._by_task.get(no, ())

    def measures_of(self, task: int) -> tuple[Measure, ...]:
        """Return a task's measures."""
        return self._measures_of.get(task, ())

    def duties_of(self, org: str) -> tuple[Duty, ...]:
        """Return what a unit owes, in the order of the notice, then of the dates."""
        return self._duties_of.get(org, ())

    def rules_of(self, kind: str) -> tuple[FieldRule, ...]:
        """Return what must hold between the fields of a kind of row ("case")."""
        return self._rules_of.get(kind, ())
