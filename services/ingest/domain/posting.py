"""A request to take rows, as far as it is known before its body is looked at."""

from dataclasses import dataclass
from typing import Final, Literal

from services.ingest.domain.terms import Kind, Sender

Format = Literal["json", "ndjson", "csv", "xlsx"]
TABLES: Final = frozenset({"csv", "xlsx"})
"""Formats that people fill in."""

Coding = Literal["identity", "gzip", "zstd"]
Encoding = Literal["utf-8", "gb18030"]


@dataclass(frozen=True, slots=True)
class Media:
    """The format of a body; `encoding` None where the header leaves it open, or it is no text."""

    format: Format
    encoding: Encoding | None


@dataclass(frozen=True, slots=True)
class IncomingRequest:
    """One request.

    Attributes:
        actor: who sends it, as the audit log names them.
        body: as it arrived, still compressed as `coding` says.
        partial: take the rows without a fault where others have one.
        dry_run: check only, keep nothing.
        repeat_key: the Idempotency-Key, None where there is none.
        address: path and query, which a repeated request must repeat too.

    """

    kind: Kind
    sender: Sender
    key_id: str
    actor: str
    media: Media
    coding: Coding
    body: bytes
    partial: bool
    dry_run: bool
    repeat_key: str | None
    address: bytes
