"""Content-Encoding gzip, undone piece by piece, so that a bomb never unfolds beyond the limit."""

import zlib
from typing import Final

from services.ingest.domain.flaws import Flaw
from services.ingest.usecases.accept_submission import Refused

_GZIP: Final = 16 + zlib.MAX_WBITS
_PIECE: Final = 64 * 1024
# A file put together from many has many members; millions of empty ones only cost time.
_MOST_MEMBERS: Final = 1_000


def gunzip(body: bytes, limit: int) -> bytes:
    """Return what is inside; several members after one another are one body.

    Raises:
        Refused: no gzip, cut off, something after its end, or more than `limit` bytes.

    """
    unpacked = bytearray()
    member, members = zlib.decompressobj(_GZIP), 1
    for start in range(0, len(body), _PIECE):
        piece = body[start : start + _PIECE]
        while piece:
            if member.eof:
                member, members = zlib.decompressobj(_GZIP), members + 1
            try:
                unpacked += member.decompress(piece, limit + 1 - len(unpacked))
            except zlib.error:
                raise _broken() from None
            if len(unpacked) > limit:
                raise too_large(limit)
            if members > _MOST_MEMBERS:
                raise _broken()
            piece = member.unused_data
    if not member.eof:
        raise _broken()
    return bytes(unpacked)


def too_large(limit: int) -> Refused:
    """Say that a body is larger than it may be."""
    return Refused("too-large", [Flaw("too-large", names={"limit": limit})])


def _broken() -> Refused:
    return Refused("bad-request", [Flaw("bad-compression", names={"encoding": "gzip"})])
