"""The hash functions that a chain may be made with.

SHA-256, or SM3 (GB/T 32905-2016) where the OpenSSL under this Python has it. A chain may change
from one to the other at any record: each record names its own.
"""

import hashlib
from collections.abc import Callable
from typing import Any, Final, Literal

Algorithm = Literal["sha256", "sm3"]

ALGORITHMS: Final[tuple[Algorithm, ...]] = ("sha256", "sm3")
DIGEST_BYTES: Final = 32  # of both

Digest = Callable[[bytes], bytes]


class AuditError(Exception):
    """Audit records cannot be made or checked as it is set up; the text says why."""


def digest_named(name: str, new: Callable[..., Any] = hashlib.new) -> Digest:
    """Return a hash function by its name; `new` makes one as `hashlib.new` does.

    Raises:
        AuditError: we use no such hash, or this Python does not have it.

    """
    if name not in ALGORITHMS:
        raise AuditError(f"{name!r} is no hash of an audit chain; {', '.join(ALGORITHMS)} are")
    try:
        new(name, b"")
    except ValueError as error:
        raise AuditError(
            f"this Python's OpenSSL has no {name.upper()}: set DUIBIAO_AUDIT_HASH=sha256, or run "
            "on a Python whose OpenSSL (1.1.1 or later) has it"
        ) from error

    def digest(content: bytes) -> bytes:
        hashed: bytes = new(name, content).digest()
        return hashed

    return digest
