"""What the use case needs of the outside."""

from typing import Protocol

from services.ingest.domain.receipts import IdempotencyKey, Receipt, StoredSubmission
from services.ingest.domain.submission import DecodedSubmission, IncomingRequest


class Intake(Protocol):
    """Reads and checks bodies. Called from several threads."""

    def decompressed(self, request: IncomingRequest) -> bytes:
        """Return the body without its Content-Encoding; `Refused` where that cannot be done."""

    def accepted(self, request: IncomingRequest, body: bytes) -> DecodedSubmission | None:
        """Return what is taken of a body whose every row is fine; None of any other."""

    def listed(self, request: IncomingRequest, body: bytes) -> DecodedSubmission:
        """Read a body row by row and list every fault of it."""


class RowQuota(Protocol):
    """Knows how many rows a sender may still post. Called from several threads."""

    def take(self, who: str, rows: int, org: str | None = None) -> None:
        """Count rows; `Refused` where they are too many now, or any at all for who owes some."""

    def charge(self, who: str, rows: int) -> None:
        """Count rows whatever is left, so that the sender may owe some."""


class Journal(Protocol):
    """Keeps accepted requests for good."""

    def find(self, scope: str, key: str) -> tuple[IdempotencyKey, Receipt] | None:
        """Return the request that was accepted with this key. May wait for the disk."""

    async def write(self, entry: StoredSubmission) -> None:
        """Return once the entry is durable.

        Raises:
            BacklogFull: too much waits already; nothing was kept.
            IdempotencyKeyUsed: another process was quicker with the same key.

        """


class BacklogFull(Exception):  # noqa: N818 - the state it tells of
    """Too much waits to be written or sent."""


class IdempotencyKeyUsed(Exception):  # noqa: N818 - the state it tells of
    """A request with this key has been kept meanwhile."""
