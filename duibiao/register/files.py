"""The files of a register and the local overlay, as dataclasses of the values that they hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, get_type_hints

from duibiao.register.declared import NOT_EMPTY, Between, Default, Key
from duibiao.register.field_types import (
    Chinese,
    Code,
    DueRule,
    English,
    MeasureNo,
    PeriodCode,
    RegionCode,
    RowKind,
)
from duibiao.register.overlay import Decision
from duibiao.register.values import (
    AlertRules,
    Chapter,
    Indicator,
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
    city: RegionCode
    window: Window


@dataclass(frozen=True, slots=True)
class RegionsFile:
    """regions.yaml."""

    regions: Annotated[tuple[Region, ...], NOT_EMPTY]


@dataclass(frozen=True, slots=True)
class OrgsFile:
    """orgs.yaml."""

    orgs: Annotated[tuple[Org, ...], NOT_EMPTY]


@dataclass(frozen=True, slots=True)
class TasksFile:
    """tasks.yaml."""

    tasks: Annotated[tuple[Task, ...], NOT_EMPTY]
    chapters: Annotated[tuple[Chapter, ...], NOT_EMPTY] = ()


@dataclass(frozen=True, slots=True)
class MeasuresFile:
    """measures.yaml."""

    measures: Annotated[tuple[Measure, ...], NOT_EMPTY]


@dataclass(frozen=True, slots=True)
class MilestonesFile:
    """milestones.yaml."""

    milestones: tuple[Milestone, ...]


@dataclass(frozen=True, slots=True)
class IndicatorsFile:
    """indicators.yaml."""

    indicators: Annotated[tuple[Indicator, ...], NOT_EMPTY]
    units: tuple[Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetsFile:
    """targets.yaml."""

    targets: Annotated[tuple[Target, ...], NOT_EMPTY]


@dataclass(frozen=True, slots=True)
class Report:
    """A date by which the leads of every measure report."""

    period: PeriodCode
    due: date
    rule: DueRule


@dataclass(frozen=True, slots=True)
class DutyException:
    """Another rule for the date of one measure's report, or of one lead's."""

    measure: MeasureNo
    period: PeriodCode
    rule: DueRule
    org: Annotated[Code, Default("")]


@dataclass(frozen=True, slots=True)
class DutiesFile:
    """duties.yaml."""

    reports: tuple[Report, ...]
    exceptions: tuple[DutyException, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """A FieldRule as its file has it: one of the keys named for the checks, with `other`."""

    id: Annotated[Code, Key("rule")]
    kind: RowKind
    field: str
    message_zh: Chinese
    message: English
    when: Annotated[Mapping[str, Any], Default({})]
    needs: str | None
    forbids: str | None
    not_before: str | None
    not_after: str | None
    at_most: str | None


@dataclass(frozen=True, slots=True)
class Outliers:
    """A figure is an outlier if it is this many times farther from the middle than usual."""

    factor: Annotated[Decimal, Between(1)]


@dataclass(frozen=True, slots=True)
class ChecksFile:
    """checks.yaml."""

    rules: tuple[Check, ...]
    outliers: Outliers


@dataclass(frozen=True, slots=True)
class OverlayFile:
    """The local overlay."""

    thresholds: tuple[Decision, ...]


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


FILES: Final[Mapping[str, type]] = get_type_hints(Files)
PARTS: Final = tuple(FILES)
"""The files of a register, `NAME.yaml` each; every one is required."""
