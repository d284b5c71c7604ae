"""One request of an agency as plain values: rows of one org, and what each row says.

Owns the shapes only. The adapter makes them from the wire; times are aware UTC, figures exact
decimals. What a row says (its content) is kept apart from what it speaks of (its identity) and from
when it was said, because only contents are compared.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from services.indicators.domain.timestamps import from_us, to_us

CaseOutcome = Literal["open", "completed", "refused", "withdrawn"]
ReportState = Literal["not_started", "in_progress", "done"]


class FigureKey(NamedTuple):
    """The identity of an observation (domain.md section 5)."""

    indicator: str
    org: str
    region: str
    period: str


class CaseKey(NamedTuple):
    """The identity of a case."""

    org: str
    case_no: str
    indicator: str


class ApprovalKey(NamedTuple):
    """The identity of a decision of the office: a document of a case."""

    indicator: str
    org: str
    case_no: str
    document: str


class ReportKey(NamedTuple):
    """The identity of a progress report; `milestone` is "" for the measure as a whole."""

    org: str
    measure: str
    milestone: str
    period: str


@dataclass(frozen=True, slots=True)
class FigureContent:
    """A reported figure: a value, or a numerator over a denominator; or that none applies."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    sample_size: Decimal | None = None
    not_applicable: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """A stop of the clock on a legal ground; `end` None = still paused."""

    start: datetime
    end: datetime | None
    ground: str
    document: str


@dataclass(frozen=True, slots=True)
class Extension:
    """Working days granted beyond the limit, the document that granted them, and who approved."""

    days: int
    document: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class CaseContent:
    """One matter handled. `labels` are sorted (name, value) pairs."""

    region: str
    accepted_at: datetime
    completed_at: datetime | None = None
    outcome: CaseOutcome = "open"
    resolved: bool | None = None
    deadline: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    extension: Extension | None = None
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReportContent:
    """How far a measure, or one milestone of it, has come; a zero report may leave it open."""

    state: ReportState | None
    done_on: date | None = None
    summary: str = ""
    zero_report: bool = False
    received_on: date | None = None


@dataclass(frozen=True, slots=True)
class ObservationRow:
    """One observation of a submission; `index` is its place in the request."""

    index: int
    indicator: str
    region: str
    period: str
    content: FigureContent
    stated_at: datetime


class CaseRow(NamedTuple):
    """One case of a submission, flat: times are microseconds, `details` as of `details_text`."""

    indicator: str
    case_no: str
    region: str
    accepted_us: int
    completed_us: int | None
    outcome: CaseOutcome
    resolved: bool | None
    deadline_us: int | None
    details: str | None
    stated_us: int

    @property
    def content(self) -> CaseContent:
        """What it says."""
        return content_of(*self[2:9])

    @property
    def stated_at(self) -> datetime:
        """The agency's own time of the statement."""
        return from_us(self.stated_us)


class CaseStatement(NamedTuple):
    """A case as stated, flat: the columns of the table `cases` in their order."""

    indicator: str
    org: str
    case_no: str
    region: str
    accepted_us: int
    completed_us: int | None
    outcome: CaseOutcome
    resolved: bool | None
    deadline_us: int | None
    details: str | None
    stated_us: int
    submission_id: str
    received_us: int

    @property
    def key(self) -> CaseKey:
        """Its identity."""
        return CaseKey(self.org, self.case_no, self.indicator)

    @property
    def compared(self) -> tuple[object, ...]:
        """What is compared: equal for equal contents."""
        return self[3:10]

    @property
    def content(self) -> CaseContent:
        """What it says."""
        return content_of(*self[3:10])

    @property
    def stated_at(self) -> datetime:
        """The agency's own time of the statement."""
        return from_us(self.stated_us)

    @property
    def received_at(self) -> datetime:
        """When it came in."""
        return from_us(self.received_us)

    def received_as(self, other: "CaseStatement") -> "CaseStatement":
        """Return this statement, received when the other one was."""
        return self._replace(received_us=other.received_us)


def content_of(
    region: str,
    accepted_us: int,
    completed_us: int | None,
    outcome: CaseOutcome,
    resolved: bool | None,  # noqa: FBT001 - in the order of the columns
    deadline_us: int | None,
    details: str | None,
) -> CaseContent:
    """Return what a flat case says."""
    known = {} if details is None else json.loads(details)
    extension = known.get("extension")
    return CaseContent(
        region,
        from_us(accepted_us),
        from_us(completed_us),
        outcome,
        None if resolved is None else bool(resolved),
        from_us(deadline_us),
        tuple(
            Pause(from_us(start), from_us(end), ground, document)
            for start, end, ground, document in known.get("pauses", ())
        ),
        None if extension is None else Extension(*extension),
        tuple((name, value) for name, value in known.get("labels", ())),
    )


def details_text(
    pauses: Iterable[Pause],
    extension: Extension | None,
    labels: Iterable[tuple[str, str]],
) -> str | None:
    """Return the parts of a case that no query asks for as canonical JSON, None without any."""
    given: dict[str, object] = {}
    if listed := [(to_us(p.start), to_us(p.end), p.ground, p.document) for p in pauses]:
        given["pauses"] = listed
    if extension is not None:
        given["extension"] = astuple(extension)
    if named := sorted(labels):
        given["labels"] = named
    return json.dumps(given, ensure_ascii=False, separators=(",", ":")) if given else None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One progress report of a submission; `milestone` is "" for the measure as a whole."""

    index: int
    measure: str
    period: str
    milestone: str
    content: ReportContent
    stated_at: datetime


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """One decision of the office: working days granted by a document at most, 0 = none."""

    index: int
    indicator: str
    case_no: str
    document: str
    days: int
    reason: str
    stated_at: datetime


@dataclass(frozen=True, slots=True)
class Submission:
    """The rows of one org that came in one request. No two rows share an identity."""

    id: str
    org: str
    received_at: datetime
    observations: tuple[ObservationRow, ...] = ()
    cases: Sequence[CaseRow] = ()
    reports: tuple[ReportRow, ...] = ()
    approvals: tuple[ApprovalRow, ...] = ()


@dataclass(frozen=True, slots=True)
class RowCounts:
    """How the rows of a submission were taken; their sum is the rows that came."""

    accepted: int = 0
    duplicate: int = 0
    revised: int = 0
