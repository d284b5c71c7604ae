"""The files of a register and the local overlay, as dataclasses of the values that they hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, get_type_hints

from pydantic import Field

from duibiao.register import field_types as types
from duibiao.register.values import (
    AlertRules,
    Chapter,
    FieldRule,
    Indicator,
    LocalThreshold,
    Measure,
    Milestone,
    Notice,
    Org,
    Region,
    Target,
    Task,
    Unit,
    Window,
)


@dataclass(frozen=True, slots=True)
class NoticeFile:
    """notice.yaml."""

    notice: Notice
    city: types.RegionRef
    window: Window


@dataclass(frozen=True, slots=True)
class RegionsFile:
    """regions.yaml."""

    regions: types.NotEmpty[Region]


@dataclass(frozen=True, slots=True)
class OrgsFile:
    """orgs.yaml."""

    orgs: types.NotEmpty[Org]


@dataclass(frozen=True, slots=True)
class TasksFile:
    """tasks.yaml."""

    tasks: types.NotEmpty[Task]
    chapters: types.NotEmpty[Chapter] = ()


@dataclass(frozen=True, slots=True)
class MeasuresFile:
    """measures.yaml."""

    measures: types.NotEmpty[Measure]


@dataclass(frozen=True, slots=True)
class MilestonesFile:
    """milestones.yaml."""

    milestones: tuple[Milestone, ...]


@dataclass(frozen=True, slots=True)
class IndicatorsFile:
    """indicators.yaml."""

    indicators: types.NotEmpty[Indicator]
    units: tuple[Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetsFile:
    """targets.yaml."""

    targets: types.NotEmpty[Target]


@dataclass(frozen=True, slots=True)
class Report:
    """A date by which the leads of every measure report."""

    period: types.PeriodCode
    due: types.NoticeDay
    rule: types.DueRule


@dataclass(frozen=True, slots=True)
class DutyException:
    """Another rule for the date of one measure's report, or of one lead's."""

    measure: types.MeasureRef
    period: types.ReportRef
    rule: types.DueRule
    org: types.OrgRef | None = None


@dataclass(frozen=True, slots=True)
class DutiesFile:
    """duties.yaml."""

    reports: tuple[Report, ...]
    exceptions: tuple[DutyException, ...] = ()


@dataclass(frozen=True, slots=True)
class Outliers:
    """A figure is an outlier if it is this many times farther from the middle than usual."""

    factor: Annotated[types.Number, Field(ge=1)]


@dataclass(frozen=True, slots=True)
class ChecksFile:
    """checks.yaml."""

    rules: tuple[FieldRule, ...]
    outliers: Outliers


@dataclass(frozen=True, slots=True)
class Overlay:
    """The local overlay: thresholds where the notice gives none, or tighter ones."""

    thresholds: tuple[LocalThreshold, ...]


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a valid register."""

    notice: NoticeFile
    regions: RegionsFile
    orgs: OrgsFile
    tasks: TasksFile
    measures: MeasuresFile
    milestones: MilestonesFile
    indicators: IndicatorsFile
    targets: TargetsFile
    duties: DutiesFile
    alerts: AlertRules
    checks: ChecksFile
    overlay: Overlay = Overlay(())


KINDS: Final[Mapping[str, type]] = get_type_hints(Files)
PARTS: Final = tuple(KINDS)[:-1]
"""The files of a register, `NAME.yaml` each; every one is required."""
