"""LeaderElection by a session's advisory lock on PostgreSQL: whoever has the session leads."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import psycopg
import structlog

from duibiao.store import postgres
from duibiao.store.backend import MayLead

IDLE: Final = 20.0  # seconds without a question after which the server ends the session

_log = structlog.get_logger(__name__)

Session = psycopg.Connection[tuple[object, ...]]


class PostgresLeader:
    """A `LeaderElection` in one thing.

    The session does nothing else. It ends with the process, with the server, with the network
    between them, and when nobody has asked for a while: then the server gives the lock to another
    replica. An old leader that was held up learns it from the next question, since its session is
    no more.
    """

    def __init__(
        self,
        what: str,
        connect: Callable[[], Session],
        key: int,
        *,
        idle: float = IDLE,
        may_lead: MayLead = lambda _: True,
    ) -> None:
        """`connect` opens a session that nobody shares; `key` is the lock's.

        `may_lead` is asked with the server's time before each answer.
        """
        self._may_lead = may_lead
        self._what = what
        self._connect = connect
        self._key = key
        self._idle = idle
        self._session: Session | None = None
        self._leads = False

    def holds(self) -> bool:
        """Ask the server: while the session lives, so does its lock."""
        try:
            return self.take()
        except psycopg.Error as error:
            if not postgres.passing(error):
                raise
            if self._leads:
                _log.warning("lead lost", lead=self._what, reason=str(error))
            self.resign()
            return False

    def take(self) -> bool:
        """Do the same for whoever wants to hear why nobody can tell.

        Raises:
            psycopg.Error: the server does not answer.

        """
        if self._session is None:
            self._session = self._connect()
            self._session.autocommit = True
            wanted = str(round(self._idle * 1000))
            self._session.execute("SELECT set_config('idle_session_timeout', %s, false)", (wanted,))
        (now,) = self._session.execute("SELECT clock_timestamp()").fetchone() or (None,)
        if not isinstance(now, datetime) or not self._may_lead(now):
            if self._leads:
                self.resign()
        elif not self._leads:
            self._leads = self._acquire(self._session)
        return self._leads

    def unlock(self) -> None:
        """Let the lock go at once, if it is held; at the end of a session it goes some time later.

        Raises:
            psycopg.Error: the server does not answer.

        """
        if self._session is not None and self._leads:
            self._session.execute("SELECT pg_advisory_unlock(%s)", (self._key,))

    def resign(self) -> None:
        """End the session, and the lock with it."""
        session, self._session, self._leads = self._session, None, False
        if session is not None:
            session.close()

    def _acquire(self, session: Session) -> bool:
        row = session.execute("SELECT pg_try_advisory_lock(%s)", (self._key,)).fetchone()
        leads = row is not None and bool(row[0])
        if leads:
            _log.info("lead taken", lead=self._what)
        return leads
