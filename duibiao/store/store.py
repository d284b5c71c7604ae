"""The store of one service: transactions on its schema, whichever database keeps it."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog
from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from duibiao.core.clock import Clock, SystemClock
from duibiao.core.retry import retry_until
from duibiao.store import sqlite
from duibiao.store.backend import Backend
from duibiao.store.compared_clock import ComparedClock
from duibiao.store.errors import (
    StoreError,
    StoreFull,
    StoreUnavailable,
    StoreUncertain,
    StoreUnfit,
    Unfit,
)
from duibiao.store.fifo_lock import FifoLock
from duibiao.store.leader_election import LeaderElection
from duibiao.store.limits import limited, unit_of_work
from duibiao.store.sqlite_file import SqliteFile

T = TypeVar("T")
PATIENCE = 10.0  # seconds
START = 30.0  # seconds
PING = 3.0  # seconds that a database may take to give a sign of life

_log = structlog.get_logger(__name__)


class Store:
    """The state of one service.

    Shared between threads. Writers take turns, those of one process in the order in which they
    came; readers wait for nobody. SQLModel works inside: `Session(bind=connection)`, flushed and
    never committed.

    Attributes:
        embedded: it is a file of this installation, looked after by whoever opens it.
        clock: ours, as compared with the database's.

    """

    def __init__(
        self,
        url: str,
        schema: str,
        *,
        password_file: Path | None = None,
        patience: float = PATIENCE,
        clock: Clock | None = None,
        tolerance: float = math.inf,
    ) -> None:
        """Open the store of `schema`, such as "ingest", under the installation's `url`.

        A transaction waits `patience` seconds for a writer of another process. Nothing is written
        while `clock` differs from the database's by more than `tolerance` seconds.

        Raises:
            StoreError: the url is of a kind we do not know, or what it names does not do.
            StoreUnavailable: nobody answers there.

        """
        self.schema = schema
        self.embedded = not is_postgres(url)
        self._open = partial(Store, url, password_file=password_file, patience=patience)
        self.clock = ComparedClock(clock or SystemClock(), tolerance)
        self._backend = _backend(url, schema, password_file, patience)
        self._turns = FifoLock()
        self._after_commit: list[Callable[[], None]] = []
        try:
            # Not in a transaction of `begin`: whoever opens need not wait for a writer.
            with self._translate_errors(), self._backend.writer.connect():
                pass
        except StoreUnfit as error:
            raise StoreError(str(error)) from error

    def create_schema(self) -> None:
        """Make the schema, without a table, where it is missing."""
        with self.begin() as tx:
            self._backend.create_schema(tx)

    def begin(self) -> AbstractContextManager[Connection]:
        """One write transaction: committed at the end of the block, rolled back by any error.

        Only one at a time; keep it short, and never wait for anything else inside.

        Raises:
            StoreUnavailable: nothing was committed; try again later.
            StoreUncertain: it may have been.
            ClockSkewed: nothing was; our clock differs from the database's.
            StoreError: nothing was; the database lacks a table or a right, or is damaged.
            RuntimeError: this thread has one open already.

        """
        return self._begin()

    def retry(self, work: Callable[[Connection], T], seconds: float = START) -> T:
        """Do work in a transaction of `begin`; while the store cannot be used, do it once more.

        For what a process settles as it starts, and only for what may be done twice: the writer
        before us may be busy for longer than a transaction waits for its turn.

        Raises:
            StoreUnavailable: the store could not be used for so long; the work may stand.

        """

        def once() -> T:
            with self.begin() as tx:
                return work(tx)

        return retry_until(time.monotonic() + seconds, once)

    def read(self) -> AbstractContextManager[Connection]:
        """One consistent view, for reading only. Never blocks a writer nor waits for one.

        Raises:
            StoreUnavailable: try again later.

        """
        return self._read()

    @property
    def away(self) -> str | None:
        """Why the database is known not to answer; None while it does, or nobody pings."""
        return self._backend.away

    def ping(self) -> None:
        """Ask the database for a sign of life. Where it gives none, nobody waits for it any more.

        Whoever waits, or comes later, is told StoreUnavailable at once, until it has answered one.
        Belongs to one thread: that of the heartbeat.
        """
        before = self._backend.away
        try:
            with self._translate_errors(), limited(PING):
                self._probe()
        except (StoreUnavailable, DBAPIError) as error:
            self._backend.away = _words(error)
            if before is None:
                _log.warning("database away", store=self.schema, reason=self._backend.away)
        else:
            self._backend.away = None
            if before is not None:
                _log.info("database back", store=self.schema)

    def disable_idle_timeout(self, connection: Connection) -> None:
        """Let a transaction of `begin` or `read` think between its questions: for commands.

        The server may otherwise take its owner for gone. A writer keeps the others waiting.
        """
        self._backend.disable_idle_timeout(connection)

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Have `callback` called after every commit of `begin`, on the committing thread.

        It must be quick and must not raise: `relay.nudge`. Register before work begins.
        """
        self._after_commit.append(callback)

    def leader_election(self, what: str) -> LeaderElection:
        """Return the leadership in `what` among the processes of this service. One per part.

        Nobody leads whose clock is wrong.
        """
        return self._backend.leader_election(what, self.clock.compare)

    def claim(self, what: str) -> AbstractContextManager[bool]:
        """Claim something among all processes of the installation; tell whether we have it.

        Raises:
            StoreUnavailable: nobody can tell; try again later.

        """
        return self._claim(what)

    def another(self, schema: str) -> "Store":
        """Open the store of another schema in the same place."""
        return self._open(schema)

    def remove(self) -> None:
        """Close it and remove it with all that is in it."""
        self.close()
        with self._translate_errors():
            self._backend.remove()

    def close(self) -> None:
        """Close all connections; the last one to close moves a write-ahead log home.

        What a thread still uses is closed when it is given back.
        """
        for engine in (self._backend.prober, self._backend.reader, self._backend.writer):
            event.listen(engine, "checkin", _close)
            engine.dispose()

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        ending = False
        self._refuse_while_away()
        with unit_of_work(), self._turns:
            try:
                with self._translate_errors(), self._backend.writer.begin() as connection:
                    with self.clock.compared(self._backend.lock_for_write(connection)):
                        yield connection
                    ending = True
            except StoreUnavailable as error:
                if ending and _is_lost(error.__cause__):
                    raise StoreUncertain(str(error)) from error
                raise
            except DBAPIError as error:
                if self._backend.broken(error):
                    raise StoreError(_words(error)) from error
                raise
        for callback in self._after_commit:
            callback()

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        if self._backend.readers_wait:
            self._refuse_while_away()
        with unit_of_work(), self._translate_errors(), self._backend.reader.connect() as connection:
            yield connection

    def _probe(self) -> None:
        with unit_of_work(), self._backend.prober.connect() as connection:
            self._backend.probe(connection)

    def _refuse_while_away(self) -> None:
        if self._backend.away is not None:
            raise StoreUnavailable(self._backend.away)

    @contextmanager
    def _claim(self, what: str) -> Iterator[bool]:
        with ExitStack() as held:
            with self._translate_errors():
                ours = held.enter_context(self._backend.claim(what))
            yield ours

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Turn what a later try can get past into `StoreUnavailable`."""
        try:
            yield
        except (sqlite.NotDurable, Unfit) as error:
            raise StoreUnfit(str(error)) from error
        except Exception as error:
            if self._backend.passing(error):
                kind = StoreFull if self._backend.full(error) else StoreUnavailable
                _let_go(error)
                raise kind(_words(error)) from error
            raise


def file_of(url: str, schema: str) -> Path:
    """Return the file of one schema: sqlite:///var/duibiao.db -> var/duibiao-ingest.db.

    Raises:
        StoreError: the url names no SQLite file.

    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = make_url("unknown://")
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise StoreError(
            "DUIBIAO_DATABASE_URL must be sqlite:///path/to/file or postgresql://user@host/name, "
            f"not {parsed.get_backend_name()}"
        )
    whole = Path(parsed.database)
    return whole.with_name(f"{whole.stem}-{schema}{whole.suffix}")


def is_postgres(url: str) -> bool:
    """Whether the url is one of PostgreSQL."""
    return url.partition("://")[0] in ("postgresql", "postgresql+psycopg", "postgres")


def _backend(url: str, schema: str, password_file: Path | None, patience: float) -> Backend:
    if not is_postgres(url):
        return SqliteFile(file_of(url, schema), patience)
    from duibiao.store import postgres, postgres_schema  # noqa: PLC0415 - psycopg: slow to import

    try:
        server = postgres.Server(url, password_file)
    except ValueError as error:
        raise StoreError(f"DUIBIAO_DATABASE_URL: {error}") from error
    return postgres_schema.PostgresSchema(server, schema, patience)


def _close(_: object, record: ConnectionPoolEntry) -> None:
    record.close()


def _is_lost(cause: BaseException | None) -> bool:
    return isinstance(cause, DBAPIError) and cause.connection_invalidated


def _let_go(error: BaseException | None) -> None:
    """Take the frames from an error and from what it came of.

    SQLAlchemy's frames hold the error that holds them, and the values of the statement: rows of
    megabytes would stay in memory until the collector comes by, and outages bring many of them.
    """
    while error is not None:
        error.__traceback__ = None
        error = error.__context__


def _words(error: Exception) -> str:
    # SQLAlchemy's own text quotes the statement and its values.
    return str(error.orig if isinstance(error, DBAPIError) else error).strip()
