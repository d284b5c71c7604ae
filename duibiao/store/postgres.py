"""PostgreSQL sessions as we keep them: every commit on the disk before it returns, no wait endless.

A server that is frozen keeps its connections, and its kernel acknowledges what it is sent: none of
its own time limits helps then, nor one of TCP. So each wait for an answer has a deadline here.
`synchronous_commit` is set where it is weaker than "on"; `fsync` and `full_page_writes` are
checked at every connection: with one of them off a power cut can lose the last commits, and we
have answered 202 to them. Text must sort by code point, as it does in Python and on SQLite, or
pages of a list would overlap.
"""

import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any, Final, LiteralString, TypeVar

import psycopg
from psycopg import IsolationLevel
from psycopg.conninfo import conninfo_to_dict

from duibiao.store.errors import Unfit
from duibiao.store.limits import left

OLDEST: Final = 140_000  # as libpq numbers releases: 14.0
PATIENCE: Final = 10.0  # seconds that a writer waits for another one

T = TypeVar("T")
# Tells why the server is known not to answer; None while it does.
Away = Callable[[], str | None]

_CONNECT: Final = 3  # seconds
_STATEMENT: Final = 60.0
_SILENT: Final = "the server does not answer"
_LOOK_EVERY: Final = 0.1  # seconds between looks whether a wait still makes sense
# A transaction whose process is held up keeps all other writers waiting: no longer than this.
_IDLE_WRITER: Final = 30.0
_IDLE_READER: Final = 600.0  # seconds; it only keeps old rows from being tidied away
# A peer that vanished without a word is given up after some 25 seconds, on both sides.
_KEEPALIVES: Final[Mapping[str, int]] = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
_UNACKNOWLEDGED: Final = 25_000  # milliseconds

_STRONG: Final = ("on", "remote_apply")

# Classes of SQLSTATE (appendix A of the manual) that a later try can get past: connection,
# resources (a full disk, too many clients), operator intervention (a shutdown, a statement that
# took too long), system. And single ones: idle for too long, serialisation, deadlock, a lock that
# did not come.
_PASSING_CLASSES: Final = ("08", "53", "57", "58")
_PASSING: Final = ("25P03", "25P04", "40001", "40P01", "55P03")
# Classes that speak of the database and not of what is written: no right to enter, no such database
# or schema, no such table or no right to it, a damaged configuration, an error of the server's own.
_BROKEN_CLASSES: Final = ("28", "3D", "3F", "42", "F0", "XX")

# Of the two comparisons, a collation that is not by code point fails one.
_FACTS: Final[LiteralString] = """
SELECT current_setting('fsync'), current_setting('full_page_writes'),
    current_setting('server_encoding'), 'a' > 'B' AND 'a-c' < 'ab',
    (SELECT count(set_config(name, value, false))
        FROM unnest(%s::text[], %s::text[]) AS wanted (name, value))
"""


class Session(psycopg.Connection[tuple[object, ...]]):
    """A session that is closed when an answer does not come in time.

    In time is within the unit of work, while the server is not known to be away, and in any case
    soon after the server itself would have given the statement up.
    """

    away: Away = staticmethod(lambda: None)
    longest = _CONNECT + _STATEMENT

    def wait(
        self,
        gen: Generator[Any, Any, T],
        interval: float = _LOOK_EVERY,
        timeout: float | None = None,
    ) -> T:
        """Wait for the server.

        Raises:
            psycopg.OperationalError: no answer; the session is closed.

        """
        return super().wait(self._in_time(gen), interval, timeout)

    def _in_time(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        until = time.monotonic() + min(left(), self.longest)
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and (self.away() is not None or time.monotonic() >= until):
                    break
                wanted = gen.send(ready)
        except StopIteration as end:
            answer: T = end.value
            return answer
        gen.close()
        self.pgconn.finish()
        raise psycopg.OperationalError(self.away() or _SILENT)


@dataclass(frozen=True, slots=True)
class Server:
    """Where a database is and how one gets in. ValueError where the url is none or tells a secret.

    `url` is one of libpq: `postgresql://user@host1,host2/database?sslmode=verify-full`.
    """

    url: str
    password_file: Path | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        try:
            parts = conninfo_to_dict(self.conninfo)
        except psycopg.Error as error:
            raise ValueError(f"no url of PostgreSQL: {error}") from error
        if parts.get("password"):
            raise ValueError(
                "地址中含有密码，请改放在 DUIBIAO_DATABASE_PASSWORD_FILE 所指的文件中；"
                "the url holds a password: put it in the file that "
                "DUIBIAO_DATABASE_PASSWORD_FILE names"
            )

    @property
    def conninfo(self) -> str:
        """The url as libpq reads it."""
        _, _, rest = self.url.partition("://")
        return f"postgresql://{rest}"

    def connect(
        self,
        schema: str,
        *,
        patience: float = PATIENCE,
        read_only: bool = False,
        away: Away = Session.away,
    ) -> Session:
        """Open a session whose tables are those of `schema`, which need not exist yet.

        A reader sees one state of the database per transaction and cannot write. The session may
        go from thread to thread, used by one at a time. It waits `patience` seconds for a lock,
        and for nothing once the server is `away`.

        Raises:
            psycopg.Error: nobody answers, we are not let in, or the password cannot be read.
            Unfit: the database cannot keep what we must keep.

        """
        if away() is not None or not left():
            raise psycopg.OperationalError(away() or _SILENT)
        session = Session.connect(
            self.conninfo,
            password=self._password(),
            client_encoding="UTF8",
            connect_timeout=ceil(min(_CONNECT, left())),
            target_session_attrs="read-write",  # of several hosts, the one that is no standby
            application_name=f"duibiao {schema}",
            tcp_user_timeout=_UNACKNOWLEDGED,
            **dict[str, Any](_KEEPALIVES),
        )
        session.away = away
        session.longest = _CONNECT
        try:
            _prepare(session, schema, patience, _IDLE_READER if read_only else _IDLE_WRITER)
            if read_only:
                session.isolation_level = IsolationLevel.REPEATABLE_READ
                session.read_only = True
            else:
                # Whatever the server's default: each statement has to see what the writer before
                # us has committed, the first one too, which waits for it.
                session.isolation_level = IsolationLevel.READ_COMMITTED
        except BaseException:
            session.close()
            raise
        session.longest = _statement(patience) + _CONNECT
        return session

    def _password(self) -> str | None:
        if self.password_file is None:
            return None
        try:
            return self.password_file.read_text(encoding="utf-8").strip()
        except OSError as error:  # it may just be replaced by another one
            raise psycopg.OperationalError(
                f"DUIBIAO_DATABASE_PASSWORD_FILE 无法读取 cannot be read: {error.strerror}"
            ) from error


def passing(error: psycopg.Error) -> bool:
    """Whether the error may be gone on a later try.

    Where nobody answers, libpq gives a text and no code; so it does where we are not let in,
    which a password on its way round the machines can cause.
    """
    code = error.sqlstate
    if code is None:
        return isinstance(error, psycopg.OperationalError)
    return code[:2] in _PASSING_CLASSES or code in _PASSING


def broken(error: psycopg.Error) -> bool:
    """Whether the error would come whatever was to be written: no such table, no right, damage."""
    return (error.sqlstate or "")[:2] in _BROKEN_CLASSES


def _prepare(session: Session, schema: str, patience: float, idle: float) -> None:
    if session.info.server_version < OLDEST:
        raise Unfit(
            f"PostgreSQL 须为 {OLDEST // 10000} 或更新的版本；"
            f"PostgreSQL must be {OLDEST // 10000} or later"
        )
    (strength,) = session.execute("SELECT current_setting('synchronous_commit')").fetchone() or ()
    wanted = {
        "search_path": f'"{schema}"',
        "synchronous_commit": str(strength) if strength in _STRONG else "on",
        "lock_timeout": _milliseconds(patience),
        "statement_timeout": _milliseconds(_statement(patience)),
        "idle_in_transaction_session_timeout": _milliseconds(idle),
        "tcp_user_timeout": str(_UNACKNOWLEDGED),
        **{f"tcp_{name}": str(value) for name, value in _KEEPALIVES.items()},
    }
    fsync, full_page_writes, encoding, by_code_point, _ = (
        session.execute(_FACTS, (list(wanted), list(wanted.values()))).fetchone() or ()
    )
    session.commit()
    if (fsync, full_page_writes) != ("on", "on"):
        raise Unfit(
            f"PostgreSQL 的 fsync={fsync}、full_page_writes={full_page_writes}，两项都须为 on："
            "否则断电会丢失已答复 202 的数据。"
            f"PostgreSQL has fsync={fsync} and full_page_writes={full_page_writes} where both must "
            "be on: a power cut would lose what was answered 202"
        )
    if encoding != "UTF8" or not by_code_point:
        raise Unfit(
            "数据库须为 UTF8 编码并按码位排序；"
            "the database must be in UTF8 and sort by code point: "
            "CREATE DATABASE ... TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
        )


def _statement(patience: float) -> float:
    return max(_STATEMENT, 2 * patience)


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
