"""Which keys are good: makes, revokes and recognises them.

Every process keeps the whole (small) table in memory and reads it again every FRESH_SECONDS, so
a good key costs one SHA-256 and no query, and a revoked one is refused everywhere within 5 s.
Fails closed: when the table cannot be read any more, nobody is let in.
"""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final, NoReturn, cast

from sqlmodel import Session, col, select

from duibiao.runtime.clock import Clock
from duibiao.store import Store, StoreUnavailable
from duibiao.web.access import Caller, Role
from duibiao.web.key_table import AccessTable, Key
from duibiao.web.keys import ID_CHARACTERS, PREFIX, hashed, key_id_of, new_key
from duibiao.web.problems import Problem, fault

FRESH_SECONDS: Final = 2.0
# With the table out of reach, what was read last is believed this long; 1 s is left of the 5.
GRACE_SECONDS: Final = 4.0
# A key made a moment ago in another process is looked for, but not for every bad guess.
_UNKNOWN_AGAIN_SECONDS: Final = 0.2
_TRY_AGAIN_SECONDS: Final = 1.0
_NEVER: Final = float("-inf")
_SCHEME: Final = "bearer"
_ID_FROM: Final = len(_SCHEME) + 1 + len(PREFIX)
_ID_IN_HEADER: Final = slice(_ID_FROM, _ID_FROM + ID_CHARACTERS)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key as people administer it; times are aware UTC."""

    id: str
    org: str | None
    role: Role
    label: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def good_at(self, moment: datetime) -> bool:
        """Tell whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or moment < self.expires_at)


@dataclass(frozen=True, slots=True)
class _Known:
    hash: bytes
    caller: Caller
    row: KeyRow


@dataclass(frozen=True, slots=True)
class _Seen:
    """A whole header that was good; kept in memory only, and only until the next reading."""

    header: bytes
    caller: Caller


@dataclass(frozen=True, slots=True)
class _Reading:
    """The table as it was at `began`, by the monotonic clock; keys by their id."""

    began: float
    known: Mapping[str, _Known]
    seen: dict[str, _Seen]


class Keyring:
    """The keys of the installation. Safe to call from any thread."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """`store` is that of the schema "access"; its table is made where it is missing."""
        store.create(AccessTable.metadata)
        self._store = store
        self._clock = clock
        self._reading = _Reading(_NEVER, {}, {})
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
        seen = self._seen_before(header)
        if seen is not None:
            return seen
        text, key_id = _read(header)
        if self._must_read(key_id):
            self._read_again(key_id)
        return self._judged(text, key_id, header)

    async def admit(self, header: str | None) -> Caller:
        """Do as `authenticate`, with any wait for the database off the event loop."""
        seen = self._seen_before(header)
        if seen is not None:
            return seen
        text, key_id = _read(header)
        if self._must_read(key_id):
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._thread, self._read_again, key_id)
        return self._judged(text, key_id, header)

    def create_key(
        self, org: str | None, role: Role, *, label: str = "", expires_at: datetime | None = None
    ) -> str:
        """Return a new key, shown now and never again. `org` exactly for the role org."""
        if (org is None) == (role == "org"):
            message = f"a key of the role {role} {'needs an' if role == 'org' else 'has no'} org"
            raise ValueError(message)
        with self._store.begin() as tx, Session(tx) as session:
            text = self._add(session, org, role, label, expires_at)
        self._forget()
        return text

    def revoke(self, key_id: str) -> bool:
        """Revoke a key for good; False when there is none of this id or it is revoked already."""
        with self._store.begin() as tx, Session(tx) as session:
            key = session.get(Key, key_id)
            if key is None or key.revoked_at is not None:
                return False
            key.revoked_at = self._clock.now()
            session.flush()
        self._forget()
        return True

    def rotate(self, key_id: str, *, overlap: timedelta = timedelta(0)) -> str | None:
        """Return a new key like the old one, which ends after `overlap`; None for a bad one."""
        now = self._clock.now()
        with self._store.begin() as tx, Session(tx) as session:
            old = session.get(Key, key_id)
            if old is None or not _row(old).good_at(now):
                return None
            text = self._add(session, old.org, _role(old), old.label, old.expires_at)
            old.expires_at = min(now + overlap, old.expires_at or now + overlap)
            session.flush()
        self._forget()
        return text

    def rows(self) -> Sequence[KeyRow]:
        """Return all keys, the newest first."""
        return [known.row for known in self._load()]

    def close(self) -> None:
        """Let the reading thread go; the store stays open."""
        self._thread.shutdown()

    def _must_read(self, key_id: str) -> bool:
        age = self._clock.monotonic() - self._reading.began
        if age < FRESH_SECONDS:
            return key_id not in self._reading.known and age >= _UNKNOWN_AGAIN_SECONDS
        return True

    def _read_again(self, key_id: str) -> None:
        with self._turn:
            if not self._must_read(key_id):
                return
            began = self._clock.monotonic()
            if not self._reloaded(began) and began - self._reading.began >= GRACE_SECONDS:
                message = "the keys cannot be read"
                raise StoreUnavailable(message)

    def _reloaded(self, began: float) -> bool:
        if began < self._not_before:
            return False
        try:
            loaded = self._load()
        except StoreUnavailable:
            self._not_before = began + _TRY_AGAIN_SECONDS
            return False
        self._reading = _Reading(began, {known.row.id: known for known in loaded}, {})
        return True

    def _load(self) -> list[_Known]:
        newest_first = select(Key).order_by(col(Key.created_at).desc(), col(Key.id))
        with self._store.read() as connection, Session(connection) as session:
            return [_known(key) for key in session.exec(newest_first)]

    def _add(
        self,
        session: Session,
        org: str | None,
        role: Role,
        label: str,
        expires_at: datetime | None,
    ) -> str:
        made = new_key()
        key = Key(
            id=made.id,
            hash=made.hash,
            org=org,
            role=role,
            label=label,
            created_at=self._clock.now(),
            expires_at=expires_at,
        )
        session.add(key)
        session.flush()
        return made.text

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
        return seen.caller if compare_digest(seen.header, _bytes(header)) else None

    def _judged(self, text: str, key_id: str, header: str | None) -> Caller:
        reading = self._reading  # one and the same to the end: another thread may read anew
        known = reading.known.get(key_id)
        if known is None or not compare_digest(known.hash, hashed(text)):
            _refuse("key-unknown")
        if known.row.revoked_at is not None:
            _refuse("key-revoked")
        if not known.row.good_at(self._clock.now()):
            _refuse("key-expired")
        if header is not None and header[_ID_IN_HEADER] == key_id and not known.row.expires_at:
            reading.seen[key_id] = _Seen(_bytes(header), known.caller)
        return known.caller


def _bytes(header: str) -> bytes:
    return header.encode("utf-8", "surrogatepass")


def _role(key: Key) -> Role:
    return cast("Role", key.role)


def _row(key: Key) -> KeyRow:
    return KeyRow(
        key.id, key.org, _role(key), key.label, key.created_at, key.expires_at, key.revoked_at
    )


def _known(key: Key) -> _Known:
    return _Known(key.hash, Caller(key.org, _role(key), key.id), _row(key))


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
    raise Problem("unauthenticated", [fault(code)], headers={"WWW-Authenticate": challenge})
