"""Which encoding the text of a body has, and the text."""

import codecs
from typing import Final

from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.domain.posting import Encoding, Media

MARK: Final = "\ufeff"
"""What Windows programs put before UTF-8 text."""

_STEP: Final = 256 * 1024
"""Bytes of a body that are decoded at a time, so that no thread holds the interpreter for long."""

_ENCODINGS: Final[tuple[Encoding, ...]] = ("utf-8", "gb18030")


def text_of(media: Media, body: bytes) -> tuple[str, Encoding]:
    """Return the text of a body, without the mark before it, and the encoding it was in.

    CSV that does not say is UTF-8 if it can be, else GB18030.

    Raises:
        Unreadable: the bytes are in none of the encodings that they may be in.

    """
    encodings = (media.encoding,) if media.encoding else _ENCODINGS
    positions = []
    for encoding in encodings:
        try:
            return _decoded(body, encoding).removeprefix(MARK), encoding
        except UnicodeDecodeError as error:
            positions.append(error.start + 1)
    names = {"encoding": " / ".join(encodings).upper(), "position": positions[0]}
    raise Unreadable("bad-request", "bad-encoding", **names)


def _decoded(body: bytes, encoding: Encoding) -> str:
    if len(body) <= _STEP:
        return body.decode(encoding)
    decoder = codecs.getincrementaldecoder(encoding)()
    parts = []
    for start in range(0, len(body), _STEP):
        held = len(decoder.getstate()[0])
        try:
            parts.append(decoder.decode(body[start : start + _STEP], start + _STEP >= len(body)))
        except UnicodeDecodeError as error:
            error.start += start - held
            raise
    return "".join(parts)
