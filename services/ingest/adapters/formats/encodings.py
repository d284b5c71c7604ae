"""Which encoding the text of a body has, and its text as a stream."""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.domain.posting import Body, Encoding, Media

MARK: Final = "\ufeff"
"""What Windows programs put before UTF-8 text."""

_ENCODINGS: Final[tuple[Encoding, ...]] = ("utf-8", "gb18030")


def encoding_of(media: Media, body: Body) -> Encoding:
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
def opened(body: Body, encoding: Encoding, newline: str) -> Iterator[TextIO]:
    """Give the text of a body as a stream, without the mark before it."""
    stream = body.opened()
    mark = MARK.encode(encoding)
    if stream.read(len(mark)) != mark:
        stream.seek(0)
    text = io.TextIOWrapper(stream, encoding, newline=newline)
    try:
        yield text
    finally:
        text.detach()  # the body stays open


def unmarked(body: Body) -> Iterator[bytes]:
    """Yield the bytes of a body of UTF-8 without the mark before it, some at a time."""
    stream = body.opened()
    mark = MARK.encode()
    if stream.read(len(mark)) != mark:
        stream.seek(0)
    while piece := stream.read(body.step):
        yield piece


def _first_bad_byte(body: Body, encoding: Encoding) -> int | None:
    """Return the place of the first byte that is none of the encoding, from 1."""
    decoder = codecs.getincrementaldecoder(encoding)()
    start = 0
    for piece in body.pieces():
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(piece, start + len(piece) >= body.size)
        except UnicodeDecodeError as error:
            return start - held + error.start + 1
        start += len(piece)
    return None
