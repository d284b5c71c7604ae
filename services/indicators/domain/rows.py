"""What is stored and shown: roll-ups of cases, verdicts, duties.

Owns the shapes that the repository loads and saves; the rules that fill them stand in their own
modules. Figures are exact fractions, days are days in Asia/Shanghai, moments are aware UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Literal, NamedTuple
from uuid import UUID

from duibiao.register import Basis, DutyStatus, Op, Statistic, VerdictStatus
from services.indicators.domain.histogram import EMPTY, Histogram
from services.indicators.domain.submission import RowCounts

Status = VerdictStatus
Reason = Literal["no_figure", "no_threshold", "no_comparison"]
Evidence = Literal["cases", "reported", "mixed"]

# JsonObject data: mappings, lists, text, whole numbers, booleans and None, as JSON has them.
JsonObject = Mapping[str, Any]


class RollupKey(NamedTuple):
    """Cases of one indicator, org and region in one period of the indicator's type."""

    indicator: str
    period: str
    org: str
    region: str


@dataclass(frozen=True, slots=True)
class Rollup:
    """What is known from cases under one key.

    `completed`: the cases completed in the period. `open`: those open at the end of its judged day,
    at the days they had lasted by then. `accepted`: cases accepted in it; `resolved`: those of them
    marked resolved, whenever completed. Withdrawn cases stand in none of these. Which of them are
    filled depends on the indicator's statistic.
    """

    key: RollupKey
    completed: Histogram = EMPTY
    open: Histogram = EMPTY
    accepted: int = 0
    resolved: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is counted; an empty roll-up is not kept."""
        return not (self.completed or self.open or self.accepted or self.resolved)


def rising(new: str, last: str) -> str:
    """Return a new UUIDv7; where the clock that made the last one was ahead, the next after it."""
    return new if new > last else str(UUID(int=UUID(last).int + 1))


class Series(NamedTuple):
    """Whose verdicts follow one another: `org` None = over several orgs."""

    target: str
    org: str | None
    region: str


class VerdictRow(NamedTuple):
    """A row of `/v1/verdicts`: one target compared for one org, region and period.

    The fields are those of contract.md section 3, in its order. `value`, `threshold`, `gap`,
    `mean`, `p90` and `max` are in `unit`; `sample_size` is a count, or a denominator. The four sums
    of working days are of the cases that the figure is made from; None where it rests on no clocks.
    `decisive`: the notice is judged by this row.
    """

    id: str
    target: str
    indicator: str
    clause: str
    org: str | None
    region: str
    period: str
    statistic: Statistic
    value: Fraction | None
    unit: str
    op: Op
    threshold: Fraction | None
    basis: Basis
    due: date | None
    attainment_ratio: Fraction | None
    gap: Fraction | None
    status: Status
    reason: Reason | None
    evidence: Evidence | None
    reporters: int
    expected: int
    sample_size: Fraction | None
    within_limit: int | None
    mean: Fraction | None
    p90: int | None
    max: int | None
    overdue_open: int | None
    near_threshold: bool
    provisional: bool
    insufficient_sample: bool
    evaluated_at: datetime
    register_version: str
    calendar_version: str
    decisive: bool = False
    clock_doubt: bool = False
    pending_approvals: int = 0
    gross_days: int | None = None
    paused_days: int | None = None
    extended_days: int | None = None
    net_days: int | None = None


class Verdict(NamedTuple):
    """The current verdict of one series and period: its row and what goes with it.

    `present`: the row of the series' present period. `inputs_digest`: equal digests, equal inputs,
    whatever the series. `proof_digest`: of the proof but for its id, time and judged day; a verdict
    whose row and proof digest are unchanged keeps its id. `ended`: the period is over.
    `granting_attains`: not attained, but would be if all that waits for approval were granted.
    """

    row: VerdictRow
    period_end: date
    present: bool
    ended: bool
    previous_status: Status | None
    inputs_digest: str
    proof_digest: str
    granting_attains: bool = False

    @property
    def series(self) -> Series:
        return Series(self.row.target, self.row.org, self.row.region)


class VerdictChange(NamedTuple):
    """A verdict to be stored and published.

    `proof` is that of a new version (a new `row.id`); None where the version stands and only
    `present` or what goes with the row changed. `removed`: the series has no data for the period
    any more; the row, of status unknown, is the last version and stands no longer.
    """

    verdict: Verdict
    proof: JsonObject | None
    removed: bool = False


class DutyKey(NamedTuple):
    """One unit's share in a duty, e.g. ("6.3/2021Q1", "housing-bureau")."""

    duty: str
    org: str


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A row of `/v1/duties`: a report that is owed, or a `milestone` to be done.

    `received_on` is the day that decided, `received_at` the true receipt; both None, and
    `submission_id` with them, while nothing has come.
    """

    duty: str
    measure: str
    org: str
    period: str
    due: date
    effective_due: date
    status: DutyStatus
    received_at: datetime | None = None
    received_on: date | None = None
    submission_id: str | None = None
    milestone: str | None = None

    @property
    def key(self) -> DutyKey:
        return DutyKey(self.duty, self.org)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What all kept verdicts rest on.

    `judged_day`: the day up to which they speak. `counted_by`: for each indicator, how its cases
    were counted into roll-ups (statistic, period type, start day, calendar); where that differs
    from the register's way, its roll-ups must be counted anew.
    """

    judged_day: date
    register_version: str
    calendar_version: str
    counted_by: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a use case changed, in the order it is to be published."""

    verdicts: tuple[VerdictChange, ...] = ()
    duties: tuple[DutyRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """The effect of one submission. `repeated`: it had been applied before; nothing changed."""

    counts: RowCounts
    changes: Changes
    repeated: bool = False
