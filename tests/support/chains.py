"""Chains of audit records for tests: made, changed by hand, and walked."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import astuple, replace
from datetime import UTC, datetime

import pytest

from duibiao.audit.digests import digest_named
from duibiao.audit.records import START, Act, Checkpoint, Record, hash_of, seal
from duibiao.audit.verify import Published, Row, Verification, verify_chain

needs_sm3 = pytest.mark.skipif("sm3" not in hashlib.algorithms_available, reason="OpenSSL has none")
CHAIN = "ingest"
MONDAY = datetime(2021, 6, 7, tzinfo=UTC)
ACT = Act("key1/org/tax-bureau", "submission.accepted", "s-1", {"rows": 3})


def chain_of(
    acts: Sequence[Act], *, after: Checkpoint = START, algorithm: str = "sha256"
) -> list[Record]:
    """Return acts as a chain, one a second."""
    records: list[Record] = []
    for act in acts:
        time_us = 1_600_000_000_000_000 + 1_000_000 * (after.sequence + 1)
        record = seal(CHAIN, after, act, time_us, algorithm, digest_named(algorithm))
        records.append(record)
        after = record.checkpoint
    return records


def short_chain(length: int = 5) -> list[Record]:
    return chain_of([replace(ACT, subject=f"s-{n}") for n in range(1, length + 1)])


def changed(
    records: Sequence[Record], number: int, change: Callable[[Record], Record]
) -> list[Record]:
    """Return the records with one of them changed, by its number."""
    return [change(one) if one.sequence == number else one for one in records]


def resealed(record: Record) -> Record:
    """Return a record with the hash that its content has."""
    return replace(record, hash=hash_of(CHAIN, record, digest_named(record.algorithm)))


def chained_anew(records: Sequence[Record], start: int) -> list[Record]:
    """Return the records with links and hashes made right from one number on."""
    done: list[Record] = []
    for record in records:
        if record.sequence >= start:
            previous = done[-1].hash if done else START.hash
            record = resealed(replace(record, previous=previous))  # noqa: PLW2901 - the new one
        done.append(record)
    return done


def rows_of(records: Sequence[Record]) -> list[Row]:
    """Return the records as a database gives them: by number."""
    return sorted((astuple(record) for record in records), key=lambda row: int(str(row[0])))


def published(record: Record, at: datetime = MONDAY) -> Published:
    return Published(record.checkpoint, at)


def walked(
    records: Sequence[Record], *heads: Published, kept: Checkpoint | None = None
) -> Verification:
    return verify_chain(CHAIN, rows_of(records), heads, kept)
