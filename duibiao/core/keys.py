"""The form of a key: `dbk_` + 12 characters of id + 43 of secret + 6 of checksum, in base62.

Pure. The checksum tells a mistyped key from an unknown one without asking the database; the
fixed prefix lets scanners find a key that leaked into a file.
"""

import re
import secrets
import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

PREFIX: Final = "dbk_"
ID_CHARACTERS: Final = 12
SECRET_CHARACTERS: Final = 43
CHECKSUM_CHARACTERS: Final = 6
KEY_CHARACTERS: Final = len(PREFIX) + ID_CHARACTERS + SECRET_CHARACTERS + CHECKSUM_CHARACTERS
_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# What follows the id of a key is its secret, however much of it is there.
_SECRET: Final = re.compile(rf"({PREFIX}[0-9A-Za-z]{{{ID_CHARACTERS}}})[0-9A-Za-z]+")
_BASE62_SET: Final = frozenset(_BASE62)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is made: `text` is shown once and never stored; `hash` is."""

    id: str
    text: str
    hash: bytes


def new_key() -> NewKey:
    """Return a fresh key; its secret holds 256 bits."""
    key_id = _random(ID_CHARACTERS)
    body = PREFIX + key_id + _random(SECRET_CHARACTERS)
    text = body + checksum(body)
    return NewKey(key_id, text, hashed(text))


def key_id_of(text: str) -> str | None:
    """Return the id inside a well-formed key, None where form or checksum is wrong."""
    if len(text) != KEY_CHARACTERS or not text.startswith(PREFIX):
        return None
    body, check = text[:-CHECKSUM_CHARACTERS], text[-CHECKSUM_CHARACTERS:]
    if not _BASE62_SET.issuperset(text[len(PREFIX) :]) or checksum(body) != check:
        return None
    return text[len(PREFIX) : len(PREFIX) + ID_CHARACTERS]


def hashed(text: str) -> bytes:
    """Return what is stored of a key: SHA-256, enough for a secret of 256 random bits."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def hidden(text: str) -> str:
    """Return a text without the secrets of whatever in it looks like a key; ids are left."""
    return _SECRET.sub(r"\1***", text) if PREFIX in text else text


def checksum(body: str) -> str:
    """Return the CRC-32 of the characters before it, six base62 characters."""
    number = zlib.crc32(body.encode("ascii"))
    digits = []
    for _ in range(CHECKSUM_CHARACTERS):
        number, digit = divmod(number, len(_BASE62))
        digits.append(_BASE62[digit])
    return "".join(reversed(digits))


def _random(length: int) -> str:
    return "".join(secrets.choice(_BASE62) for _ in range(length))
