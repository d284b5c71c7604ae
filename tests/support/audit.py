"""Audit chains in tests: made, changed by hand, verified, and a store that has one."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import astuple, replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import MetaData

from duibiao.audit import AuditLog, AuditTables
from duibiao.audit.digests import Algorithm, digest_named
from duibiao.audit.reading import kept_head, rows
from duibiao.audit.records import START, Act, Checkpoint, Record, hash_of, seal
from duibiao.audit.verify import Published, Row, Verification, verify_chain
from duibiao.bus.outbox import Outbox
from duibiao.core.clock import Clock
from duibiao.store import Store
from tests.support.clock import ManualClock
from tests.support.stores import make

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


class AuditedStore:
    """The store of a chain, and what somebody with the password could do to it."""

    def __init__(self, url: str, clock: Clock | None = None) -> None:
        self.url = url
        self.clock = clock or ManualClock()
        metadata = MetaData()
        self.tables = AuditTables(metadata, CHAIN)
        self.outbox = Outbox(metadata)
        self.store = Store(self.url, CHAIN)
        make(self.store, metadata)
        self.log = self.opened()

    def opened(self, algorithm: Algorithm = "sha256") -> AuditLog:
        """Return the log as another process would open it."""
        return AuditLog(self.tables, self.store, self.clock, algorithm)

    def append(self, *acts: Act, log: AuditLog | None = None) -> None:
        with self.store.begin() as tx:
            (log or self.log).append(tx, acts)

    def fill(self, number: int) -> None:
        self.append(*(Act("key1/org/tax", "x", f"s-{n}", {"n": n}) for n in range(number)))

    def rows(self) -> list[Row]:
        with self.store.read() as connection:
            return list(rows(connection))

    def walked(self, *published: Published) -> Verification:
        with self.store.read() as connection:
            return verify_chain(CHAIN, rows(connection), published, kept_head(connection))

    def by_hand(self, statement: str, values: Sequence[object] = ()) -> None:
        """Change the tables past the log."""
        with self.store.begin() as tx:
            tx.exec_driver_sql(statement, tuple(values))

    def close(self) -> None:
        self.store.close()
