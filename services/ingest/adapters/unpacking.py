"""Content-Encoding gzip and zstd, undone piece by piece: a bomb never unfolds beyond the limit."""

import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Final, Protocol

import zstandard

from services.ingest.domain.flaws import Flaw
from services.ingest.domain.posting import Coding
from services.ingest.usecases.accept_submission import Refused

MOST_WINDOW: Final = 8 * 1024 * 1024
"""Bytes that a zstd stream may look back; what every decoder should be able to hold (RFC 8878)."""

_GZIP: Final = 16 + zlib.MAX_WBITS
_PIECE: Final = 64 * 1024
# What comes out at a time: it is copied once more, while no other thread can do anything.
_STEP: Final = 1024 * 1024
# The decoder has no limit on what it gives for one piece, and 4 bytes can stand for 128 KiB.
_ZSTD_PIECE: Final = 256
# A file put together from many has many members; millions of empty ones only cost time.
_MOST_MEMBERS: Final = 1_000


class _Member(Protocol):
    """One stream of a body; what it has not yet looked at, or will never, is in `left`."""

    @property
    def eof(self) -> bool: ...

    @property
    def left(self) -> bytes: ...

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


def _all(body: bytes, coding: Coding, limit: int, begin: Callable[[], _Member], size: int) -> bytes:
    inside = BytesIO()  # what is gathered in it comes out without a copy
    member, members = begin(), 1
    for start in range(0, len(body), size):
        piece, more = body[start : start + size], True
        while more:
            if member.eof:
                member, members = begin(), members + 1
            given = member.decompress(piece)
            inside.write(given)
            if inside.tell() > limit:
                raise too_large(limit)
            if members > _MOST_MEMBERS:
                raise _broken(coding)
            piece = member.left
            # A full step may have more to give of what it has looked at.
            more = bool(piece) or (len(given) >= _STEP and not member.eof)
    if not member.eof:
        raise _broken(coding)
    return inside.getvalue()


class _Gzip:
    """A member of gzip, which gives a step at a time."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_GZIP)

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def left(self) -> bytes:
        return self._stream.unused_data or self._stream.unconsumed_tail

    def decompress(self, data: bytes) -> bytes:
        return self._stream.decompress(data, _STEP)


class _Zstd:
    """A frame of zstd."""

    def __init__(self) -> None:
        decompressor = zstandard.ZstdDecompressor(max_window_size=MOST_WINDOW)
        self._frame = decompressor.decompressobj()

    @property
    def eof(self) -> bool:
        return self._frame.eof

    @property
    def left(self) -> bytes:
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
