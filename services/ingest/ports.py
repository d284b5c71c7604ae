"""What the use cases need of the outside."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeVar

from services.ingest.domain.flaws import Flaw, Words
from services.ingest.domain.posting import Encoding, IncomingRequest
from services.ingest.domain.receipts import Receipt
from services.ingest.domain.terms import Terms

T = TypeVar("T")


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the moment, aware, in UTC."""
        ...

    def today(self) -> date:
        """Return the day of `now()` in Asia/Shanghai."""
        ...


@dataclass(frozen=True, slots=True)
class RawSubmission:
    """A request about to be read, its body decompressed; it would become `submission_id`."""

    submission_id: str
    request: IncomingRequest
    body: bytes
    terms: Terms


@dataclass(frozen=True, slots=True)
class DecodedSubmission:
    """A request after reading and checking.

    Attributes:
        org: whose rows they are; None where that could not be settled.
        payload: the record that would travel on, with the rows that were taken.
        flaws: the first faults, in the order of the rows; `flaws_total` counts all.
        problem: why nothing of it may be kept, whatever the mode; a type of problem.
        encoding: of the text of a CSV body, as it was found.
        warnings: the first of what to look at again; `warnings_total` counts all.

    """

    org: str | None
    payload: bytes
    received: int
    rejected: int
    flaws: Sequence[Flaw] = ()
    flaws_total: int = 0
    problem: str | None = None
    encoding: Encoding | None = None
    warnings: Sequence[Flaw] = ()
    warnings_total: int = 0


class Intake(Protocol):
    """Reads and checks bodies. Called from several threads."""

    def decompressed(self, request: IncomingRequest) -> bytes:
        """Return the body without its Content-Encoding; `Refused` where that cannot be done."""
        ...

    def accepted(self, draft: RawSubmission) -> DecodedSubmission | None:
        """Return what is taken of a body whose every row is fine; None of any other."""
        ...

    def listed(self, draft: RawSubmission) -> DecodedSubmission:
        """Read a body row by row and list every fault of it."""
        ...


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """What makes a request the same request again: whose key, which key, and what was sent."""

    scope: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class StoredSubmission:
    """What is written of an accepted request, all of it or nothing; `actor` sent it."""

    receipt: Receipt
    payload: bytes
    repeat: IdempotencyKey | None
    actor: str


@dataclass(frozen=True, slots=True)
class EarlierRequest:
    """An earlier request with the same key: what was sent then, and its receipt."""

    fingerprint: bytes
    receipt: Receipt


class Journal(Protocol):
    """Keeps accepted requests for good."""

    def find(self, scope: str, key: str) -> EarlierRequest | None:
        """Return the request that was accepted with this key. May wait for the disk."""
        ...

    async def write(self, entry: StoredSubmission) -> None:
        """Return once the entry is durable.

        Raises:
            BacklogFull: too much waits already; nothing was kept.
            IdempotencyKeyUsed: another process was quicker with the same key.

        """
        ...


class BacklogFull(Exception):  # noqa: N818 - the state it tells of
    """Too much waits to be written or sent."""


class IdempotencyKeyUsed(Exception):  # noqa: N818 - the state it tells of
    """A request with this key has been kept meanwhile."""


class ThreadPool(Protocol):
    """Does what would hold up the event loop."""

    def run(self, work: Callable[[], T], whose: str) -> Awaitable[T]:
        """Do the work on another thread, each sender's in its turn."""
        ...


@dataclass(frozen=True, slots=True)
class QuotaExceeded:
    """More than a sender may post now: how much at most, of what, and the seconds to wait."""

    limit: int
    unit: Words
    seconds: int


class RowQuota(Protocol):
    """Knows how much a sender may still post. Called from several threads."""

    def rows(self, who: str, rows: int) -> QuotaExceeded | None:
        """Count rows that were read; where they are too many now, count none and tell.

        No rows are too many for who owes some.
        """
        ...

    def charge(self, who: str, rows: int) -> None:
        """Count rows whatever is left, so that the sender may owe some."""
        ...


class Counters(Protocol):
    """Counts what happens. Quick, never raises."""

    def submission(self, org: str, result: str) -> None:
        """Count one request: accepted, partial, refused, replayed or dry_run."""
        ...

    def rejected(self, org: str, rows: int) -> None:
        """Count rows that were refused at the door of an accepted request."""
        ...


RenderErrors = Callable[[Sequence[Flaw]], bytes]
"""Faults as the JSON array that callers read."""
