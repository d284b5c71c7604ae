"""Content-Encoding gzip and zstd, decompressed in memory within a bound.

A bomb is refused before it is decompressed up to that bound: a body that is more times larger
than rows ever are is no body of rows. docs/formats.md has the ratios that were measured.
"""

import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final

import zstandard

from services.ingest.domain.errors import RowError
from services.ingest.domain.submission import Coding
from services.ingest.usecases.accept_submission import Refused

# Bytes that a zstd stream may look back; what every decoder should be able to hold (RFC 8878).
MAX_WINDOW: Final = 8 * 1024 * 1024

# Bytes that any body may decompress to, whatever its size: too few to judge a ratio by.
_HARMLESS: Final = 1024 * 1024
# A file put together from many has many members; millions of empty ones only cost time.
_MAX_MEMBERS: Final = 1_000

# What begins a member; compressed bytes that it is given at a time; the largest ratio.
_Codec = tuple[Callable[[], Any], int, int]

# Its ratio is 1,032 at most; 412 where what repeats is longer than 16 bytes, as rows are.
_GZIP: Final[_Codec] = (lambda: zlib.decompressobj(16 + zlib.MAX_WBITS), 1024, 500)

# It has no limit on what it gives: 4 bytes can stand for 128 KiB.
_ZSTD: Final[_Codec] = (
    lambda: zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).decompressobj(),
    256,
    5_000,
)


def decompressed(body: bytes, coding: Coding, limit: int) -> bytes:
    """Return the body without its Content-Encoding; several members are one body.

    Raises:
        Refused: not compressed so, cut off, something after its end, more than `limit` bytes, or
            far more bytes than rows would be.

    """
    if coding == "identity":
        if len(body) > limit:
            raise _too_large("too-large", limit)
        return body
    try:
        return _joined(body, limit, *(_GZIP if coding == "gzip" else _ZSTD))
    except (zlib.error, EOFError):
        pass
    except zstandard.ZstdError as error:
        if "memory" in str(error):
            raise _too_large("window-too-large", MAX_WINDOW) from None
    raise Refused("bad-request", [RowError("bad-compression", names={"encoding": coding})])


def _joined(body: bytes, limit: int, begin: Callable[[], Any], step: int, ratio: int) -> bytes:
    out = BytesIO()
    member, members = begin(), 1
    for start in range(0, len(body), step):
        piece = body[start : start + step]
        consumed = start + len(piece)
        while piece:
            if member.eof:
                member, members = begin(), members + 1
            out.write(member.decompress(piece))
            piece = member.unused_data
            if out.tell() > limit:
                raise _too_large("too-large", limit)
            if out.tell() >= max(_HARMLESS, ratio * (consumed - len(piece))):
                raise _too_large("ratio-too-large", ratio)
            if members > _MAX_MEMBERS:
                raise EOFError
    if not member.eof:
        raise EOFError
    return out.getvalue()


def _too_large(code: str, limit: int) -> Refused:
    return Refused("too-large", [RowError(code, names={"limit": limit})])
