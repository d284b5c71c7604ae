"""The audit log of one store: two tables, written in the transaction of the act itself.

`audit` holds the records, `audit_head` one row with the last one's number and hash. Writers of
several processes take turns at that row, so numbers have no gaps and no record follows two.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from duibiao.audit.digests import Algorithm, AuditError, digest_named
from duibiao.audit.records import START, Act, Checkpoint, seal
from duibiao.core.clock import Clock
from duibiao.store import Store
from duibiao.store.rows import insert_rows
from duibiao.workdays import to_us

# An INTEGER key is SQLite's own row number: records then lie in the order of their chain.
_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_THE_ONE: Final = 1
_COLUMNS: Final = "sequence time_us actor act subject details algorithm previous hash"
_row: Final = attrgetter(*_COLUMNS.split())


class AuditTables:
    """The two tables of a chain, among the other tables of its store."""

    def __init__(self, metadata: sa.MetaData, chain: str) -> None:
        """`chain` names it everywhere: the service's name, or "access"."""
        self.chain = chain
        self.records = sa.Table(
            "audit",
            metadata,
            sa.Column("sequence", _NUMBER, primary_key=True, autoincrement=False),
            sa.Column("time_us", sa.BigInteger, nullable=False),
            sa.Column("actor", sa.String(200), nullable=False),
            sa.Column("act", sa.String(64), nullable=False),
            sa.Column("subject", sa.String(200), nullable=False),
            sa.Column("details", sa.Text, nullable=False),
            sa.Column("algorithm", sa.String(16), nullable=False),
            sa.Column("previous", sa.LargeBinary(32), nullable=False),
            sa.Column("hash", sa.LargeBinary(32), nullable=False),
        )
        self.head = sa.Table(
            "audit_head",
            metadata,
            sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("sequence", sa.BigInteger, nullable=False),
            sa.Column("hash", sa.LargeBinary(32), nullable=False),
        )


class AuditLog:
    """Writes one chain. Shared between threads.

    Attributes:
        chain: its name.
        digest: the hash it is made with, for what acts refer to.

    """

    def __init__(
        self, tables: AuditTables, store: Store, clock: Clock, algorithm: Algorithm = "sha256"
    ) -> None:
        """Begin the chain where it has not begun; its tables are there already.

        Raises:
            AuditError: this Python does not have the algorithm, or the chain has no head.

        """
        self.chain = tables.chain
        self._algorithm = algorithm
        self.digest = digest_named(algorithm)
        self._store = store
        self._clock = clock
        self._head = tables.head
        self._read_head = sa.select(tables.head.c.sequence, tables.head.c.hash)
        self._take_head = self._read_head.with_for_update()  # SQLite leaves FOR UPDATE out
        self._write_head = sa.update(tables.head)
        self._any_record = sa.select(tables.records.c.sequence).limit(1)
        self._records = tables.records
        self._begin()

    def hold(self, tx: sa.Connection) -> None:
        """Let no other transaction append before this one has ended."""
        tx.execute(self._take_head)

    def append(self, tx: sa.Connection, acts: Sequence[Act]) -> None:
        """Add acts in this order, in the transaction that does them."""
        if not acts:
            return
        head = Checkpoint(*tx.execute(self._take_head).one())
        time_us = to_us(self._clock.now())
        records = []
        for act in acts:
            record = seal(self.chain, head, act, time_us, self._algorithm, self.digest)
            head = record.checkpoint
            records.append(record)
        insert_rows(tx, self._records, _COLUMNS, list(map(_row, records)))
        tx.execute(self._write_head, {"sequence": head.sequence, "hash": head.hash})

    def checkpoint(self) -> Checkpoint:
        """Return the head; `START` where there is no record yet."""
        with self._store.read() as connection:
            return Checkpoint(*connection.execute(self._read_head).one())

    def _begin(self) -> None:
        try:
            with self._store.begin() as tx:
                if tx.execute(self._read_head).one_or_none() is None:
                    if tx.execute(self._any_record).first() is not None:
                        raise AuditError(f"the audit chain {self.chain} has lost its head")
                    values = {"one": _THE_ONE, "sequence": START.sequence, "hash": START.hash}
                    tx.execute(sa.insert(self._head).values(values))
        except IntegrityError:
            pass  # another process was quicker
