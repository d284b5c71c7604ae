"""SQLite files as we keep them: write-ahead log, every commit on the disk before it returns.

`PRAGMA synchronous=FULL` is checked and not only asked for: with NORMAL the last commits before
a power cut can be lost, and we have answered 202 to them.
"""

import sqlite3
import time
from pathlib import Path

PATIENCE = 10.0  # seconds
WAL_LIMIT = 64 * 1024 * 1024  # bytes that a write-ahead log keeps on disk when it is idle

_FULL = 2  # of `PRAGMA synchronous`
_DISK_FULL = 13  # SQLITE_FULL
# Primary result codes (sqlite.org/rescode.html) that a later try can get past: BUSY, LOCKED,
# NOMEM, IOERR, FULL, CANTOPEN, PROTOCOL.
_PASSING = {5, 6, 7, 10, 13, 14, 15}
# And those that speak of the file, not of what is written: ERROR (no such table), PERM, READONLY,
# CORRUPT, SCHEMA, AUTH, NOTADB.
_BROKEN = {1, 3, 8, 11, 17, 23, 26}


class NotDurable(Exception):  # noqa: N818 - the name says it
    """The file cannot be kept as it must be; the text says why and what to do."""


def connect(
    path: Path, *, read_only: bool = False, patience: float = PATIENCE
) -> sqlite3.Connection:
    """Open a file, made with its folder when missing, in explicit-transaction mode.

    The connection may go from thread to thread, used by one at a time. It waits `patience`
    seconds for a writer of another process before it is an error.

    Raises:
        NotDurable: the file cannot be opened, or keeps no write-ahead log.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = sqlite3.connect(
            path, timeout=patience, isolation_level=None, check_same_thread=False
        )
    except sqlite3.OperationalError as error:
        raise NotDurable(
            f"{path} 无法打开或新建，请检查该文件夹的权限。"
            f"{path} cannot be opened or made ({error}): check the rights of its folder"
        ) from error
    try:
        _prepare(connection, path, patience)
        if read_only:
            connection.execute("PRAGMA query_only=ON")
    except BaseException:
        connection.close()
        raise
    return connection


def passing(error: sqlite3.Error) -> bool:
    """Whether the error may be gone on a later try: busy, full, input or output."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _PASSING


def broken(error: sqlite3.Error) -> bool:
    """Whether the error speaks of the file as a whole: no such table, read only, damage."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _BROKEN


def full(error: sqlite3.Error) -> bool:
    """Whether the disk is full."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == _DISK_FULL


def _prepare(connection: sqlite3.Connection, path: Path, patience: float) -> None:
    mode = _with_write_ahead_log(connection, patience)
    connection.execute("PRAGMA synchronous=FULL")
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    if mode != "wal" or synchronous != _FULL:
        raise NotDurable(
            f"{path} has journal_mode={mode} and synchronous={synchronous} where wal and "
            f"{_FULL} are needed: put it on a local disk"
        )
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA journal_size_limit={WAL_LIMIT}")


def _with_write_ahead_log(connection: sqlite3.Connection, patience: float) -> str:
    # SQLite does not wait here, however patient the connection: of two processes that make the
    # same new file at once, one is told that it is locked.
    until = time.monotonic() + patience
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
        except sqlite3.OperationalError as error:
            if not passing(error) or time.monotonic() >= until:
                raise
            time.sleep(0.01)
        else:
            return str(mode)
