"""Receipts: what became of a request, at first as it was taken, later as it was counted."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.ingest.domain.context import Kind
from services.ingest.domain.submission import Encoding
from services.ingest.domain.times import microseconds


@dataclass(frozen=True, slots=True)
class Settled:
    """The final counts of the rows that were taken, once their verdicts are there.

    `dead_lettered`: the submission could not be applied and was put aside; nothing is counted until
    its dead letter is replayed.
    """

    accepted: int
    duplicate: int
    revised: int
    evaluated_at: datetime
    dead_lettered: bool = False

    @property
    def evaluated_us(self) -> int:
        """`evaluated_at` in microseconds."""
        return microseconds(self.evaluated_at)


@dataclass(frozen=True, slots=True)
class Receipt:
    """One submission.

    Attributes:
        id: UUIDv7; None for a dry run, of which nothing is kept.
        received: rows in the request; always taken + rejected.
        taken: rows without a fault.
        rejected: rows refused at the door.
        errors: the faults of the refused rows, as the JSON array that callers read.
        errors_total: how many faults there were; `errors` holds the first of them.
        settled: None until the verdicts are there.
        encoding: of the text of a CSV body, as it was found.
        warnings: what to look at again in rows that were taken, as `errors` is; it refused nothing.

    """

    id: str | None
    org: str
    key_id: str
    kind: Kind
    received_at: datetime
    received: int
    taken: int
    rejected: int
    errors: bytes = b"[]"
    errors_total: int = 0
    settled: Settled | None = None
    encoding: Encoding | None = None
    warnings: bytes = b"[]"
    warnings_total: int = 0

    @property
    def received_us(self) -> int:
        """`received_at` in microseconds."""
        return microseconds(self.received_at)


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


class CountsDisagreeError(ValueError):
    """The final counts are not about the rows that were taken."""


def settle(receipt: Receipt, settled: Settled) -> Receipt:
    """Return the receipt with its final counts; the first ones stand.

    Those of a dead letter stand until it is replayed.

    Raises:
        CountsDisagreeError: they do not add up to the rows taken.

    """
    standing = receipt.settled
    if standing is not None and (settled.dead_lettered or not standing.dead_lettered):
        return receipt
    if settled.dead_lettered:
        return replace(receipt, settled=settled)
    counted = settled.accepted + settled.duplicate + settled.revised
    if counted != receipt.taken:
        raise CountsDisagreeError(f"{counted} rows counted, {receipt.taken} taken")
    return replace(receipt, settled=settled)
