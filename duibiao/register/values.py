"""The values of a register, each with the declaration of its fields in the files.

What a field may hold is declared here and nowhere else: pydantic reads the files by it (`reading`).
The constructors check nothing. Nothing changes a value, so all threads of a process share them.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Final, NamedTuple, get_args

from pydantic import Field

from duibiao.register import field_types as types
from duibiao.register import indicator_rules as rules
from duibiao.register.periods import PeriodType


@dataclass(frozen=True, slots=True)
class Unit:
    """What figures are counted in, as it stands behind a number; `one`: behind a 1 in English."""

    code: Annotated[types.Code, Field(alias="unit")]
    name: types.English
    name_zh: Annotated[str, Field(min_length=1, max_length=20)]
    one: types.English = ""


# Those that need not be declared. Shares are percent.
UNITS: Mapping[str, Unit] = {
    "workday": Unit("workday", "working days", "个工作日", "working day"),
    "day": Unit("day", "calendar days", "个自然日", "calendar day"),
    "percent": Unit("percent", "%", "%", "%"),
    "item": Unit("item", "items", "项", "item"),
}

# The units of how long cases last; a `day` is one of the calendar.
DURATIONS = ("workday", "day")

LIMIT_OF: Final[Mapping[types.Op, types.Op]] = {"<=": "<=", ">=": ">=", "rise": ">=", "fall": "<="}
FIELD_CHECKS: tuple[types.FieldCheck, ...] = get_args(types.FieldCheck)


@dataclass(frozen=True, slots=True)
class Notice:
    """The policy document: `dated` is its own date, `issued` the day it was printed and sent."""

    number: Annotated[str, Field(min_length=1)]
    issuer: types.English
    issuer_zh: types.Chinese
    title: types.English
    title_zh: types.Chinese
    dated: types.Day
    issued: types.Day
    code: types.Code


@dataclass(frozen=True, slots=True)
class Org:
    """A unit. A `group` is a collective name of the notice: it never leads and owes nothing.

    `region` is the area that a district government or a zone committee governs; `members` are the
    units that a group stands for.
    """

    code: types.Code
    name: types.English
    name_zh: types.Chinese
    kind: types.OrgKind
    region: types.RegionRef | None = None
    members: types.Orgs = ()


@dataclass(frozen=True, slots=True)
class Region:
    """An area figures are reported for, by GB/T 2260 code or a lettered code of our own.

    `tile` is its place on the map: column from the west, row from the north, from 1.
    """

    code: types.RegionCode
    name: types.English
    name_zh: types.Chinese
    kind: types.RegionKind
    tile: tuple[types.Place, types.Place] | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading of the notice over its tasks `first` to `last`, both included."""

    no: types.Derived[int]
    title: types.English
    title_zh: types.Chinese
    first: types.TaskRef
    last: types.Derived[int]


@dataclass(frozen=True, slots=True)
class Task:
    """A numbered item of the notice, 1 to 25. `leads` and `supports` hold org codes in order."""

    no: Annotated[types.TaskNo, Field(alias="task")]
    title: types.English
    title_zh: types.Chinese
    leads: types.Leads
    supports: types.Orgs


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something to be done by the end of `due` (Asia/Shanghai), with no figure."""

    code: types.MilestoneCode
    measure: types.MeasureRef
    title_zh: types.Chinese
    title: types.English
    due: types.NoticeDay


@dataclass(frozen=True, slots=True)
class Measure:
    """An action under a task; `no` is "6.3" for measure 3 of task 6."""

    no: Annotated[types.MeasureNo, Field(alias="measure")]
    task: types.Derived[int]
    title: types.English
    title_zh: types.Chinese
    leads: types.Leads
    supports: types.Orgs
    milestones: types.Derived[tuple[Milestone, ...]]


@dataclass(frozen=True, slots=True)
class Usual:
    """Where figures of an indicator usually lie, in its unit, both ends included."""

    minimum: types.NotNegative
    maximum: types.NotNegative


@dataclass(frozen=True, slots=True)
class Indicator:
    """Something measured.

    `minimum` and `maximum` bound what is plausible, in `unit`, both ends included; None = open.
    `reported_by` holds org codes, the first to be believed first. `report_within` is in working
    days after the period's end. `count_start_day` counts the start days of cases and pauses too.
    """

    code: types.Code
    name: types.English
    name_zh: types.Chinese
    unit: types.UnitRef
    counted_in: types.Derived[Unit]
    statistic: types.Statistic
    direction: types.Direction
    period_type: Annotated[PeriodType, Field(alias="period")] = "quarter"
    reported_by: types.Leads = ()
    minimum: types.Number | None = None
    maximum: types.Number | None = None
    min_sample: Annotated[types.Whole, Field(ge=0)] = 0
    count_start_day: types.Flag = False
    report_within: types.Workdays = 10
    usual: Usual | None = None
    clock: rules.ClockRules = rules.USUAL_CLOCK
    doubts: rules.DoubtRules = rules.USUAL_DOUBTS

    @property
    def takes_cases(self) -> bool:
        """Whether its figures can be counted from cases: shares of them, or how long they took."""
        counted = self.statistic != "latest" and self.unit in DURATIONS
        return self.statistic == "share" or counted


@dataclass(frozen=True, slots=True)
class Baseline:
    """Where the line of a `latest` target begins, or a point of its plan, in the target's unit."""

    value: types.NotNegative
    day: types.Day


class Compared(NamedTuple):
    """What a target is compared with, where that comes from, and who decided it since when."""

    op: types.Op
    threshold: Decimal | None
    basis: types.Basis
    decided_by: str | None = None
    decided_since: date | None = None


@dataclass(frozen=True, slots=True)
class LocalThreshold:
    """A threshold of the office's, in the target's unit, for periods that end since a day.

    `org` None: for all units.
    """

    target: types.TargetRef
    threshold: types.NotNegative
    unit: types.Code
    decided_by: Annotated[str, Field(min_length=2, max_length=200)]
    since: types.NoticeDay
    org: types.OrgRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the notice asks of an indicator.

    `threshold` is None where there is none to compare with (`basis` none, or a direction). `due` is
    only what the notice says; `judged_by` is the date phases use, and `judged_by_is_reading` marks
    one that is our reading. `clause` is a measure ("6.3") or a task ("17"). `decided_by` and
    `decided_since` stand only where a local overlay set the threshold; `stated` is the notice's own
    where `local` has any.
    """

    id: Annotated[types.TargetId, Field(alias="target")]
    indicator: types.IndicatorRef
    clause: types.ClauseRef
    op: types.Op
    threshold: types.NotNegative | None = None
    unit: types.Code
    counted_in: types.Derived[Unit]
    statistic: types.Derived[types.Statistic]
    due: types.NoticeDay | None = None
    judged_by: types.NoticeDay | None = None
    judged_by_is_reading: types.Derived[bool]
    verb: types.Verb | None = None
    basis: types.NoticeBasis
    leads: types.Derived[tuple[str, ...]]
    baseline: Baseline | None = None
    plan: tuple[Baseline, ...] = ()
    alert_levels: types.Some[types.AlertLevel] = ("city",)
    decided_by: types.Derived[str | None]
    decided_since: types.Derived[date | None]
    stated: types.Derived[Compared | None] = None
    local: types.Derived[tuple[LocalThreshold, ...]] = ()
    name: types.English
    name_zh: types.Chinese

    def for_row(self, org: str | None, last: date) -> "Target":
        """Return the target as it holds for rows of an org (None: over several) in a period.

        Of the local thresholds decided by the period's `last` day the org's own comes first, then
        the newest; without any, the notice's stands.
        """
        held = [one for one in self.local if one.org in (None, org) and one.since <= last]
        if held:
            return self._with(max(held, key=lambda one: (one.org is not None, one.since)))
        return self if self.stated is None else dataclasses.replace(self, **self.stated._asdict())

    def decided(self, local: Sequence[LocalThreshold]) -> "Target":
        """Return the target with the office's thresholds, the newest for all units shown.

        Their basis is `local`, so that none can pass for the notice's own, and a direction becomes
        a limit of that direction.
        """
        stated = self.stated or Compared(self.op, self.threshold, self.basis)
        laid = dataclasses.replace(self, stated=stated, local=tuple(local))
        return laid.for_row(None, date.max)

    def _with(self, one: LocalThreshold) -> "Target":
        op = LIMIT_OF[self.op if self.stated is None else self.stated.op]
        said = Compared(op, one.threshold, "local", one.decided_by, one.since)
        return dataclasses.replace(self, **said._asdict())


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
    rule: types.DueRule
    effective_due: date
    milestone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """When an alert of `colour` opens, or an open one rises to it.

    `on` names the occasion. verdict: the status is one of `statuses`, in `periods` periods running
    up to the present one, with an attainment ratio below `attainment_below` where that is set.
    near_threshold: the verdict is marked so. duty: the duty's status is one of `statuses`. figure:
    no figure `after_workdays` working days after the indicator's `report_within`. reply: a yellow
    unanswered `after_workdays` working days after its reply date.
    """

    id: Annotated[types.Code, Field(alias="rule")]
    colour: types.Colour
    on: Annotated[types.Occasion, Field(alias="occasion")]
    statuses: types.Some[types.Status] = ()
    attainment_below: types.Share | None = None
    periods: Annotated[types.Whole, Field(ge=1, le=12)] = 1
    after_workdays: types.Workdays | None = None
    enabled: types.Flag = True
    name: types.English
    name_zh: types.Chinese


@dataclass(frozen=True, slots=True)
class ScorecardWeights:
    """How much each part of a scorecard weighs against the others; 0 leaves it out."""

    attainment: types.Weight = 60
    timeliness: types.Weight = 25
    quality: types.Weight = 15


@dataclass(frozen=True, slots=True)
class AlertRules:
    """The rules in order, and the numbers around them.

    `caps` is the highest colour a target of a verb may reach (a verb not in it: red).
    `reply_within` (by the colour of the card) and `due_soon_within` are in working days;
    `sending_hour` is in Asia/Shanghai.
    """

    rules: tuple[AlertRule, ...]
    caps: Mapping[types.Verb, types.Colour]
    reply_within: types.ReplyWithin
    due_soon_within: types.Workdays
    sending_hour: types.TimeOfDay
    wait_for_morning: types.Flag
    scorecard: ScorecardWeights = ScorecardWeights()


@dataclass(frozen=True, slots=True)
class Window:
    """The watch window, both days included: city rows exist for every period begun in it."""

    first: types.Day
    last: types.Day


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """What must hold between two fields of a row of `kind`, looked at where `field` is given.

    One of `needs` to `at_most` says how `field` stands to the field named there (or to `today`):
    it needs it, forbids it, or lies not before it, not after it, or at most as high. The rule
    speaks only of rows whose fields in `when` hold one of the words listed there.
    """

    id: Annotated[types.Code, Field(alias="rule")]
    kind: types.RowKind
    field: str
    message: types.English
    message_zh: types.Chinese
    when: Mapping[str, types.Words] = dataclasses.field(default_factory=dict)
    needs: str | None = None
    forbids: str | None = None
    not_before: str | None = None
    not_after: str | None = None
    at_most: str | None = None

    @property
    def check(self) -> types.FieldCheck:
        """Return how the two fields stand to each other."""
        return next(check for check in FIELD_CHECKS if getattr(self, check) is not None)

    @property
    def other(self) -> str:
        """Return the other field, or `today`."""
        return str(getattr(self, self.check))
