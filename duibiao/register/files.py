"""The files of a register and the local overlay, as dataclasses of the values that they hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, get_type_hints

from pydantic import Field

from duibiao.register import field_types as types
from duibiao.register import values


@dataclass(frozen=True, slots=True)
class NoticeFile:
    """notice.yaml."""

    notice: values.Notice
    city: types.RegionRef
    window: values.Window


@dataclass(frozen=True, slots=True)
class RegionsFile:
    """regions.yaml."""

    regions: types.NotEmpty[values.Region]


@dataclass(frozen=True, slots=True)
class OrgsFile:
    """orgs.yaml."""

    orgs: types.NotEmpty[values.Org]


@dataclass(frozen=True, slots=True)
class TasksFile:
    """tasks.yaml."""

    tasks: types.NotEmpty[values.Task]
    chapters: types.NotEmpty[values.Chapter] = ()


@dataclass(frozen=True, slots=True)
class MeasuresFile:
    """measures.yaml."""

    measures: types.NotEmpty[values.Measure]


@dataclass(frozen=True, slots=True)
class MilestonesFile:
    """milestones.yaml."""

    milestones: tuple[values.Milestone, ...]


@dataclass(frozen=True, slots=True)
class IndicatorsFile:
    """indicators.yaml."""

    indicators: types.NotEmpty[values.Indicator]
    units: tuple[values.Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetsFile:
    """targets.yaml."""

    targets: types.NotEmpty[values.Target]


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

    rules: tuple[values.FieldRule, ...]
    outliers: Outliers


@dataclass(frozen=True, slots=True)
class Overlay:
    """The local overlay: thresholds where the notice gives none, or tighter ones."""

    thresholds: tuple[values.LocalThreshold, ...]


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
    alerts: values.AlertRules
    checks: ChecksFile
    overlay: Overlay = Overlay(())


KINDS: Final[Mapping[str, type]] = get_type_hints(Files)
# The files of a register, `NAME.yaml` each; every one is required.
PARTS: Final = tuple(KINDS)[:-1]
