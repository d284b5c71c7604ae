"""A request to take rows, as far as it is known before its body is looked at."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal, Protocol

from services.ingest.domain.terms import Kind, Sender

Format = Literal["json", "ndjson", "csv", "xlsx"]
TABLES: Final = frozenset({"csv", "xlsx"})
"""Formats that people fill in."""

Coding = Literal["identity", "gzip", "zstd"]
Encoding = Literal["utf-8", "gb18030"]


class Body(Protocol):
    """What was sent, to be read as often as need be, by one reader at a time."""

    @property
    def size(self) -> int:
        """Return how many bytes it is."""
        ...

    @property
    def step(self) -> int:
        """Return how many bytes a reader should hold at a time."""
        ...

    def opened(self) -> BinaryIO:
        """Return its bytes, from the first on."""
        ...

    def pieces(self) -> Iterator[bytes]:
        """Yield its bytes, `step` at a time."""
        ...


@dataclass(frozen=True, slots=True)
class Media:
    """The format of a body; `encoding` None where the header leaves it open, or it is no text."""

    format: Format
    encoding: Encoding | None


@dataclass(frozen=True, slots=True)
class Posting:
    """One request.

    Attributes:
        actor: who sends it, as the audit log names them.
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
    body: Body
    partial: bool
    dry_run: bool
    repeat_key: str | None
    address: bytes
