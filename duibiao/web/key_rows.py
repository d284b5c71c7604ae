"""What a key is to people: what one shall be, what one is, and why one cannot be. Pure.

NoSuchKeyError     there is no key of this id
KeyNotLiveError    it is revoked or expired already
TooManyKeysError   the org has as many live keys as it may
ValueError         a key cannot be like that; the text says why
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from duibiao.web.access import SCOPES, Network, Role, Scope

LIVE_AT_MOST: Final = 2
"""Live keys of one org: the one in use, and the one that takes over from it."""
NETWORKS_AT_MOST: Final = 20
LABEL_AT_MOST: Final = 200

State = Literal["live", "expired", "revoked"]
STATES: Final[tuple[State, ...]] = ("live", "expired", "revoked")


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

    """

    org: str | None
    role: Role
    label: str = ""
    scopes: frozenset[Scope] = frozenset(SCOPES)
    networks: tuple[Network, ...] = ()
    expires_at: datetime | None = None

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


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key as people administer it; times are aware UTC."""

    id: str
    org: str | None
    role: Role
    label: str
    scopes: frozenset[Scope]
    networks: tuple[Network, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def state_at(self, moment: datetime) -> State:
        """Return what the key is at a moment."""
        if self.revoked_at is not None:
            return "revoked"
        return "live" if self.expires_at is None or moment < self.expires_at else "expired"


@dataclass(frozen=True, slots=True)
class Made:
    """A new key: `text` is shown now and never again."""

    text: str = field(repr=False)
    row: KeyRow


def fields_of(row: KeyRow, moment: datetime) -> dict[str, object]:
    """Return a key as plain values, under the names that callers read; times stay moments."""
    return {
        "id": row.id,
        "org": row.org,
        "role": row.role,
        "label": row.label,
        "scopes": [scope for scope in SCOPES if scope in row.scopes],
        "networks": [str(network) for network in row.networks],
        "state": row.state_at(moment),
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "revoked_at": row.revoked_at,
        "last_used_at": row.last_used_at,
    }
