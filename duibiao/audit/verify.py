"""Walking a chain: whether every record is as it was written, and the first that is not. Pure.

What a chain says of itself is checked first (numbers without gaps, hashes, links), then what was
published of it elsewhere. The first record that does not fit is named:

    altered      its content does not give its hash
    replaced     it gives its hash, but the next record was written after another one
    missing      its number is not there, inside or at the end
    inserted     its number has no place in the chain
    unpublished  another record was published under its number
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, Literal

from duibiao.audit.digests import ALGORITHMS, Digest, digest_named
from duibiao.audit.records import START, Checkpoint, Record, hash_of

Reason = Literal["altered", "replaced", "missing", "inserted", "unpublished"]
# The fields of a `Record` in their order, as the database gives them: of any type.
Row = Sequence[object]

_TYPES: Final = (int, int, str, str, str, str, str, bytes, bytes)


@dataclass(frozen=True, slots=True)
class Bad:
    """The first record that is not as it was written."""

    sequence: int
    reason: Reason
    published_at: datetime | None = None  # of the head that tells so


@dataclass(frozen=True, slots=True)
class Published:
    """A head as it was published."""

    head: Checkpoint
    at: datetime


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk found: how many records from the start are good, and what stopped it."""

    records: int
    bad: Bad | None


def verify_chain(
    chain: str,
    rows: Iterable[Row],
    published: Iterable[Published] = (),
    kept: Checkpoint | None = None,
    digests: Callable[[str], Digest] = digest_named,
) -> Verification:
    """Check a chain from its first record to its last.

    Args:
        chain: its name.
        rows: everything that stands in it, by number.
        published: heads of it that were published, in any order.
        kept: the head that stands beside it in its store, None where there is none.
        digests: the hash functions by name.

    Raises:
        AuditError: a record was made with a hash that this Python does not have.

    """
    claims = _by_number(published)
    digests = cache(digests)
    head = START
    bad: Bad | None
    for row in rows:
        expected = head.sequence + 1
        number = row[0] if type(row[0]) is int else expected
        bad = None
        record = _readable(row)
        if number != expected:
            bad = Bad(expected, "missing") if number > expected else Bad(number, "inserted")
        elif record is None or record.hash != hash_of(chain, record, digests(record.algorithm)):
            bad = Bad(number, "altered")
        elif record.previous != head.hash:
            bad = Bad(head.sequence, "replaced") if head.sequence else Bad(number, "altered")
        else:
            bad = _against(record.checkpoint, claims)
            head = record.checkpoint
        if bad is not None:
            return _stopped(bad)
    bad = _beyond(head, claims, kept)
    return Verification(head.sequence, None) if bad is None else _stopped(bad)


def _stopped(bad: Bad) -> Verification:
    return Verification(max(0, bad.sequence - 1), bad)


def _readable(row: Row) -> Record | None:
    """Return the row as a record; None where one of its fields is of no such kind."""
    if tuple(map(type, row)) != _TYPES or row[6] not in ALGORITHMS:
        return None
    return Record(*row)  # type: ignore[arg-type]  # just made sure


def _by_number(published: Iterable[Published]) -> Mapping[int, Sequence[Published]]:
    claims: dict[int, list[Published]] = {}
    for one in published:
        claims.setdefault(one.head.sequence, []).append(one)
    return claims


def _against(head: Checkpoint, claims: Mapping[int, Sequence[Published]]) -> Bad | None:
    """Hold a record against what was published of its number."""
    for claim in claims.get(head.sequence, ()):
        if claim.head.hash != head.hash:
            return Bad(head.sequence, "unpublished", claim.at)
    return None


def _beyond(
    head: Checkpoint, claims: Mapping[int, Sequence[Published]], kept: Checkpoint | None
) -> Bad | None:
    """Tell whether there must be more records than there are, or fewer."""
    later = [one for number, ones in claims.items() if number > head.sequence for one in ones]
    if later:
        last = max(later, key=lambda claim: claim.head.sequence)
        return Bad(head.sequence + 1, "missing", last.at)
    if kept is None or kept == head:
        return None
    if kept.sequence > head.sequence:
        return Bad(head.sequence + 1, "missing")
    if kept.sequence < head.sequence:
        return Bad(kept.sequence + 1, "inserted")
    return Bad(head.sequence, "replaced")
