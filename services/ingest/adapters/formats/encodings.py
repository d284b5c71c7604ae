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
    for encoding in encodings:
        steps = (body[start : start + _STEP] for start in range(0, len(body), _STEP))
        try:
            return "".join(codecs.iterdecode(steps, encoding)).removeprefix(MARK), encoding
        except UnicodeDecodeError:
            continue
    names = " / ".join(encodings).upper()
    position = _first_bad_byte(body, encodings[0])
    raise Unreadable("bad-request", "bad-encoding", encoding=names, position=position)


def _first_bad_byte(body: bytes, encoding: Encoding) -> int:
    """Return where the first byte that is none of an encoding stands, from 1."""
    try:
        body.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start + 1
    return len(body)
