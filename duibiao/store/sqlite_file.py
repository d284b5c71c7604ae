"""A schema that is a SQLite file."""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError

from duibiao.store import sqlite
from duibiao.store.backend import MayLead
from duibiao.store.errors import StoreError
from duibiao.store.leader_election import ALONE, LeaderElection
from duibiao.store.limits import left

READERS: Final = 8  # read connections kept; more are opened while more are needed
MORE_READERS: Final = 56
READER: Final = 4.0  # seconds that a reader waits where somebody locks even readers out
PROBE: Final = 3.0  # seconds that a probe waits for a writer of another process
_BESIDE: Final = ("", "-wal", "-shm", "-journal")


class SqliteFile:
    """A `Backend`. SQLite itself has one writer at a time."""

    def __init__(self, path: Path, patience: float) -> None:
        self._path = path
        self._patience = patience
        self._taken = 0  # turns of this process
        self._writing = False
        self.away: str | None = None
        self.readers_wait = False  # a write-ahead log is read whoever writes
        self.writer = _engine(path, patience)
        self.prober = _engine(path, PROBE)
        self.reader = _engine(path, min(patience, READER), read_only=True)
        event.listen(self.reader, "begin", _begin)
        event.listen(self.writer, "checkin", self._given_back)

    def create_schema(self, tx: Connection) -> None:
        """Do nothing: the file is there."""

    def lock_for_write(self, tx: Connection) -> None:
        """Begin as a writer does, within the time of the unit of work."""
        wait = round(min(self._patience, left()) * 1000)
        if tx.info.get("busy_timeout") != wait:
            tx.exec_driver_sql(f"PRAGMA busy_timeout={wait}")
            tx.info["busy_timeout"] = wait
        tx.exec_driver_sql("BEGIN IMMEDIATE")
        self._taken += 1
        self._writing = True

    def probe(self, connection: Connection) -> None:
        """Begin as a writer does, unless writers of this process keep the file busy."""
        before = self._taken
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except DBAPIError:
            if not self._writing and self._taken == before:
                raise

    def disable_idle_timeout(self, connection: Connection) -> None:
        """Do nothing: nobody ends a transaction that thinks."""

    def passing(self, error: BaseException) -> bool:
        """Whether the file is busy, or the disk full or in trouble."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(cause, sqlite3.Error) and sqlite.passing(cause)

    def broken(self, error: BaseException) -> bool:
        """Whether a table is missing, or the file is read only, damaged or none of SQLite."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(cause, sqlite3.Error) and sqlite.broken(cause)

    def full(self, error: BaseException) -> bool:
        """Whether SQLite found no space."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(cause, sqlite3.Error) and sqlite.full(cause)

    def _given_back(self, *_: object) -> None:
        self._writing = False

    def remove(self) -> None:
        """Remove the file and what SQLite keeps beside it."""
        for suffix in _BESIDE:
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def leader_election(self, what: str, may_lead: MayLead) -> LeaderElection:  # noqa: ARG002 - the protocol's
        """Return that of a service that has one process."""
        return ALONE

    @contextmanager
    def claim(self, what: str) -> Iterator[bool]:  # noqa: ARG002 - the protocol's
        """Lock the folder: one thing at a time is claimed there."""
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            yield _locked(folder)
        finally:
            os.close(folder)


def hold(path: Path, config: str) -> Callable[[], None]:
    """Keep a file to processes of one config until they end or call what is returned.

    Raises:
        StoreError: a process of another config keeps it.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # unlike flock's, no child inherits it
        os.ftruncate(lock, 0)
        os.pwrite(lock, config.encode(), 0)
        fcntl.lockf(lock, fcntl.LOCK_SH)
    except BlockingIOError:
        fcntl.lockf(lock, fcntl.LOCK_SH)  # waits for one that is writing
        if os.pread(lock, 1000, 0) != config.encode():
            os.close(lock)
            raise StoreError(
                f"{path} 正由另一版登记册或日历的进程使用：请先停止该进程，或在另一文件夹中启动。"
                f"A process with another register or calendar uses {path}: stop it, or start in "
                "another folder."
            ) from None
    return partial(os.close, lock)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _engine(path: Path, patience: float, *, read_only: bool = False) -> Engine:
    return create_engine(
        "sqlite://",
        creator=partial(sqlite.connect, path, read_only=read_only, patience=patience),
        poolclass=QueuePool,
        pool_size=READERS if read_only else 1,
        max_overflow=MORE_READERS if read_only else 0,
        hide_parameters=True,  # an error's text goes to the log, what agencies sent does not
    )


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
