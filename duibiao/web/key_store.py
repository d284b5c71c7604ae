"""The keys as people administer them: made, revoked, rotated, listed. Every change is audited."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_network
from types import MappingProxyType
from typing import Final, cast

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from duibiao.audit import SYSTEM, Act, AuditLog
from duibiao.audit.digests import Algorithm
from duibiao.core.clock import Clock
from duibiao.core.keys import new_key
from duibiao.store import Store
from duibiao.web.access import SCOPES, Role, Scope
from duibiao.web.key_rows import (
    LIVE_AT_MOST,
    KeyNotLiveError,
    KeyRow,
    Made,
    NoSuchKeyError,
    TooManyKeysError,
    Wanted,
)
from duibiao.web.key_table import AUDIT, AccessTable, Key
from duibiao.web.migrations import SCHEMA

Note = Mapping[str, object]

_NO_NOTE: Final[Note] = MappingProxyType({})
USED_AT_MOST_EVERY: Final = timedelta(minutes=1)


def _nothing() -> None:
    pass


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
        changed: Callable[[], None] = _nothing,
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
            TooManyKeysError: nothing was made.

        """
        now = self._clock.now()
        with self.store.begin() as tx, Session(tx) as session:
            self.audit.hold(tx)
            if not beyond:
                _make_room(session, wanted.org, now)
            made = self._add(session, wanted, now)
            act = Act(by, "key.created", made.row.id, {**_told(made.row), **note})
            self.audit.append(tx, [act])
        self._changed()
        return made

    def revoke(self, key_id: str, *, by: str = SYSTEM, note: Note = _NO_NOTE) -> KeyRow:
        """Revoke a key for good; also one that has expired.

        Raises:
            NoSuchKeyError, KeyNotLiveError: nothing was changed.

        """
        with self.store.begin() as tx, Session(tx) as session:
            key = _found(session, key_id)
            if key.revoked_at is not None:
                raise KeyNotLiveError(key_id)
            key.revoked_at = self._clock.now()
            session.flush()
            row = row_of(key)
            self.audit.append(tx, [Act(by, "key.revoked", key_id, {**_whose(row), **note})])
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
        with self.store.begin() as tx, Session(tx) as session:
            self.audit.hold(tx)
            old = _found(session, key_id)
            row = row_of(old)
            if row.state_at(now) != "live":
                raise KeyNotLiveError(key_id)
            old.expires_at = min(now + overlap, old.expires_at or now + overlap)
            session.flush()
            _make_room(session, row.org, now)
            made = self._add(session, _like(row, expires_at, now), now)
            details = {**_told(made.row), "replaces": key_id, "old_ends_at": old.expires_at}
            self.audit.append(tx, [Act(by, "key.rotated", made.row.id, {**details, **note})])
        self._changed()
        return made

    def rows(self) -> Sequence[KeyRow]:
        """Return all keys, the newest first."""
        return [row_of(key) for key in self.everything()]

    def everything(self) -> Sequence[Key]:
        """Return the whole table, the newest first."""
        newest_first = select(Key).order_by(col(Key.created_at).desc(), col(Key.id).desc())
        with self.store.read() as connection, Session(connection) as session:
            return session.exec(newest_first).all()

    def note_used(self, uses: Mapping[str, datetime]) -> None:
        """Note when keys were last used, each at most once a minute whoever notes it."""
        minute_ago = self._clock.now() - USED_AT_MOST_EVERY
        table = AccessTable.metadata.tables[str(Key.__tablename__)]
        with self.store.begin() as tx:
            for key_id, at in uses.items():
                noted = table.c.last_used_at
                due = or_(noted.is_(None), noted <= minute_ago)
                used = update(table).where(table.c.id == key_id, due)
                tx.execute(used.values(last_used_at=at))

    def _add(self, session: Session, wanted: Wanted, now: datetime) -> Made:
        made = new_key()
        key = Key(
            id=made.id,
            hash=made.hash,
            org=wanted.org,
            role=wanted.role,
            label=wanted.label,
            scopes=" ".join(scope for scope in SCOPES if scope in wanted.scopes),
            networks=" ".join(map(str, wanted.networks)),
            created_at=now,
            expires_at=wanted.expires_at,
        )
        session.add(key)
        session.flush()
        return Made(made.text, row_of(key))


def row_of(key: Key) -> KeyRow:
    """Return a key without its hash."""
    scopes = SCOPES if key.scopes is None else key.scopes.split()
    return KeyRow(
        id=key.id,
        org=key.org,
        role=cast("Role", key.role),
        label=key.label,
        scopes=frozenset(cast("Sequence[Scope]", scopes)),
        networks=tuple(ip_network(text) for text in (key.networks or "").split()),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
    )


def _found(session: Session, key_id: str) -> Key:
    key = session.get(Key, key_id)
    if key is None:
        raise NoSuchKeyError(key_id)
    return key


def _make_room(session: Session, org: str | None, now: datetime) -> None:
    if org is None:
        return
    own = session.exec(select(Key).where(Key.org == org, col(Key.revoked_at).is_(None)))
    if sum(row_of(key).state_at(now) == "live" for key in own) >= LIVE_AT_MOST:
        raise TooManyKeysError(org)


def _like(row: KeyRow, expires_at: datetime | None, now: datetime) -> Wanted:
    if expires_at is None and row.expires_at is not None:
        expires_at = now + (row.expires_at - row.created_at)
    return Wanted(row.org, row.role, row.label, row.scopes, row.networks, expires_at)


def _whose(row: KeyRow) -> dict[str, object]:
    return {"org": row.org, "role": row.role, "label": row.label}


def _told(row: KeyRow) -> dict[str, object]:
    return {
        **_whose(row),
        "scopes": [scope for scope in SCOPES if scope in row.scopes],
        "networks": [str(network) for network in row.networks],
        "expires_at": row.expires_at,
    }
