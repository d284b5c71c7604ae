"""Sessions of people who have signed in on the board: begun, noted as used, ended.

A session stands for a key, or for a person who has signed in without one. Its token is random and
stands in the cookie alone; the table has its SHA-256. `duibiao.web.keyring` tells which are good.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from duibiao.audit import Act
from duibiao.core.keys import hashed
from duibiao.web.access import Caller
from duibiao.web.access_changes import AccessChanges
from duibiao.web.tables import KEYS, SESSIONS
from duibiao.workdays import from_us, to_us

# Sessions of one key or person; the oldest gives way to a new one.
MOST: Final = 20
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


@dataclass(frozen=True, slots=True)
class Sessions(AccessChanges):
    """The sessions of the installation."""

    timeouts: Timeouts

    def begin(self, caller: Caller, instead_of: str | None = None) -> str:
        """Begin a session of a caller and return its token; that of another token ends."""
        token, now = secrets.token_urlsafe(_TOKEN_BYTES), self.clock.now()
        idle, whole = to_us(now - self.timeouts.idle), to_us(now - self.timeouts.whole)
        over = or_(SESSIONS.c.seen_at <= idle, SESSIONS.c.began_at <= whole)
        key_id, person = caller.key_id or None, caller.person.id if caller.person else None
        row = {"key_id": key_id, "person": None if key_id else person}
        mine = sessions_of(key_id, person)
        newest = select(SESSIONS.c.hash).where(mine).order_by(SESSIONS.c.began_at.desc())
        with self.changing(Act(caller.actor, "session.begun", _subject(caller))) as tx:
            tx.execute(delete(SESSIONS).where(or_(over, _one(instead_of or ""))))
            extra = tx.execute(newest.offset(MOST - 1)).scalars().all()
            tx.execute(delete(SESSIONS).where(SESSIONS.c.hash.in_(extra)))
            times = dict.fromkeys(("began_at", "seen_at"), to_us(now))
            tx.execute(insert(SESSIONS).values(hash=hashed(token), **row, **times))
        return token

    def ends_at(self, row: SessionRow, last_seen: datetime) -> datetime:
        """Return when a session ends unless it is used again."""
        return min(last_seen + self.timeouts.idle, row.began_at + self.timeouts.whole)

    def end(self, caller: Caller, token: str) -> None:
        """End the session of a token."""
        with self.changing(Act(caller.actor, "session.ended", _subject(caller))) as tx:
            tx.execute(delete(SESSIONS).where(_one(token)))

    def end_all(self, key_id: str | None, person: str | None, *, by: str) -> None:
        """End all sessions of a key, or of a person."""
        with self.changing(Act(by, "sessions.ended", person or key_id or "")) as tx:
            tx.execute(delete(SESSIONS).where(sessions_of(key_id, person)))

    def note_seen(self, moments: Mapping[bytes, datetime]) -> None:
        """Write down when sessions were last used."""
        with self.store.begin() as tx:
            for token_hash, at in moments.items():
                earlier = and_(SESSIONS.c.hash == token_hash, SESSIONS.c.seen_at < to_us(at))
                tx.execute(update(SESSIONS).where(earlier).values(seen_at=to_us(at)))


def read_sessions(connection: Connection) -> Mapping[bytes, SessionRow]:
    """Return all sessions by the hash of their tokens."""
    rows = connection.execute(select(SESSIONS))
    return {row.hash: SessionRow(*row[:3], *map(from_us, row[3:])) for row in rows}


def sessions_of(key_id: str | None, person: str | None) -> ColumnElement[bool]:
    """Return which sessions are those of a key, or of a person and all keys of theirs."""
    keys = select(KEYS.c.id).where(KEYS.c.person == person)
    whole = or_(SESSIONS.c.person == person, SESSIONS.c.key_id.in_(keys))
    return SESSIONS.c.key_id == key_id if person is None else whole


def _one(token: str) -> ColumnElement[bool]:
    return SESSIONS.c.hash == hashed(token)


def _subject(caller: Caller) -> str:
    return caller.person.id if caller.person else caller.key_id
