"""Rows that have been checked: nothing in them is unknown to the register or impossible.

Figures are exact decimals with trailing zeros dropped, moments aware UTC. `index` is the row's
place in its request, from 0. `stated_at` is None where the row gave none (it is the receipt then).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

Outcome = Literal["open", "completed", "refused", "withdrawn"]
ReportState = Literal["not_started", "in_progress", "done"]

OUTCOMES: Final[tuple[Outcome, ...]] = ("open", "completed", "refused", "withdrawn")
STATES: Final[tuple[ReportState, ...]] = ("not_started", "in_progress", "done")
STATUSES: Final = ("normal", "not_applicable")


@dataclass(frozen=True, slots=True)
class Observation:
    """A reported figure: `value`, or `numerator` of `denominator`, or not applicable."""

    index: int
    indicator: str
    region: str
    period: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    sample_size: Decimal | None
    not_applicable: bool
    comment: str
    stated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Pause:
    """A time that does not count; `end` None while the case is still paused."""

    start: datetime
    end: datetime | None
    ground: str
    document: str


@dataclass(frozen=True, slots=True)
class Extension:
    """Working days granted beyond the limit, by a document, and who approved them."""

    days: int
    document: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class Case:
    """One matter handled."""

    index: int
    case_no: str
    indicator: str
    region: str
    accepted_at: datetime
    completed_at: datetime | None
    outcome: Outcome
    resolved: bool | None
    deadline: datetime | None
    pauses: tuple[Pause, ...]
    extension: Extension | None
    stated_at: datetime | None
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ProgressReport:
    """What a lead unit says of a measure. `state` is None only in a zero report."""

    index: int
    measure: str
    period: str
    milestone: str
    state: ReportState | None
    done_on: date | None
    summary: str
    zero_report: bool
    received_on: date | None
    stated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Approval:
    """What the office decided on a document of a case: the working days it grants, 0 = none."""

    index: int
    indicator: str
    case_no: str
    document: str
    days: int
    reason: str
    stated_at: datetime | None


Row = Observation | Case | ProgressReport | Approval
