"""The values of a register, each with the declaration of its fields in the files.

What a field may hold is declared here and nowhere else: `declared` reads the files by it. Every
collection is a tuple or a read-only mapping, so the values are shared by all threads of a process.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, get_args

from duibiao.register.declared import (
    DERIVED,
    NOT_EMPTY,
    Between,
    Default,
    Key,
    Length,
    Needs,
    Words,
)
from duibiao.register.field_types import (
    AlertLevel,
    Basis,
    Chinese,
    Clause,
    Code,
    Colour,
    Direction,
    DueRule,
    English,
    FieldCheck,
    Leads,
    MeasureNo,
    MilestoneCode,
    NotNegative,
    Occasion,
    Op,
    OrgKind,
    PauseGround,
    RegionCode,
    RegionKind,
    RowKind,
    Statistic,
    Status,
    TargetId,
    TaskNo,
    Verb,
    Workdays,
)
from duibiao.register.periods import PeriodType


@dataclass(frozen=True, slots=True)
class Unit:
    """What figures are counted in, as it stands behind a number; `one`: behind a 1 in English."""

    code: Annotated[Code, Key("unit")]
    name: English
    name_zh: Annotated[str, Length(1, 20)]
    one: English = ""


UNITS: Mapping[str, Unit] = {
    "workday": Unit("workday", "working days", "个工作日", "working day"),
    "percent": Unit("percent", "%", "%", "%"),
    "item": Unit("item", "items", "项", "item"),
}
"""Those that need not be declared. Durations of cases are workdays, shares are percent."""

FIELD_CHECKS: tuple[FieldCheck, ...] = get_args(FieldCheck)
GROUNDS: tuple[PauseGround, ...] = get_args(PauseGround)


@dataclass(frozen=True, slots=True)
class Notice:
    """The policy document: `dated` is its own date, `issued` the day it was printed and sent."""

    number: Annotated[str, Length(1)]
    issuer: English
    issuer_zh: Chinese
    title: English
    title_zh: Chinese
    dated: date
    issued: date
    code: Code


@dataclass(frozen=True, slots=True)
class Org:
    """A unit. A `group` is a collective name of the notice: it never leads and owes nothing.

    `region` is the area that a district government or a zone committee governs.
    """

    code: Code
    name: English
    name_zh: Chinese
    kind: OrgKind
    region: RegionCode | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """An area figures are reported for, by GB/T 2260 code or a lettered code of our own."""

    code: RegionCode
    name: English
    name_zh: Chinese
    kind: RegionKind


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading of the notice over its tasks `first` to `last`, both included."""

    no: Annotated[int, DERIVED]
    title: English
    title_zh: Chinese
    first: TaskNo
    last: Annotated[int, DERIVED]


@dataclass(frozen=True, slots=True)
class Task:
    """A numbered item of the notice, 1 to 25. `leads` and `supports` hold org codes in order."""

    no: Annotated[TaskNo, Key("task")]
    title: English
    title_zh: Chinese
    leads: Leads
    supports: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something to be done by the end of `due` (Asia/Shanghai), with no figure."""

    code: MilestoneCode
    measure: MeasureNo
    title_zh: Chinese
    title: English
    due: date


@dataclass(frozen=True, slots=True)
class Measure:
    """An action under a task; `no` is "6.3" for measure 3 of task 6."""

    no: Annotated[MeasureNo, Key("measure")]
    task: Annotated[int, DERIVED]
    title: English
    title_zh: Chinese
    leads: Leads
    supports: tuple[Code, ...]
    milestones: Annotated[tuple[Milestone, ...], DERIVED]


@dataclass(frozen=True, slots=True)
class Usual:
    """Where figures of an indicator usually lie, in its unit, both ends included."""

    minimum: NotNegative
    maximum: NotNegative


@dataclass(frozen=True, slots=True)
class ClockRules:
    """What may stop or lengthen the clock of a case, and what is asked about (domain.md section 4).

    `max_paused` (None: no cap) and `max_extension` are working days of one case.
    `approve_extensions`: an extension counts only once the office approves it;
    `approve_pauses_over`: so does a pause of more working days than this (None: none does).
    `pause_share_alarm` is a percentage; `usual_age` is in calendar days.
    """

    grounds: Annotated[tuple[PauseGround, ...], NOT_EMPTY] = GROUNDS
    max_paused: Workdays | None = None
    max_extension: Workdays = 0
    approve_extensions: bool = False
    approve_pauses_over: Workdays | None = None
    pause_share_alarm: Annotated[Decimal, Between(0, 100)] = Decimal(30)
    usual_age: Annotated[int, Between(1)] = 730

    @property
    def asks(self) -> bool:
        """Whether the office has to approve anything."""
        return self.approve_extensions or self.approve_pauses_over is not None


@dataclass(frozen=True, slots=True)
class Indicator:
    """Something measured.

    `minimum` and `maximum` bound what is plausible, in `unit`, both ends included; None = open.
    `reported_by` holds org codes, the first to be believed first. `report_within` is in working
    days after the period's end. `count_start_day` counts the start days of cases and pauses too.
    """

    code: Code
    name: English
    name_zh: Chinese
    unit: Code
    counted_in: Annotated[Unit, DERIVED]
    statistic: Statistic
    direction: Direction
    period_type: Annotated[PeriodType, Key("period")] = "quarter"
    reported_by: Leads = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    min_sample: Annotated[int, Between(0)] = 0
    count_start_day: bool = False
    report_within: Workdays = 10
    usual: Usual | None = None
    clock: ClockRules = ClockRules()

    @property
    def takes_cases(self) -> bool:
        """Whether its figures can be counted from cases: shares of them, or how long they took."""
        counted = self.statistic != "latest" and self.unit == "workday"
        return self.statistic == "share" or counted


@dataclass(frozen=True, slots=True)
class Baseline:
    """Where the straight line of a `latest` target begins: a value, in the target's unit."""

    value: NotNegative
    day: date


@dataclass(frozen=True, slots=True)
class Target:
    """What the notice asks of an indicator.

    `threshold` is None where there is none to compare with (`basis` none, or a direction). `due` is
    only what the notice says; `judged_by` is the date phases use, and `judged_by_is_reading` marks
    one that is our reading. `clause` is a measure ("6.3") or a task ("17"). `decided_by` and
    `decided_since` stand only where a local overlay set the threshold.
    """

    id: Annotated[TargetId, Key("target")]
    indicator: Code
    clause: Clause
    op: Op
    threshold: NotNegative | None
    unit: Code
    counted_in: Annotated[Unit, DERIVED]
    statistic: Annotated[Statistic, DERIVED]
    due: date | None
    judged_by: date | None
    judged_by_is_reading: Annotated[bool, DERIVED]
    verb: Verb | None
    basis: Annotated[Basis, Words(("stated", "interpreted", "none"))]
    leads: Annotated[tuple[str, ...], DERIVED]
    baseline: Baseline | None
    alert_levels: Annotated[tuple[AlertLevel, ...], NOT_EMPTY, Default(("city",))]
    decided_by: Annotated[str | None, DERIVED]
    decided_since: Annotated[date | None, DERIVED]
    name: English
    name_zh: Chinese


@dataclass(frozen=True, slots=True)
class Duty:
    """A progress report that `org` owes on `measure` by `effective_due`, the day itself in time.

    `id` is MEASURE/PERIOD ("6.3/2021Q1") and is shared by the measure's leads; (id, org) is unique.
    `due` is the notice's date; `rule` says what became of it where it is no working day.
    `milestone` is set where not a report is owed but a milestone done; `id` is its code then.
    """

    id: str
    measure: str
    org: str
    period: str
    due: date
    rule: DueRule
    effective_due: date
    milestone: str = ""


@dataclass(frozen=True, slots=True)
class AlertRule:
    """When an alert of `colour` opens, or an open one rises to it.

    `on` names the occasion. verdict: the status is one of `statuses`, in `periods` periods running
    up to the present one, with an attainment ratio below `attainment_below` where that is set.
    near_threshold: the verdict is marked so. duty: the duty's status is one of `statuses`. figure:
    no figure `after_workdays` working days after the indicator's `report_within`. reply: a yellow
    unanswered `after_workdays` working days after its reply date.
    """

    id: Annotated[Code, Key("rule")]
    colour: Colour
    on: Annotated[Occasion, Key("occasion")]
    statuses: Annotated[tuple[Status, ...], NOT_EMPTY, Default(())]
    attainment_below: Fraction | None
    periods: Annotated[int, Between(1, 12), Default(1)]
    after_workdays: Workdays | None
    enabled: Annotated[bool, Default(value=True)]
    name: English
    name_zh: Chinese


@dataclass(frozen=True, slots=True)
class AlertRules:
    """The rules in order, and the numbers around them.

    `caps` is the highest colour a target of a verb may reach (a verb not in it: red).
    `reply_within` and `due_soon_within` are in working days; `sending_hour` is in Asia/Shanghai.
    """

    rules: tuple[AlertRule, ...]
    caps: Mapping[Annotated[str, Words(get_args(Verb))], Colour]
    reply_within: Annotated[
        Mapping[Annotated[str, Words(get_args(Colour))], Workdays], Needs(("yellow", "red"))
    ]
    due_soon_within: Workdays
    sending_hour: time
    wait_for_morning: bool


@dataclass(frozen=True, slots=True)
class Window:
    """The watch window, both days included: city rows exist for every period begun in it."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What must hold between two fields of a row of `kind`, looked at where `field` is given.

    `check` says how `field` stands to `other` (a field of the row, or `today`): it needs it,
    forbids it, or lies not before it, not after it, or at most as high. The rule speaks only of
    rows whose fields in `when` hold one of the words listed there.
    """

    id: str
    kind: RowKind
    field: str
    check: FieldCheck
    other: str
    when: tuple[tuple[str, tuple[str, ...]], ...]
    message: str
    message_zh: str
