"""The store of one service: an engine, its transactions, and where its file lies.

StoreError                  the store cannot be used as it is set up
StoreUnavailable (Retry)    it cannot be used just now: busy, full, disk trouble
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from duibiao.runtime.retry import Retry
from duibiao.store import sqlite
from duibiao.store.turns import Turns

READERS = 8  # read connections kept; more are opened while more are needed
MORE_READERS = 56


class StoreError(Exception):
    """The store cannot be used as it is set up; the text says why."""


class StoreUnavailable(Retry):
    """Nothing was committed; the same work may succeed later."""


class Store:
    """The state of one service.

    Shared between threads. Writers of one process take turns in the order in which they came;
    readers wait for nobody. SQLModel works inside: `Session(bind=connection)`, flushed and
    never committed.

    Attributes:
        embedded: it is a file of this installation, looked after by whoever opens it.

    """

    embedded = True

    def __init__(self, url: str, schema: str, *, patience: float = sqlite.PATIENCE) -> None:
        """Open the store of `schema`, such as "ingest", under the installation's `url`.

        A transaction waits `patience` seconds for a writer of another process.

        Raises:
            StoreError: the url is of a kind we do not know, or the disk does not do.

        """
        self.schema = schema
        self.path = file_of(url, schema)
        self._writer = _engine(self.path, patience, begin="BEGIN IMMEDIATE")
        self._reader = _engine(self.path, patience, begin="BEGIN", read_only=True)
        self._turns = Turns()
        self._after_commit: list[Callable[[], None]] = []
        try:
            with self.begin():
                pass
        except sqlite.NotDurable as error:
            raise StoreError(str(error)) from error

    def begin(self) -> AbstractContextManager[Connection]:
        """One write transaction: committed at the end of the block, rolled back by any error.

        Only one at a time; keep it short, and never wait for anything else inside.

        Raises:
            StoreUnavailable: nothing was committed; try again later.
            RuntimeError: this thread has one open already.

        """
        return self._begin()

    def read(self) -> AbstractContextManager[Connection]:
        """One consistent view, for reading only. Never blocks a writer nor waits for one.

        Raises:
            StoreUnavailable: try again later.

        """
        return self._read()

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Have `callback` called after every commit of `begin`, on the committing thread.

        It must be quick and must not raise: `relay.nudge`. Register before work begins.
        """
        self._after_commit.append(callback)

    def close(self) -> None:
        """Close all connections; the last one to close moves the write-ahead log home."""
        self._reader.dispose()
        self._writer.dispose()

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        with self._turns, _telling(), self._writer.begin() as connection:
            yield connection
        for callback in self._after_commit:
            callback()

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with _telling(), self._reader.connect() as connection:
            yield connection


def file_of(url: str, schema: str) -> Path:
    """Return the file of one schema: sqlite:///var/duibiao.db -> var/duibiao-ingest.db.

    Raises:
        StoreError: the url names no SQLite file.

    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        kind = parsed.get_backend_name()
        raise StoreError(f"DUIBIAO_DATABASE_URL must be sqlite:///path/to/file, not {kind}")
    whole = Path(parsed.database)
    return whole.with_name(f"{whole.stem}-{schema}{whole.suffix}")


def _engine(path: Path, patience: float, *, begin: str, read_only: bool = False) -> Engine:
    engine = create_engine(
        "sqlite://",
        creator=partial(sqlite.connect, path, read_only=read_only, patience=patience),
        poolclass=QueuePool,
        pool_size=READERS if read_only else 1,
        max_overflow=MORE_READERS if read_only else 0,
    )

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


@contextmanager
def _telling() -> Iterator[None]:
    """Turn what a later try can get past into `StoreUnavailable`."""
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error) and sqlite.passing(error.orig):
            raise StoreUnavailable(str(error.orig)) from error
        raise
    except sqlite3.Error as error:
        if sqlite.passing(error):
            raise StoreUnavailable(str(error)) from error
        raise
