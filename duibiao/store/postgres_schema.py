"""A schema of a PostgreSQL database: one writer at a time over all replicas of its service.

A writer takes the schema's advisory lock before anything else and keeps it until its transaction
has ended. PostgreSQL alone would let two of them run side by side; this one lock is why
- audit records and alerts are numbered once and without a gap;
- an outbox is read in the order of its commits: a number taken from a sequence can become visible
  after a higher one, and a relay would have passed it by;
- two replicas cannot both take one Idempotency-Key, and the second finds what the first has kept;
- a roll-up or a position that several replicas read, mend and write back loses nothing.
What it costs and why that is little is in docs/decisions/0008.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Final, cast

import psycopg
from sqlalchemy import Connection, Engine, QueuePool, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.schema import CreateSchema, DropSchema

from duibiao.store import postgres
from duibiao.store.backend import MayLead
from duibiao.store.postgres_leader import PostgresLeader

READERS: Final = 2  # read sessions kept; all replicas of all services share max_connections
MORE_READERS: Final = 6
POOL: Final = 4.0  # seconds that a reader waits until one of them is free
_A_DAY: Final = 86_400.0

_TAKE: Final = (
    "SELECT pg_advisory_xact_lock({key}), current_setting('transaction_read_only'), "
    "clock_timestamp()"
)
_THERE: Final = text("SELECT to_regnamespace(quote_ident(:schema))")


class PostgresSchema:
    """A `Backend`."""

    def __init__(self, server: postgres.Server, schema: str, patience: float) -> None:
        self._server = server
        self._schema = schema
        self._patience = patience
        self._take = _TAKE.format(key=lock_key(schema, "writer"))
        self.away: str | None = None
        self.readers_wait = True
        self.writer = self._engine(self._connect)
        self.reader = self._engine(
            partial(self._connect, read_only=True), size=READERS, more=MORE_READERS
        )
        self.prober = self._engine(partial(server.connect, schema))

    def create_schema(self, tx: Connection) -> None:
        """Make the schema, which takes a right that is not needed once it is there."""
        if tx.execute(_THERE, {"schema": self._schema}).scalar_one() is None:
            tx.execute(CreateSchema(self._schema))

    def lock_for_write(self, tx: Connection) -> datetime:
        """Wait for the lock, on a server that takes writes.

        A database that is set to read only, as when its disk is nearly full, or a primary that has
        become a standby behind the same address keeps its sessions; the next one finds another
        server, or is refused until there is one.
        """
        _, read_only, now = tx.exec_driver_sql(self._take).one()
        if read_only == "on":
            tx.invalidate()
            raise psycopg.OperationalError("the server takes no writes just now")
        return cast("datetime", now)

    def probe(self, connection: Connection) -> None:
        """Ask for as little as there is."""
        connection.exec_driver_sql("SELECT 1")

    def disable_idle_timeout(self, connection: Connection) -> None:
        """Have the server not end the session for being idle in the transaction."""
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")

    def passing(self, error: BaseException) -> bool:
        """Whether the server is away, overrun, or has given up a wait."""
        if isinstance(error, PoolTimeoutError):
            return True
        cause = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(cause, psycopg.Error) and postgres.passing(cause)

    def broken(self, error: BaseException) -> bool:
        """Whether a table or a right is missing, or the database is damaged."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(cause, psycopg.Error) and postgres.broken(cause)

    def full(self, error: BaseException) -> bool:
        """Whether the server found no space."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(cause, psycopg.errors.DiskFull)

    def remove(self) -> None:
        """Drop the schema."""
        with self.writer.begin() as tx:
            tx.execute(DropSchema(self._schema, cascade=True, if_exists=True))
        self.writer.dispose()

    def leader_election(self, what: str, may_lead: MayLead) -> PostgresLeader:
        """Return the leadership in `what` among the replicas of this service."""
        return PostgresLeader(what, self._connect, lock_key(self._schema, what), may_lead=may_lead)

    @contextmanager
    def claim(self, what: str) -> Iterator[bool]:
        """Hold an advisory lock, on a session that may be idle for as long as it takes."""
        lead = PostgresLeader(what, self._connect, lock_key(self._schema, what), idle=_A_DAY)
        try:
            yield lead.take()
            with suppress(psycopg.Error):  # else the server does it a little after the end
                lead.unlock()
        finally:
            lead.resign()

    def _connect(self, *, read_only: bool = False) -> postgres.Session:
        return self._server.connect(
            self._schema, patience=self._patience, read_only=read_only, away=lambda: self.away
        )

    def _engine(
        self, connect: Callable[[], postgres.Session], *, size: int = 1, more: int = 0
    ) -> Engine:
        return create_engine(
            "postgresql+psycopg://",
            creator=connect,
            poolclass=QueuePool,
            pool_size=size,
            max_overflow=more,
            pool_timeout=min(self._patience, POOL),
            # One more question per transaction, so that the first one after a restart of the
            # server, or behind a firewall that forgets idle connections, is not answered 503.
            pool_pre_ping=True,
            use_native_hstore=False,
            hide_parameters=True,  # an error's text goes to the log, what agencies sent does not
        )


def lock_key(schema: str, what: str) -> int:
    """Return the number of an advisory lock, 64 bits with a sign."""
    digest = hashlib.sha256(f"duibiao/{schema}/{what}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
