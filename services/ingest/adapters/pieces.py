"""A body of JSON or NDJSON as pieces of whole rows, each a sound body by itself if all is sound.

Where to cut is guessed: after a row's brace, before an object whose first key a row can have and
a part of a row cannot. A wrong guess leaves two pieces that are no JSON. If on the other hand each
piece is an array, then the body is the array of all their values, since that is what the grammar
makes of `[a` `,` `b]`: so nothing is ever taken for what it is not.
"""

import re
from collections.abc import Iterator
from typing import Final

from services.ingest.adapters.formats import encodings
from services.ingest.adapters.formats.encodings import slices
from services.ingest.domain.checking import FIELDS
from services.ingest.domain.posting import Format
from services.ingest.domain.terms import Kind

LONGEST: Final = 1024 * 1024
"""Bytes of one piece at most, which is as many as a line of NDJSON may have characters."""

_BLANK: Final = rb"[ \t\r\n]*+"
_CUTS: Final = {
    kind: re.compile(
        rb"\}%b,%b(?=\{%b\"(?:%b)\")" % (_BLANK, _BLANK, _BLANK, "|".join(fields).encode())
    )
    for kind, fields in FIELDS.items()
}


class Unsure(Exception):  # noqa: N818 - what the quick way is then
    """The thorough way must decide."""


def pieces(kind: Kind, form: Format, body: bytes) -> Iterator[bytes]:
    """Yield the pieces; a body of one step is one.

    Raises:
        Unsure: no place to cut was found.

    """
    if len(body) <= encodings.STEP:
        yield from slices(body)
    elif form == "ndjson":
        yield from _lines(body)
    else:
        yield from _arrays(kind, body)


def _lines(body: bytes) -> Iterator[bytes]:
    held = b""
    for piece in slices(body):
        end = piece.rfind(b"\n") + 1
        if end:
            yield held + piece[:end]
            held = piece[end:]
        else:
            held = _longer(held, piece)
    if held:
        yield held


def _arrays(kind: Kind, body: bytes) -> Iterator[bytes]:
    cut, begin, held = _CUTS[kind], b"", b""
    for piece in slices(body):
        held = _longer(held, piece)
        found = cut.search(held, encodings.STEP // 2)
        while found is not None:
            yield b"%b%b]" % (begin, held[: found.start() + 1])
            begin, held = b"[", held[found.end() :]
            found = cut.search(held, encodings.STEP // 2)
    yield begin + held


def _longer(held: bytes, piece: bytes) -> bytes:
    held += piece
    if len(held) > LONGEST:
        raise Unsure
    return held
