r"""Audit records: what one holds and how it is tied to the one before it. Pure.

The hash of a record is taken over this JSON array, UTF-8, no spaces, nothing but control
characters, `"` and `\` escaped:

    [chain, algorithm, sequence, time_us, actor, act, subject, details, previous]

`details` is the text of a JSON object with its names in order, `previous` the hash of the record
before in hexadecimal (64 zeros for the first). So whoever has the rows can compute it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from duibiao.audit.digests import DIGEST_BYTES, Digest

# The actor of what nobody did by hand.
SYSTEM: Final = "duibiao"

_json = msgspec.json.Encoder()
_ordered = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class Act:
    """Something that was done.

    Attributes:
        actor: `KEY_ID/ROLE/ORG` (the last empty without an org), of a person with
            `/PERSON_ID/NAME`, or SYSTEM.
        act: what was done, such as `key.revoked`.
        subject: to what: an id or a code.
        details: whatever else must be known, as JSON can hold it; nothing secret.

    """

    actor: str
    act: str
    subject: str
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The last record of a chain: its place, from 1, and its hash. `START` before the first."""

    sequence: int
    hash: bytes


START: Final = Checkpoint(0, bytes(DIGEST_BYTES))


@dataclass(frozen=True, slots=True)
class Record:
    """An act in its place; `time_us` are microseconds since 1970-01-01T00:00Z."""

    sequence: int
    time_us: int
    actor: str
    act: str
    subject: str
    details: str
    algorithm: str
    previous: bytes
    hash: bytes

    @property
    def checkpoint(self) -> Checkpoint:
        """The head of the chain that ends with this record."""
        return Checkpoint(self.sequence, self.hash)


def seal(
    chain: str, after: Checkpoint, act: Act, time_us: int, algorithm: str, digest: Digest
) -> Record:
    """Return the record of an act that follows `after` on a chain; `digest` is `algorithm`'s."""
    sequence = after.sequence + 1
    details = _ordered.encode(act.details).decode()
    place = (algorithm, sequence, time_us, act.actor, act.act, act.subject, details)
    return Record(
        sequence=sequence,
        time_us=time_us,
        actor=act.actor,
        act=act.act,
        subject=act.subject,
        details=details,
        algorithm=algorithm,
        previous=after.hash,
        hash=digest(_json.encode([chain, *place, after.hash.hex()])),
    )


def hash_of(chain: str, record: Record, digest: Digest) -> bytes:
    """Return the hash that a record should have; `digest` is that of its algorithm."""
    return digest(
        _json.encode(
            [
                chain,
                record.algorithm,
                record.sequence,
                record.time_us,
                record.actor,
                record.act,
                record.subject,
                record.details,
                record.previous.hex(),
            ]
        )
    )
