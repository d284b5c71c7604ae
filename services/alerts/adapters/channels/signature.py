"""Signatures as Standard Webhooks 1.0.0 has them: v1, HMAC-SHA256 over id.timestamp.body."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from pathlib import Path

_PREFIX = "whsec_"
_AT_LEAST, _AT_MOST = 24, 64  # bytes of a secret, by the specification


class SecretError(ValueError):
    """A secret file cannot be used; the text never holds what is in it."""


def read_secrets(path: Path) -> tuple[bytes, ...]:
    """Read the secrets of a receiver: one a line, base64, `whsec_` before it or not.

    Several secrets sign every message side by side, so that one can be replaced without a gap.

    Raises:
        SecretError: the file is missing, empty or holds something else.

    """
    try:
        lines = path.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(f"{path} cannot be read") from error
    secrets = tuple(_secret(path, line) for line in lines)
    if not secrets:
        raise SecretError(f"{path} holds no secret")
    return secrets


def read_secret(path: Path) -> str:
    """Read a secret that is one line of text: a password, or a URL that holds a key."""
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(f"{path} cannot be read") from error
    if not secret.isprintable() or not secret:
        raise SecretError(f"{path} holds no line of text")
    return secret


def signature(secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """Return the header `webhook-signature`: one signature per secret, separated by spaces."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(
        "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode("ascii")
        for secret in secrets
    )


def _secret(path: Path, line: str) -> bytes:
    try:
        secret = base64.b64decode(line.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        secret = b""
    if not _AT_LEAST <= len(secret) <= _AT_MOST:
        raise SecretError(f"{path}: a secret is base64 of {_AT_LEAST} to {_AT_MOST} bytes")
    return secret
