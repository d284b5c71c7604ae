"""What an agency says: figures, cases and progress reports of one org, and the office's decisions.

Owns the shapes only. Times are aware UTC, figures exact decimals. What a row says (its content) is
apart from what it speaks of (its key) and from when it was said: only contents are compared. Keys
have the order of the primary keys they are stored under.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Generic, Literal, NamedTuple, Self, TypeVar

from duibiao.workdays import from_us, to_us

CaseOutcome = Literal["open", "completed", "refused", "withdrawn"]
ReportState = Literal["not_started", "in_progress", "done"]
RowKind = Literal["observations", "cases", "reports", "approvals"]

K = TypeVar("K")
C = TypeVar("C")


class FigureKey(NamedTuple):
    """The identity of an observation (domain.md section 5)."""

    indicator: str
    org: str
    region: str
    period: str


class CaseKey(NamedTuple):
    """The identity of a case."""

    indicator: str
    org: str
    case_no: str


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
    period: str
    milestone: str


class FigureContent(NamedTuple):
    """A reported figure: a value, or a numerator over a denominator; or that none applies."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    sample_size: Decimal | None = None
    not_applicable: bool = False
    comment: str = ""


class Pause(NamedTuple):
    """A stop of the clock on a legal ground; `end` None = still paused."""

    start: datetime
    end: datetime | None
    ground: str
    document: str


class Extension(NamedTuple):
    """Working days granted beyond the limit, the document that granted them, and who approved."""

    days: int
    document: str
    approved_by: str


class CaseContent(NamedTuple):
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


class ReportContent(NamedTuple):
    """How far a measure, or one milestone of it, has come; a zero report may leave it open."""

    state: ReportState | None
    done_on: date | None = None
    summary: str = ""
    zero_report: bool = False
    received_on: date | None = None


@dataclass(frozen=True, slots=True)
class Statement(Generic[K, C]):
    """What was said of one identity, when (the agency's own time), and in which submission."""

    key: K
    content: C
    stated_at: datetime
    submission_id: str
    received_at: datetime

    @property
    def compared(self) -> C:
        """What is compared: equal for equal contents."""
        return self.content

    def received_as(self, other: Self) -> Self:
        """Return this statement, received when the other one was."""
        return replace(self, received_at=other.received_at)


@dataclass(frozen=True, slots=True)
class FigureStatement(Statement[FigureKey, FigureContent]):
    """A reported figure as stated."""


class Receipt(NamedTuple):
    """When a report first came: the day that counts, the true moment, and the submission."""

    day: date
    received_at: datetime
    submission_id: str


@dataclass(frozen=True, slots=True)
class ReportStatement(Statement[ReportKey, ReportContent]):
    """A progress report as stated, with the first receipt of any statement of its identity."""

    first: Receipt


class CaseStatement(NamedTuple):
    """A case as stated: the columns of the table `cases`. `details` is of `details_text`."""

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
        return CaseKey._make(self[:3])

    @property
    def compared(self) -> tuple[object, ...]:
        """What is compared: equal for equal contents."""
        return self[3:10]

    @property
    def content(self) -> CaseContent:
        known = {} if self.details is None else json.loads(self.details)
        extension = known.get("extension")
        return CaseContent(
            self.region,
            from_us(self.accepted_us),
            from_us(self.completed_us),
            self.outcome,
            None if self.resolved is None else bool(self.resolved),
            from_us(self.deadline_us),
            tuple(
                Pause(from_us(start), from_us(end), ground, document)
                for start, end, ground, document in known.get("pauses", ())
            ),
            None if extension is None else Extension(*extension),
            tuple((name, value) for name, value in known.get("labels", ())),
        )

    @property
    def stated_at(self) -> datetime:
        return from_us(self.stated_us)

    @property
    def received_at(self) -> datetime:
        return from_us(self.received_us)

    def received_as(self, other: "CaseStatement") -> "CaseStatement":
        """Return this statement, received when the other one was."""
        return self._replace(received_us=other.received_us)


def details_text(
    pauses: Iterable[Pause], extension: Extension | None, labels: Iterable[tuple[str, str]]
) -> str | None:
    """Return the parts of a case that no query asks for as canonical JSON, None without any."""
    given: dict[str, object] = {}
    if listed := [(to_us(p.start), to_us(p.end), p.ground, p.document) for p in pauses]:
        given["pauses"] = listed
    if extension is not None:
        given["extension"] = extension
    if named := sorted(labels):
        given["labels"] = named
    return json.dumps(given, ensure_ascii=False, separators=(",", ":")) if given else None


@dataclass(frozen=True, slots=True)
class ReportHistory:
    """A progress report that counts, and what was stated before it, the newest first."""

    standing: ReportStatement
    earlier: tuple[Statement[ReportKey, ReportContent], ...] = ()


class Approval(NamedTuple):
    """What the office decided on a document of a case: working days granted at most, 0 = none.

    Of several decisions on one document the one stated last counts.
    """

    key: ApprovalKey
    days: int
    reason: str
    stated_at: datetime
    submission_id: str

    @property
    def case(self) -> CaseKey:
        return CaseKey._make(self.key[:3])


# Working days that the office granted to one case, by the document; absent = not decided.
Granted = Mapping[str, int]


def granted_of(
    approvals: Mapping[CaseKey, Mapping[str, Approval]],
) -> dict[CaseKey, dict[str, int]]:
    """Return the days granted to each case, of its approvals by document."""
    return {
        case: {document: approval.days for document, approval in decided.items()}
        for case, decided in approvals.items()
    }


AnyKey = FigureKey | CaseKey | ReportKey
AnyStatement = FigureStatement | CaseStatement | ReportStatement


class KnownStatement(NamedTuple):
    """A statement already known: the digest of its content, and the time it was stated for."""

    digest: str
    stated_at: datetime


class RowCounts(NamedTuple):
    """How the rows of a submission were taken; their sum is the rows that came."""

    accepted: int = 0
    duplicate: int = 0
    revised: int = 0


@dataclass(frozen=True, slots=True)
class Submission:
    """The rows of one org that came in one request. No two rows share an identity.

    `cases` may be plain tuples. The `first` receipt of `reports` is that of this submission.
    `kind` is that of its rows, those included that were rejected at the door (`rejected`).
    """

    id: str
    org: str
    received_at: datetime
    observations: Sequence[FigureStatement] = ()
    cases: Sequence[CaseStatement] = ()
    reports: Sequence[ReportStatement] = ()
    approvals: Sequence[Approval] = ()
    kind: RowKind = "observations"
    rejected: int = 0


# Contents are stored and distinguished by a canonical text: 5.5 and 5.50 are one figure.


def pack(content: FigureContent | CaseContent | ReportContent) -> str:
    """Return the canonical JSON text of a content; what is not given is left out."""
    given = {name: _plain(value) for name, value in content._asdict().items()}
    resolved = given.pop("resolved", None)
    said = {name: value for name, value in given.items() if value not in (None, "", [], False)}
    if resolved is not None:  # a case that is not resolved says so
        said["resolved"] = resolved
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(content: FigureContent | CaseContent | ReportContent) -> str:
    """Return 32 hex digits that differ where contents differ."""
    return sha256(pack(content).encode()).hexdigest()[:32]


def unpack_report(text: str) -> ReportContent:
    """Read a progress report back from its canonical text."""
    said: dict[str, Any] = json.loads(text)
    for name in {"done_on", "received_on"} & said.keys():
        said[name] = date.fromisoformat(said[name])
    return ReportContent(**{"state": None} | said)


def _plain(value: object) -> object:
    match value:
        case Decimal():
            return f"{(value + 0).normalize():f}"
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(part) for part in value]
        case _:
            return value
