"""What the board shows, as values, and the one port it reads them through.

The pages own the look, never the facts: every figure, state and proof here was decided elsewhere
and is only read. Each method of `BoardData` is one read of the store, so a page is one
consistent picture. Nothing here knows SQL, HTTP or HTML.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

Number = int | Decimal | Fraction


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the installation stands: what every page says in its head.

    `judged_day` is the day in Asia/Shanghai up to which verdicts speak; `sample` says that the
    store was filled with invented figures; `evaluated_at` is the newest verdict's time, UTC.
    """

    judged_day: date
    sample: bool
    calendar_version: str
    evaluated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row of a target: one org (None: over several), one region, one period.

    The fields are those of `GET /v1/verdicts` that a page shows; numbers are exact. `present`
    marks the row of the series' present period.
    """

    id: str
    target: str
    org: str | None
    region: str
    period: str
    status: str
    reason: str | None
    evidence: str | None
    value: Number | None
    threshold: Number | None
    basis: str
    attainment_ratio: Number | None
    gap: Number | None
    reporters: int
    expected: int
    sample_size: int | None
    within_limit: int | None
    mean: Number | None
    p90: Number | None
    max: Number | None
    overdue_open: int | None
    near_threshold: bool
    provisional: bool
    insufficient_sample: bool
    evaluated_at: datetime
    present: bool


@dataclass(frozen=True, slots=True)
class DutyState:
    """A report owed, and how it stands on the judged day. `duty` is an id like `6.3/2021Q1`."""

    duty: str
    measure: str
    org: str
    period: str
    due: date
    effective_due: date
    status: str
    received_on: date | None


@dataclass(frozen=True, slots=True)
class MilestoneState:
    """What one lead unit last said of a milestone: not_started, in_progress or done."""

    milestone: str
    org: str
    state: str
    done_on: date | None


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert not yet closed, resolved or revoked, as the alerts topic last told it.

    `region` is None for an alert on a duty; `leads` are org codes.
    """

    id: str
    number: str
    colour: str
    state: str
    target: str | None
    duty: str | None
    measure: str | None
    org: str | None
    region: str | None
    period: str
    leads: tuple[str, ...]
    opened_at: datetime
    reply_due: date | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole notice: city rows of every target and period, all duties, all open alerts."""

    standing: Standing
    city: tuple[Verdict, ...]
    duties: tuple[DutyState, ...]
    milestones: tuple[MilestoneState, ...]
    alerts: tuple[OpenAlert, ...]


@dataclass(frozen=True, slots=True)
class TargetSheet:
    """One target: rows of every period, org and region, and its open alerts."""

    standing: Standing
    rows: tuple[Verdict, ...]
    alerts: tuple[OpenAlert, ...]


@dataclass(frozen=True, slots=True)
class OrgSheet:
    """One unit: city rows of every target, the unit's own city-wide rows, duties, alerts to it.

    `city` holds all periods; `own` holds the rows (org = the unit, region = the city).
    """

    standing: Standing
    city: tuple[Verdict, ...]
    own: tuple[Verdict, ...]
    duties: tuple[DutyState, ...]
    alerts: tuple[OpenAlert, ...]


class BoardData(Protocol):
    """Read access to what stands now. Every call is one consistent read; none changes anything."""

    def overview(self) -> Overview:
        """Everything `/board` and `/board/orgs` show."""

    def target(self, target: str) -> TargetSheet:
        """Everything about one target of the register; no rows where none exist."""

    def proof(self, verdict: str) -> Mapping[str, object] | None:
        """Return the proof of one version of a verdict as plain data, None where unknown."""

    def org(self, org: str) -> OrgSheet:
        """Everything about one unit of the register; empty where it did nothing."""
