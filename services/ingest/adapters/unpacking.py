"""Content-Encoding gzip and zstd, undone piece by piece: a bomb never unfolds beyond the limit."""

import zlib
from collections.abc import Callable
from typing import Final, Protocol

import zstandard

from services.ingest.domain.flaws import Flaw
from services.ingest.domain.posting import Coding
from services.ingest.usecases.accept_submission import Refused

MOST_WINDOW: Final = 8 * 1024 * 1024
"""Bytes that a zstd stream may look back; what every decoder should be able to hold (RFC 8878)."""

_GZIP: Final = 16 + zlib.MAX_WBITS
_PIECE: Final = 64 * 1024
# The decoder has no limit on what it gives for one piece, and 4 bytes can stand for 128 KiB.
_ZSTD_PIECE: Final = 256
# A file put together from many has many members; millions of empty ones only cost time.
_MOST_MEMBERS: Final = 1_000


class _Member(Protocol):
    """One stream of a body; what follows its end is in `unused_data`."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


def unpacked(body: bytes, coding: Coding, limit: int) -> bytes:
    """Return what is inside; several members after one another are one body.

    Raises:
        Refused: not packed so, cut off, something after its end, or more than `limit` bytes.

    """
    if coding == "identity":
        if len(body) > limit:
            raise too_large(limit)
        return body
    try:
        if coding == "gzip":
            return _all(body, coding, limit, _Gzip, _PIECE)
        return _all(body, coding, limit, _Zstd, _ZSTD_PIECE)
    except zlib.error:
        raise _broken(coding) from None
    except zstandard.ZstdError as error:
        raise _window() if "memory" in str(error) else _broken(coding) from None


def _all(
    body: bytes, coding: Coding, limit: int, begin: Callable[[int], _Member], size: int
) -> bytes:
    inside = bytearray()
    member, members = begin(limit), 1
    for start in range(0, len(body), size):
        piece = body[start : start + size]
        while piece:
            if member.eof:
                member, members = begin(limit - len(inside)), members + 1
            inside += member.decompress(piece)
            if len(inside) > limit:
                raise too_large(limit)
            if members > _MOST_MEMBERS:
                raise _broken(coding)
            piece = member.unused_data
    if not member.eof:
        raise _broken(coding)
    return bytes(inside)


class _Gzip:
    """A member of gzip, which gives no more than it may."""

    def __init__(self, limit: int) -> None:
        self._stream = zlib.decompressobj(_GZIP)
        self._left = limit

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes) -> bytes:
        given = self._stream.decompress(data, self._left + 1)
        self._left -= len(given)
        return given


class _Zstd:
    """A frame of zstd."""

    def __init__(self, _: int) -> None:
        decompressor = zstandard.ZstdDecompressor(max_window_size=MOST_WINDOW)
        self._frame = decompressor.decompressobj()

    @property
    def eof(self) -> bool:
        return self._frame.eof

    @property
    def unused_data(self) -> bytes:
        return self._frame.unused_data

    def decompress(self, data: bytes) -> bytes:
        return self._frame.decompress(data)


def too_large(limit: int) -> Refused:
    """Say that a body is larger than it may be."""
    return Refused("too-large", [Flaw("too-large", names={"limit": limit})])


def _broken(coding: Coding) -> Refused:
    return Refused("bad-request", [Flaw("bad-compression", names={"encoding": coding})])


def _window() -> Refused:
    return Refused("too-large", [Flaw("window-too-large", names={"limit": MOST_WINDOW})])
