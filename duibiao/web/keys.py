"""The keys of the installation: made, revoked, rotated, listed. Every change is audited.

NoSuchKeyError     there is no key of this id
KeyNotLiveError    it is revoked or expired already
TooManyKeysError   the org has as many live keys as it may; those of people are not counted
NoSuchPersonError  there is no such person, or they have ended
ValueError         a key cannot be like that; the text says why
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from types import MappingProxyType
from typing import Any, Final, Literal, cast

from sqlalchemy import Connection, Row, insert, or_, select, update

from duibiao.audit import SYSTEM, Act, AuditLog
from duibiao.audit.digests import Algorithm
from duibiao.core.clock import Clock
from duibiao.core.keys import new_key
from duibiao.store import Store
from duibiao.web.access import SCOPES, Network, Role, Scope
from duibiao.web.migrations import SCHEMA
from duibiao.web.people import live_person
from duibiao.web.tables import AUDIT, KEYS
from duibiao.workdays import from_us, to_us

Note = Mapping[str, object]
State = Literal["live", "expired", "revoked"]

# Live keys of one org: the one in use, and the one that takes over from it.
LIVE_AT_MOST: Final = 2
NETWORKS_AT_MOST: Final = 20
LABEL_AT_MOST: Final = 200
USED_AT_MOST_EVERY: Final = timedelta(minutes=1)
_NO_NOTE: Final[Note] = MappingProxyType({})

_TIMES: Final = "created_at", "expires_at", "revoked_at", "last_used_at"


class NoSuchKeyError(LookupError):
    """There is no key of this id."""


class KeyNotLiveError(Exception):
    """The key is revoked or expired already."""


class TooManyKeysError(Exception):
    """The org has as many live keys as it may."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a new key shall be. ValueError where no key can be so.

    Attributes:
        org: a code of the register, exactly for the role org.
        scopes: what it may be used for; at least one.
        networks: where it may be used from; empty means from anywhere.
        expires_at: aware; None for never.
        person: whose it is, by id; org and role are then theirs. None for a machine's.

    """

    org: str | None
    role: Role
    label: str = ""
    scopes: frozenset[Scope] = frozenset(SCOPES)
    networks: tuple[Network, ...] = ()
    expires_at: datetime | None = None
    person: str | None = None

    def __post_init__(self) -> None:
        if (self.org is None) == (self.role == "org"):
            needs = "needs an" if self.role == "org" else "has no"
            raise ValueError(f"a key of the role {self.role} {needs} org")
        if not self.scopes <= set(SCOPES) or not self.scopes:
            raise ValueError(f"scopes are some of {', '.join(SCOPES)}")
        if len(self.networks) > NETWORKS_AT_MOST:
            raise ValueError(f"at most {NETWORKS_AT_MOST} networks")
        if len(self.label) > LABEL_AT_MOST or not self.label.isprintable():
            raise ValueError(f"a label is at most {LABEL_AT_MOST} characters that can be shown")
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise ValueError("a moment needs an offset")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow(Wanted):
    """One key; times are aware UTC. `hash` is the SHA-256 of the whole key."""

    id: str
    hash: bytes = field(repr=False)
    created_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    def __post_init__(self) -> None:
        """Take what is stored as it is: one odd row must not keep the others from being read."""

    def state_at(self, moment: datetime) -> State:
        """Return what the key is at a moment."""
        if self.revoked_at is not None:
            return "revoked"
        return "live" if self.expires_at is None or moment < self.expires_at else "expired"

    def plain(self) -> dict[str, object]:
        """Return what may be told of it as plain values; times stay moments."""
        return {
            "org": self.org,
            "role": self.role,
            "person": self.person,
            "label": self.label,
            "scopes": [scope for scope in SCOPES if scope in self.scopes],
            "networks": [str(network) for network in self.networks],
            "expires_at": self.expires_at,
        }


@dataclass(frozen=True, slots=True)
class Made:
    """A new key: `text` is shown now and never again."""

    text: str = field(repr=False)
    row: KeyRow


def fields_of(row: KeyRow, moment: datetime) -> dict[str, object]:
    """Return a key under the names that callers read, with its state at a moment."""
    return {
        "id": row.id,
        **row.plain(),
        "state": row.state_at(moment),
        "created_at": row.created_at,
        "revoked_at": row.revoked_at,
        "last_used_at": row.last_used_at,
    }


class Keys:
    """The keys of the installation. Safe to call from any thread.

    Attributes:
        audit: the chain of their changes.

    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        algorithm: Algorithm = "sha256",
        *,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """`store` is that of the schema "access"; `changed` is called after every change.

        Raises:
            AuditError: this Python does not have the hash of the name.
            SchemaError: the store has another schema.

        """
        SCHEMA.admit(store)
        self.store = store
        self.audit = AuditLog(AUDIT, store, clock, algorithm)
        self._clock = clock
        self._changed = changed

    def create(
        self, wanted: Wanted, *, by: str = SYSTEM, beyond: bool = False, note: Note = _NO_NOTE
    ) -> Made:
        """Make a key. `beyond` lets an org have more than it may; `note` is audited too.

        Raises:
            TooManyKeysError, NoSuchPersonError: nothing was made.

        """
        now = self._clock.now()
        with self.store.begin() as tx:
            self.audit.hold(tx)
            if wanted.person is not None:
                live_person(tx, wanted.person)
            elif not beyond:
                _check_limit(tx, wanted.org, now)
            made = _add(tx, wanted, now)
            told = {**made.row.plain(), **note}
            self.audit.append(tx, [Act(by, "key.created", made.row.id, told)])
        self._changed()
        return made

    def revoke(self, key_id: str, *, by: str = SYSTEM, note: Note = _NO_NOTE) -> KeyRow:
        """Revoke a key for good; also one that has expired.

        Raises:
            NoSuchKeyError, KeyNotLiveError: nothing was changed.

        """
        with self.store.begin() as tx:
            row = _found(tx, key_id)
            if row.revoked_at is not None:
                raise KeyNotLiveError(key_id)
            row = replace(row, revoked_at=self._clock.now())
            _change(tx, row)
            told = {"org": row.org, "role": row.role, "label": row.label, **note}
            self.audit.append(tx, [Act(by, "key.revoked", key_id, told)])
        self._changed()
        return row

    def rotate(
        self,
        key_id: str,
        *,
        overlap: timedelta = timedelta(0),
        expires_at: datetime | None = None,
        by: str = SYSTEM,
        note: Note = _NO_NOTE,
    ) -> Made:
        """Make a key like an old one, which ends after `overlap`.

        The new one lives until `expires_at`; unless given, as long as the old one was made for.

        Raises:
            NoSuchKeyError, KeyNotLiveError, TooManyKeysError: nothing was changed.

        """
        now = self._clock.now()
        with self.store.begin() as tx:
            self.audit.hold(tx)
            old = _found(tx, key_id)
            if old.state_at(now) != "live":
                raise KeyNotLiveError(key_id)
            ends_at = min(now + overlap, old.expires_at or now + overlap)
            _change(tx, replace(old, expires_at=ends_at))
            if old.person is None:
                _check_limit(tx, old.org, now)
            if expires_at is None and old.expires_at is not None:
                expires_at = now + (old.expires_at - old.created_at)
            made = _add(tx, replace(old, expires_at=expires_at), now)
            told = {**made.row.plain(), "replaces": key_id, "old_ends_at": ends_at, **note}
            self.audit.append(tx, [Act(by, "key.rotated", made.row.id, told)])
        self._changed()
        return made

    def rows(self) -> Sequence[KeyRow]:
        """Return all keys, the newest first."""
        with self.store.read() as connection:
            return read_keys(connection)

    def note_used(self, uses: Mapping[str, datetime]) -> None:
        """Note when keys were last used, each at most once a minute whoever notes it."""
        noted = KEYS.c.last_used_at
        due = or_(noted.is_(None), noted <= to_us(self._clock.now() - USED_AT_MOST_EVERY))
        with self.store.begin() as tx:
            for key_id, at in uses.items():
                used = update(KEYS).where(KEYS.c.id == key_id, due)
                tx.execute(used.values(last_used_at=to_us(at)))


def read_keys(connection: Connection) -> Sequence[KeyRow]:
    """Return all keys, the newest first."""
    newest_first = select(KEYS).order_by(KEYS.c.created_at.desc(), KEYS.c.id.desc())
    return list(map(_row, connection.execute(newest_first)))


def _row(row: Row[Any]) -> KeyRow:
    return KeyRow(
        id=row.id,
        hash=row.hash,
        org=row.org,
        role=cast("Role", row.role),
        person=row.person,
        label=row.label,
        scopes=frozenset(cast("Sequence[Scope]", row.scopes.split())),
        networks=tuple(map(ip_network, row.networks.split())),
        **{name: from_us(getattr(row, name)) for name in _TIMES},
    )


def _add(tx: Connection, wanted: Wanted, now: datetime) -> Made:
    made = new_key()
    asked = {one.name: getattr(wanted, one.name) for one in fields(Wanted)}
    row = KeyRow(id=made.id, hash=made.hash, created_at=now, **asked)
    tx.execute(insert(KEYS).values(id=row.id, hash=row.hash, **_values(row)))
    return Made(made.text, row)


def _change(tx: Connection, row: KeyRow) -> None:
    tx.execute(update(KEYS).where(KEYS.c.id == row.id).values(_values(row)))


def _values(row: KeyRow) -> dict[str, object]:
    return {
        "org": row.org,
        "role": row.role,
        "person": row.person,
        "label": row.label,
        "scopes": " ".join(sorted(row.scopes)),
        "networks": " ".join(map(str, row.networks)),
        **{name: to_us(getattr(row, name)) for name in _TIMES},
    }


def _found(tx: Connection, key_id: str) -> KeyRow:
    row = tx.execute(select(KEYS).where(KEYS.c.id == key_id)).one_or_none()
    if row is None:
        raise NoSuchKeyError(key_id)
    return _row(row)


def _check_limit(tx: Connection, org: str | None, now: datetime) -> None:
    if org is not None:
        own = map(_row, tx.execute(select(KEYS).where(KEYS.c.org == org, KEYS.c.person.is_(None))))
        if sum(row.state_at(now) == "live" for row in own) >= LIVE_AT_MOST:
            raise TooManyKeysError(org)
