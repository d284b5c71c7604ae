"""A request to take rows, and what was read of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from services.ingest.domain.context import Kind, Sender
from services.ingest.domain.errors import RowError

Format = Literal["json", "ndjson", "csv", "xlsx"]
# Formats that people fill in.
TABLES: Final = frozenset({"csv", "xlsx"})

Coding = Literal["identity", "gzip", "zstd"]
Encoding = Literal["utf-8", "gb18030"]
_NOT_YET: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Media:
    """The format of a body; `encoding` None where the header leaves it open, or it is no text."""

    format: Format
    encoding: Encoding | None


@dataclass(slots=True)
class IncomingRequest:
    """One request; `id`, `received` and `body` are set once the body is there.

    Attributes:
        actor: who sends it, as the audit log names them.
        partial: take the rows without a fault where others have one.
        dry_run: check only, keep nothing.
        repeat_key: the Idempotency-Key, None where there is none.
        address: path and query, which a repeated request must repeat too.
        id: of the submission that it would become.
        received: aware UTC.
        body: as it arrived, still compressed as `coding` says.

    """

    kind: Kind
    sender: Sender
    key_id: str
    actor: str
    media: Media
    coding: Coding
    partial: bool
    dry_run: bool
    repeat_key: str | None
    address: bytes
    id: str = ""
    received: datetime = _NOT_YET
    body: bytes = b""

    @property
    def whose(self) -> str:
        """For whom the request counts, whichever of its keys it came with."""
        return self.sender.org or "office"


@dataclass(frozen=True, slots=True)
class DecodedSubmission:
    """A request after reading and checking.

    Attributes:
        org: whose rows they are; None where that could not be settled.
        payload: the record that would travel on, with the rows that were taken.
        errors: the first faults, in the order of the rows; `errors_total` counts all.
        problem: why nothing of it may be kept, whatever the mode; a type of problem.
        encoding: of the text of a CSV body, as it was found.
        warnings: the first of what to look at again; `warnings_total` counts all.

    """

    org: str | None
    payload: bytes
    received: int
    rejected: int
    errors: Sequence[RowError] = ()
    errors_total: int = 0
    problem: str | None = None
    encoding: Encoding | None = None
    warnings: Sequence[RowError] = ()
    warnings_total: int = 0
