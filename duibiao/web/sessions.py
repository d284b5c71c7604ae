"""Sessions of people who have signed in on the board: begun, noted as used, ended.

A session stands for a key, or for a person who has signed in without one. Its token is random and
stands in the cookie alone; the table has its SHA-256. `duibiao.web.keyring` tells which are good.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from duibiao.audit import Act, AuditLog
from duibiao.core.clock import Clock
from duibiao.core.keys import hashed
from duibiao.store import Store
from duibiao.web.access import Caller
from duibiao.web.tables import KEYS, SESSIONS
from duibiao.workdays import from_us, to_us

MOST: Final = 20
"""Sessions of one key or person; the oldest gives way to a new one."""
SEEN_AT_MOST_EVERY: Final = timedelta(minutes=1)
_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Timeouts:
    """When a session ends by itself: so long after it was last used, and after it began."""

    idle: timedelta = timedelta(minutes=30)
    whole: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session: that of a key, or of a person without one."""

    hash: bytes
    key_id: str | None
    person: str | None
    began_at: datetime
    seen_at: datetime


def csrf_of(token: str) -> str:
    """Return what the forms of a session carry; whoever has it cannot tell the token from it."""
    return sha256(f"csrf {token}".encode()).hexdigest()


class Sessions:
    """The sessions of the installation. Safe to call from any thread."""

    def __init__(
        self,
        store: Store,
        audit: AuditLog,
        clock: Clock,
        timeouts: Timeouts,
        changed: Callable[[], None],
    ) -> None:
        """`audit` is the chain of the access store; `changed` is called after every change."""
        self._store = store
        self._audit = audit
        self._clock = clock
        self._timeouts = timeouts
        self._changed = changed

    def begin(self, caller: Caller, instead_of: str | None = None) -> str:
        """Begin a session of a caller and return its token; that of another token ends."""
        token, now = secrets.token_urlsafe(_TOKEN_BYTES), self._clock.now()
        idle, whole = to_us(now - self._timeouts.idle), to_us(now - self._timeouts.whole)
        over = or_(SESSIONS.c.seen_at <= idle, SESSIONS.c.began_at <= whole)
        key_id, person = caller.key_id or None, caller.person.id if caller.person else None
        row = {"key_id": key_id, "person": None if key_id else person}
        mine = sessions_of(key_id, person)
        newest = select(SESSIONS.c.hash).where(mine).order_by(SESSIONS.c.began_at.desc())
        with self._store.begin() as tx:
            tx.execute(delete(SESSIONS).where(or_(over, _one(instead_of or ""))))
            extra = tx.execute(newest.offset(MOST - 1)).scalars().all()
            tx.execute(delete(SESSIONS).where(SESSIONS.c.hash.in_(extra)))
            times = dict.fromkeys(("began_at", "seen_at"), to_us(now))
            tx.execute(insert(SESSIONS).values(hash=hashed(token), **row, **times))
            self._audit.append(tx, [Act(caller.actor, "session.begun", _subject(caller))])
        self._changed()
        return token

    def ends_at(self, row: SessionRow, last_seen: datetime) -> datetime:
        """Return when a session ends unless it is used again."""
        return min(last_seen + self._timeouts.idle, row.began_at + self._timeouts.whole)

    def end(self, caller: Caller, token: str) -> None:
        """End the session of a token."""
        self._end(_one(token), Act(caller.actor, "session.ended", _subject(caller)))

    def end_all(self, key_id: str | None, person: str | None, *, by: str) -> None:
        """End all sessions of a key, or of a person."""
        act = Act(by, "sessions.ended", person or key_id or "")
        self._end(sessions_of(key_id, person), act)

    def note_seen(self, moments: Mapping[bytes, datetime]) -> None:
        """Write down when sessions were last used."""
        with self._store.begin() as tx:
            for token_hash, at in moments.items():
                earlier = and_(SESSIONS.c.hash == token_hash, SESSIONS.c.seen_at < to_us(at))
                tx.execute(update(SESSIONS).where(earlier).values(seen_at=to_us(at)))

    def _end(self, which: ColumnElement[bool], act: Act) -> None:
        with self._store.begin() as tx:
            tx.execute(delete(SESSIONS).where(which))
            self._audit.append(tx, [act])
        self._changed()


def read_sessions(connection: Connection) -> Mapping[bytes, SessionRow]:
    """Return all sessions by the hash of their tokens."""
    return {
        row.hash: SessionRow(
            row.hash, row.key_id, row.person, from_us(row.began_at), from_us(row.seen_at)
        )
        for row in connection.execute(select(SESSIONS))
    }


def sessions_of(key_id: str | None, person: str | None) -> ColumnElement[bool]:
    """Return which sessions are those of a key, or of a person and all keys of theirs."""
    keys = select(KEYS.c.id).where(KEYS.c.person == person)
    whole = or_(SESSIONS.c.person == person, SESSIONS.c.key_id.in_(keys))
    return SESSIONS.c.key_id == key_id if person is None else whole


def _one(token: str) -> ColumnElement[bool]:
    return SESSIONS.c.hash == hashed(token)


def _subject(caller: Caller) -> str:
    return caller.person.id if caller.person else caller.key_id
