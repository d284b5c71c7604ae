"""A schema that is a SQLite file."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError

from duibiao.store import sqlite
from duibiao.store.backend import MayLead
from duibiao.store.leading import ALONE, Leadership

READERS: Final = 8  # read connections kept; more are opened while more are needed
MORE_READERS: Final = 56
_BESIDE: Final = ("", "-wal", "-shm", "-journal")


class SqliteFile:
    """A `Backend`. SQLite itself has one writer at a time."""

    def __init__(self, path: Path, patience: float) -> None:
        self._path = path
        self.writer = _engine(path, patience)
        self.reader = _engine(path, patience, read_only=True)
        event.listen(self.reader, "begin", _begin)

    def make_room(self, tx: Connection) -> None:
        """Do nothing: the file is there."""

    def take_turn(self, tx: Connection) -> None:
        """Begin as a writer does."""
        tx.exec_driver_sql("BEGIN IMMEDIATE")

    def take_time(self, connection: Connection) -> None:
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

    def remove(self) -> None:
        """Remove the file and what SQLite keeps beside it."""
        for suffix in _BESIDE:
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def leadership(self, what: str, may_lead: MayLead) -> Leadership:  # noqa: ARG002 - the protocol's
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
