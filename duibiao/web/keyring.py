"""Which keys and sessions are good: recognises them, and remembers which were used.

Every process keeps the whole (small) tables in memory and reads it again every FRESH_SECONDS, so
a good key costs one SHA-256 and no query, and a revoked one is refused everywhere within 5 s.
Fails closed: when the table cannot be read any more, nobody is let in.
"""

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from hmac import compare_digest
from typing import Final, NoReturn

from duibiao.audit.digests import Algorithm
from duibiao.core.clock import Clock
from duibiao.core.keys import ID_CHARACTERS, PREFIX, hashed, key_id_of
from duibiao.store import Store, StoreUnavailable
from duibiao.store.limits import limited
from duibiao.web.access import Caller, caller_as
from duibiao.web.keys import USED_AT_MOST_EVERY, KeyRow, Keys, read_keys
from duibiao.web.lock_out import LockOut
from duibiao.web.people import People, PersonRow, read_people
from duibiao.web.problems import Problem, error_detail
from duibiao.web.sessions import (
    SEEN_AT_MOST_EVERY,
    SessionRow,
    Sessions,
    Timeouts,
    csrf_of,
    read_sessions,
)

FRESH_SECONDS: Final = 2.0
# With the table out of reach, what was read last is believed this long; 1 s is left of the 5.
GRACE_SECONDS: Final = 4.0
# A key made a moment ago in another process is looked for, but not for every bad guess.
_UNKNOWN_AGAIN_SECONDS: Final = 0.2
_TRY_AGAIN_SECONDS: Final = 1.0
_READING_SECONDS: Final = 3.0  # that one reading may take; callers wait for it
_NEVER: Final = float("-inf")
_SCHEME: Final = "bearer"
_ID_FROM: Final = len(_SCHEME) + 1 + len(PREFIX)
_ID_IN_HEADER: Final = slice(_ID_FROM, _ID_FROM + ID_CHARACTERS)


@dataclass(frozen=True, slots=True)
class _Reading:
    """The tables as they were at `began`, by the monotonic clock.

    Keys and people by their ids, sessions by the hash of their tokens.

    `seen` are whole headers that were good since, and their callers: in memory only.
    """

    began: float
    known: Mapping[str, KeyRow]
    people: Mapping[str, PersonRow]
    sessions: Mapping[bytes, SessionRow]
    seen: dict[str, tuple[bytes, Caller]]

    def has(self, what: str | bytes) -> bool:
        """Tell whether there is this key, or this session."""
        return what in self.sessions if isinstance(what, bytes) else what in self.known


class Keyring:
    """Tells good keys from bad. Safe to call from any thread.

    Attributes:
        keys, people, sessions: the same, to be administered.
        lock_out: who has failed to sign in, and for how long they wait.

    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        algorithm: Algorithm = "sha256",
        timeouts: Timeouts | None = None,
    ) -> None:
        """`store` is that of the schema "access"; its tables are made where they are missing.

        `algorithm` is that of the audit chain of key changes.
        """
        self.keys = Keys(store, clock, algorithm, changed=self._forget)
        shared = store, self.keys.audit, clock, self._forget
        self.people, self.sessions = People(*shared), Sessions(*shared, timeouts or Timeouts())
        self.lock_out = LockOut(clock.monotonic)
        self._clock = clock
        self._last_seen = dict[bytes, datetime]()
        self._used = set[str]()
        self._unwritten = dict[str, datetime]()
        self._written = dict[str, float]()
        self._reading = _Reading(_NEVER, {}, {}, {}, {})
        self._not_before = float("-inf")
        self._turn = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="keys")

    def authenticate(self, header: str | None) -> Caller:
        """Return the caller of an Authorization header.

        May wait for the database; on an event loop use `admit`.

        Raises:
            Problem: 401, the header holds no good key.
            StoreUnavailable: the keys cannot be read and the last reading is too old.

        """
        caller = self._seen_before(header)
        if caller is None:
            text, key_id = _read(header)
            if self._must_read(key_id):
                self._read_again(key_id)
            caller = self._judged(text, key_id, header)
        return caller

    async def admit(self, header: str | None) -> Caller:
        """Do as `authenticate`, with any wait for the database off the event loop."""
        caller = self._seen_before(header)
        if caller is None:
            text, key_id = _read(header)
            if self._must_read(key_id):
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(self._thread, self._read_again, key_id)
            caller = self._judged(text, key_id, header)
        return caller

    def note_uses(self) -> None:
        """Write down which keys were used. To be called every few seconds; often does nothing.

        May raise StoreUnavailable; what was not written is written the next time.
        """
        self._note_seen()
        used, self._used = self._used, set()
        now, ticks = self._clock.now(), self._clock.monotonic()
        self._unwritten.update(dict.fromkeys(tuple(used), now))
        due = {
            key_id: at
            for key_id, at in self._unwritten.items()
            if ticks - self._written.get(key_id, _NEVER) >= USED_AT_MOST_EVERY.total_seconds()
        }
        if due:
            self.keys.note_used(due)
            self._written.update(dict.fromkeys(due, ticks))
            for key_id in due:
                del self._unwritten[key_id]

    async def admit_session(self, token: str, *, used: bool = True) -> Caller:
        """Return the caller of a session; Problem 401 where there is none or it has ended."""
        token_hash = hashed(token)
        if self._must_read(token_hash):
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._thread, self._read_again, token_hash)
        reading, now = self._reading, self._clock.now()
        row = reading.sessions.get(token_hash)
        if row is None:
            _refuse("session-ended")
        last_seen = max(row.seen_at, self._last_seen.get(token_hash, row.seen_at))
        key, person = reading.known.get(row.key_id or ""), reading.people.get(row.person or "")
        if key is not None and key.state_at(now) == "live":
            caller = _caller(key, reading)
        elif person is not None and person.ended_at is None:
            caller = caller_as(person)
        else:
            _refuse("session-ended")
        if now >= self.sessions.ends_at(row, last_seen):
            _refuse("session-ended")
        if used:
            self._last_seen[token_hash] = now
            self._used.update(filter(None, [row.key_id]))
        return replace(caller, csrf=csrf_of(token))

    def _note_seen(self) -> None:
        known, due = self._reading.sessions, dict[bytes, datetime]()
        for token_hash, at in tuple(self._last_seen.items()):
            row = known.get(token_hash)
            if row is None:
                self._last_seen.pop(token_hash, None)
            elif at - row.seen_at >= SEEN_AT_MOST_EVERY:
                due[token_hash] = at
        if due:
            self.sessions.note_seen(due)

    def close(self) -> None:
        """Let the reading thread go; the store stays open."""
        self._thread.shutdown()

    def _must_read(self, what: str | bytes) -> bool:
        age = self._clock.monotonic() - self._reading.began
        if age < FRESH_SECONDS:
            return not self._reading.has(what) and age >= _UNKNOWN_AGAIN_SECONDS
        return True

    def _read_again(self, what: str | bytes) -> None:
        with self._turn:
            if not self._must_read(what):
                return
            began = self._clock.monotonic()
            if not self._reloaded(began) and began - self._reading.began >= GRACE_SECONDS:
                message = "the keys cannot be read"
                raise StoreUnavailable(message)

    def _reloaded(self, began: float) -> bool:
        if began < self._not_before:
            return False
        try:
            with limited(_READING_SECONDS), self.keys.store.read() as connection:
                keys = {row.id: row for row in read_keys(connection)}
                people, sessions = read_people(connection), read_sessions(connection)
        except StoreUnavailable:
            self._not_before = began + _TRY_AGAIN_SECONDS
            return False
        self._reading = _Reading(began, keys, people, sessions, {})
        return True

    def _forget(self) -> None:
        with self._turn:  # a reading under way may have begun before our change
            self._reading = replace(self._reading, began=_NEVER)

    def _seen_before(self, header: str | None) -> Caller | None:
        """Return the caller of a header that was good since the last reading, in 0.5 us."""
        if header is None:
            return None
        reading = self._reading
        seen = reading.seen.get(header[_ID_IN_HEADER])
        if seen is None or self._clock.monotonic() - reading.began >= FRESH_SECONDS:
            return None
        good, caller = seen
        if not compare_digest(good, _bytes(header)):
            return None
        self._used.add(caller.key_id)
        return caller

    def _judged(self, text: str, key_id: str, header: str | None) -> Caller:
        reading = self._reading  # one and the same to the end: another thread may read anew
        row = reading.known.get(key_id)
        if row is None or not compare_digest(row.hash, hashed(text)):
            _refuse("key-unknown")
        state = row.state_at(self._clock.now())
        if state != "live":
            _refuse("key-revoked" if state == "revoked" else "key-expired")
        self._used.add(key_id)
        caller = _caller(row, reading)
        if header is not None and header[_ID_IN_HEADER] == key_id and not row.expires_at:
            reading.seen[key_id] = _bytes(header), caller
        return caller


def _caller(key: KeyRow, reading: _Reading) -> Caller:
    person = reading.people.get(key.person or "")
    return Caller(key.org, key.role, key.id, key.scopes, key.networks, person)


def _bytes(header: str) -> bytes:
    return header.encode("utf-8", "surrogatepass")


def _read(header: str | None) -> tuple[str, str]:
    """Return the key of a header and its id; the checksum spares the database bad guesses."""
    if not header:
        _refuse("key-missing")
    scheme, _, text = header.partition(" ")
    if scheme.lower() != _SCHEME:
        _refuse("key-missing")
    text = text.strip()
    key_id = key_id_of(text)
    if key_id is None:
        _refuse("key-malformed")
    return text, key_id


def _refuse(code: str) -> NoReturn:
    challenge = "Bearer" if code == "key-missing" else 'Bearer error="invalid_token"'
    raise Problem("unauthenticated", [error_detail(code)], headers={"WWW-Authenticate": challenge})
