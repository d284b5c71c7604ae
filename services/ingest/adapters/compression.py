"""Content-Encoding gzip and zstd, decompressed in memory within a bound.

A bomb is refused before it is decompressed up to that bound: a body that is more times larger
than rows ever are is no body of rows. docs/formats.md has the ratios that were measured.
"""

import zlib
from io import BytesIO
from typing import ClassVar, Final, Protocol

import zstandard

from services.ingest.domain.flaws import Flaw
from services.ingest.domain.posting import Coding
from services.ingest.usecases.accept_submission import Refused

MAX_WINDOW: Final = 8 * 1024 * 1024
"""Bytes that a zstd stream may look back; what every decoder should be able to hold (RFC 8878)."""

_GZIP: Final = 16 + zlib.MAX_WBITS
_STEP: Final = 1024 * 1024  # bytes that gzip gives at a time
# Bytes that any body may decompress to, whatever its size: too few to judge a ratio by.
_HARMLESS: Final = 1024 * 1024
# A file put together from many has many members; millions of empty ones only cost time.
_MAX_MEMBERS: Final = 1_000


class _Member(Protocol):
    """One compressed stream of a body; `left` is input that it has not consumed."""

    PIECE: ClassVar[int]
    """Compressed bytes that it is given at a time."""

    RATIO: ClassVar[int]
    """How many times larger than its compressed bytes a body may be."""

    @property
    def eof(self) -> bool: ...

    @property
    def left(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


def decompressed(body: bytes, coding: Coding, limit: int) -> bytes:
    """Return the body without its Content-Encoding; several members are one body.

    Raises:
        Refused: not compressed so, cut off, something after its end, more than `limit` bytes, or
            far more bytes than rows would be.

    """
    if coding == "identity":
        if len(body) > limit:
            raise _too_large(limit)
        return body
    try:
        return _joined(body, coding, limit, _Gzip if coding == "gzip" else _Zstd)
    except zlib.error:
        raise _broken(coding) from None
    except zstandard.ZstdError as error:
        raise _window() if "memory" in str(error) else _broken(coding) from None


def _joined(body: bytes, coding: Coding, limit: int, begin: type[_Member]) -> bytes:
    out = BytesIO()
    member, members = begin(), 1
    for end in range(begin.PIECE, len(body) + begin.PIECE, begin.PIECE):
        piece, more = body[end - begin.PIECE : end], True
        while more:
            if member.eof:
                member, members = begin(), members + 1
            given = member.decompress(piece)
            out.write(given)
            piece = member.left
            if out.tell() > limit:
                raise _too_large(limit)
            if out.tell() >= max(_HARMLESS, begin.RATIO * (min(end, len(body)) - len(piece))):
                raise _ratio_too_large(begin.RATIO)
            if members > _MAX_MEMBERS:
                raise _broken(coding)
            # A full step may have more to give of the input it has consumed.
            more = bool(piece) or (len(given) >= _STEP and not member.eof)
    if not member.eof:
        raise _broken(coding)
    return out.getvalue()


class _Gzip:
    """A member of gzip, which gives a step at a time.

    Its ratio is 1,032 at most; 412 where what repeats itself is longer than 16 bytes, as rows are.
    """

    PIECE: ClassVar[int] = 64 * 1024
    RATIO: ClassVar[int] = 500

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
    """A frame of zstd. It has no limit on what it gives: 4 bytes can stand for 128 KiB."""

    PIECE: ClassVar[int] = 256
    RATIO: ClassVar[int] = 5_000

    def __init__(self) -> None:
        decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
        self._frame = decompressor.decompressobj()

    @property
    def eof(self) -> bool:
        return self._frame.eof

    @property
    def left(self) -> bytes:
        return self._frame.unused_data

    def decompress(self, data: bytes) -> bytes:
        return self._frame.decompress(data)


def _too_large(limit: int) -> Refused:
    return Refused("too-large", [Flaw("too-large", names={"limit": limit})])


def _ratio_too_large(ratio: int) -> Refused:
    return Refused("too-large", [Flaw("ratio-too-large", names={"limit": ratio})])


def _broken(coding: Coding) -> Refused:
    return Refused("bad-request", [Flaw("bad-compression", names={"encoding": coding})])


def _window() -> Refused:
    return Refused("too-large", [Flaw("window-too-large", names={"limit": MAX_WINDOW})])
