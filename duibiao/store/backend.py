"""What a store needs of a kind of database: two engines, and answers to what kinds differ in.

On every kind, the writers of a schema follow one another: each finds all that the one before it
has committed, and nothing changes under its hands.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, Engine

from duibiao.store.leader_election import LeaderElection

MayLead = Callable[[datetime], bool]


class Backend(Protocol):
    """One schema in one kind of database.

    Attributes:
        writer: one connection; each of its transactions is to take its turn first.
        reader: connections whose transactions see one state and cannot write.
        prober: one connection that `probe` is asked on; it waits where the other two give up.
        away: why the database is known not to answer; the other two then wait for nothing.
        readers_wait: whether readers have to wait, too, when it does not answer.

    """

    away: str | None
    readers_wait: bool

    @property
    def writer(self) -> Engine: ...

    @property
    def reader(self) -> Engine: ...

    @property
    def prober(self) -> Engine: ...

    def create_schema(self, tx: Connection) -> None:
        """Make the schema where it is missing."""

    def lock_for_write(self, tx: Connection) -> datetime | None:
        """Make a transaction that has just begun the only writer; return the database's time.

        It waits for the one before it, within the patience of the store. None where the database
        has no clock of its own.
        """

    def probe(self, connection: Connection) -> None:
        """Have the database show that it answers, and takes writers where it has one at a time."""

    def disable_idle_timeout(self, connection: Connection) -> None:
        """Let the transaction that has begun think for as long as it takes."""

    def passing(self, error: BaseException) -> bool:
        """Whether an error of the database may be gone on a later try."""

    def broken(self, error: BaseException) -> bool:
        """Whether an error speaks of the database and would come whatever was to be written."""

    def full(self, error: BaseException) -> bool:
        """Whether the disk is full; such an error is a passing one."""

    def remove(self) -> None:
        """Remove the schema with all that is in it; both engines are disposed of."""

    def leader_election(self, what: str, may_lead: MayLead) -> LeaderElection:
        """Return the leadership in something that one replica of a service does at a time.

        `may_lead` is asked with the database's time before each answer.
        """

    def claim(self, what: str) -> AbstractContextManager[bool]:
        """Claim something among all processes, commands too; tell whether we have it.

        It is let go at the end of the block, or of the process.
        """
