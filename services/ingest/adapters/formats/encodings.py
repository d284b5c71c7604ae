"""Which encoding the text of a body has, and its text as a stream."""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.domain.posting import Encoding, Media

MARK: Final = "\ufeff"
"""What Windows programs put before UTF-8 text."""

STEP: Final = 256 * 1024
"""Bytes of a body that are decoded at a time, so that no thread holds the interpreter for long."""

_ENCODINGS: Final[tuple[Encoding, ...]] = ("utf-8", "gb18030")


def encoding_of(media: Media, body: bytes) -> Encoding:
    """Return the encoding of a body. CSV that does not say is UTF-8 if it can be, else GB18030.

    Raises:
        Unreadable: the bytes are in none of the encodings that they may be in.

    """
    encodings = (media.encoding,) if media.encoding else _ENCODINGS
    positions = []
    for encoding in encodings:
        position = _first_bad_byte(body, encoding)
        if position is None:
            return encoding
        positions.append(position)
    names = {"encoding": " / ".join(encodings).upper(), "position": positions[0]}
    raise Unreadable("bad-request", "bad-encoding", **names)


@contextmanager
def opened(body: bytes, encoding: Encoding, newline: str) -> Iterator[TextIO]:
    """Give the text of a body as a stream, without the mark before it."""
    stream = io.BytesIO(body)
    mark = MARK.encode(encoding)
    if body.startswith(mark):
        stream.seek(len(mark))
    with io.TextIOWrapper(stream, encoding, newline=newline) as text:
        yield text


def unmarked(body: bytes) -> Iterator[bytes]:
    """Yield the bytes of a body of UTF-8 without the mark before it, some at a time."""
    mark = MARK.encode()
    yield from slices(body, len(mark) if body.startswith(mark) else 0)


def slices(body: bytes, start: int = 0) -> Iterator[bytes]:
    """Yield the bytes of a body from `start` on, `STEP` at a time."""
    for at in range(start, len(body), STEP):
        yield body[at : at + STEP]


def _first_bad_byte(body: bytes, encoding: Encoding) -> int | None:
    """Return the place of the first byte that is none of the encoding, from 1."""
    decoder = codecs.getincrementaldecoder(encoding)()
    start = 0
    for piece in slices(body):
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(piece, start + len(piece) >= len(body))
        except UnicodeDecodeError as error:
            return start - held + error.start + 1
        start += len(piece)
    return None
