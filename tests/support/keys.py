"""Keys for tests: made in one line, and how a header carries them."""

from datetime import datetime
from typing import Any

from duibiao.web.access import Role
from duibiao.web.keyring import Keyring
from duibiao.web.keys import Wanted


def made(
    keyring: Keyring,
    org: str | None,
    role: Role,
    *,
    label: str = "",
    expires_at: datetime | None = None,
    **wanted: Any,  # noqa: ANN401 - the rest of `Wanted`
) -> str:
    """Make a key and return its text."""
    key = Wanted(org, role, label, expires_at=expires_at, **wanted)
    return keyring.keys.create(key).text


def id_of(text: str) -> str:
    return text[4:16]


def bearer(text: str) -> str:
    return f"Bearer {text}"
