"""The keys of the installation: the table `keys` of the access schema and what is known of it.

Every process keeps the whole (small) table in memory, read at most FRESH_SECONDS ago, so a good
key costs one SHA-256 and no query, and a revoked one is refused everywhere within 5 s. Fails
closed: where the table cannot be read any more, nobody is let in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from duibiao.web.access import Caller, Role

if TYPE_CHECKING:
    from duibiao.store import Store

FRESH_SECONDS: Final = 2.0


class Clock(Protocol):
    """What keys need of time."""

    def now(self) -> datetime:
        """Return the aware UTC time."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        ...


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key as administered; nothing in it opens a door."""

    id: str
    org: str | None
    role: Role
    label: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class Keyring:
    """Knows which keys are good."""

    def __init__(self, store: "Store", clock: Clock) -> None:
        """`store` is that of the access schema; its table is made on first use of `create`."""

    def create_table(self) -> None:
        """Make the table where it is not there yet."""
        raise NotImplementedError

    def authenticate(self, header: str | None) -> Caller:
        """Return the caller of an Authorization header; may read the database. Problem 401."""
        raise NotImplementedError

    async def admit(self, header: str | None) -> Caller:
        """Do as `authenticate`, but never wait for the database on the event loop."""
        raise NotImplementedError

    def create_key(
        self, org: str | None, role: Role, *, label: str = "", expires_at: datetime | None = None
    ) -> str:
        """Return a new key, to be shown once."""
        raise NotImplementedError

    def revoke(self, key_id: str) -> bool:
        """Revoke a key; False when there is none of this id or it is revoked already."""
        raise NotImplementedError

    def rows(self) -> Sequence[KeyRow]:
        """Return all keys, the newest first."""
        raise NotImplementedError

    def close(self) -> None:
        """Let the reading thread go."""
        raise NotImplementedError
