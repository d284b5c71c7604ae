"""Content-Encoding gzip and zstd, undone piece by piece: a bomb never unfolds beyond the limit.

One that unfolds further than rows ever do is not unfolded up to the limit either. What rows do was
measured: 10,000 nearly alike ones as CSV, NDJSON and JSON, padded to 255 characters a cell or
indented by 16, packed as tightly as gzip and zstd can, come to 157 and 836 times their size; one
text of 2,000 characters in every row to 224 and 1,963.
"""

import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import ClassVar, Final, Protocol

import zstandard

from services.ingest.adapters.spools import Spool
from services.ingest.domain.flaws import Flaw
from services.ingest.domain.posting import Body, Coding
from services.ingest.usecases.accept_submission import Refused

MOST_WINDOW: Final = 8 * 1024 * 1024
"""Bytes that a zstd stream may look back; what every decoder should be able to hold (RFC 8878)."""

_GZIP: Final = 16 + zlib.MAX_WBITS
# What comes out at a time: it is copied once more, while no other thread can do anything.
_STEP: Final = 1024 * 1024
# Bytes that any body may unfold to, whatever its size: little work, and too few to judge it by.
_HARMLESS: Final = 1024 * 1024
# A file put together from many has many members; millions of empty ones only cost time.
_MOST_MEMBERS: Final = 1_000


class _Member(Protocol):
    """One stream of a body; what it has not yet looked at, or will never, is in `left`."""

    PIECE: ClassVar[int]
    """Bytes that it is given at a time."""

    RATIO: ClassVar[int]
    """How many times larger than packed a body may be."""

    @property
    def eof(self) -> bool: ...

    @property
    def left(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


@contextmanager
def unpacked(body: Body, coding: Coding, limit: int, inside: Spool) -> Iterator[Body]:
    """Give what is inside, for a while; several members after one another are one body.

    What had to be unpacked goes through `inside`, which is empty before.

    Raises:
        Refused: not packed so, cut off, something after its end, more than `limit` bytes, or far
            more bytes than rows would be.
        StoreUnavailable: it cannot be put down.

    """
    if coding == "identity":
        if body.size > limit:
            raise too_large(limit)
        yield body
        return
    with closing(inside):
        _unpack(body, coding, limit, inside)
        yield inside


def _unpack(body: Body, coding: Coding, limit: int, inside: Spool) -> None:
    try:
        if coding == "gzip":
            _all(body, coding, limit, _Gzip, inside)
        else:
            _all(body, coding, limit, _Zstd, inside)
    except zlib.error:
        raise _broken(coding) from None
    except zstandard.ZstdError as error:
        raise _window() if "memory" in str(error) else _broken(coding) from None


def _all(body: Body, coding: Coding, limit: int, begin: type[_Member], inside: Spool) -> None:
    member, members = begin(), 1
    packed, end = body.opened(), 0
    while piece := packed.read(begin.PIECE):
        more = True
        end += len(piece)
        while more:
            if member.eof:
                member, members = begin(), members + 1
            given = member.decompress(piece)
            inside.write(given)
            piece = member.left
            if inside.size > limit:
                raise too_large(limit)
            if inside.size >= max(_HARMLESS, begin.RATIO * (end - len(piece))):
                raise _too_thin(begin.RATIO)
            if inside.full:
                inside.spill()
            if members > _MOST_MEMBERS:
                raise _broken(coding)
            # A full step may have more to give of what it has looked at.
            more = bool(piece) or (len(given) >= _STEP and not member.eof)
    if not member.eof:
        raise _broken(coding)


class _Gzip:
    """A member of gzip, which gives a step at a time.

    Its most is 1,032 times; 412 where what repeats itself is longer than 16 bytes, as rows are.
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


def _too_thin(ratio: int) -> Refused:
    return Refused("too-large", [Flaw("ratio-too-large", names={"limit": ratio})])


def _broken(coding: Coding) -> Refused:
    return Refused("bad-request", [Flaw("bad-compression", names={"encoding": coding})])


def _window() -> Refused:
    return Refused("too-large", [Flaw("window-too-large", names={"limit": MOST_WINDOW})])
