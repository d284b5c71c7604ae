"""From bytes to rows: the encoding first, then the format."""

import codecs
import io
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, TextIO

from services.ingest.adapters.formats.csvtext import read_csv
from services.ingest.adapters.formats.jsontext import read_json, read_ndjson
from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.adapters.formats.workbook import read_workbook
from services.ingest.domain.flaws import Flaws
from services.ingest.domain.posting import Encoding, Media
from services.ingest.domain.terms import Limits

_MARK: Final = "\ufeff"  # what Windows programs put before UTF-8 text
_PIECE: Final = 64 * 1024
_ENCODINGS: Final[tuple[Encoding, ...]] = ("utf-8", "gb18030")


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of a body as they were written.

    Attributes:
        encoding: of a CSV text; None for other formats.
        lines: where a spreadsheet shows each row; () where the body is none.

    """

    rows: list[object]
    encoding: Encoding | None = None
    lines: tuple[int, ...] = ()


def read_rows(
    media: Media, body: bytes, fields: Collection[str], limits: Limits, flaws: Flaws
) -> Read:
    """Return the rows of a body.

    Raises:
        Unreadable: the body cannot be taken apart, or holds no row.

    """
    if _is_empty(body):
        raise Unreadable("bad-request", "empty-body")
    read = _read(media, body, fields, limits, flaws)
    if not read.rows and not flaws:
        raise Unreadable("invalid", "empty-body")
    return read


def _is_empty(body: bytes) -> bool:
    if len(body) <= _PIECE:
        body = body.removeprefix(_MARK.encode())
    return not body or body.isspace()


def _read(media: Media, body: bytes, fields: Collection[str], limits: Limits, flaws: Flaws) -> Read:
    if media.format == "xlsx":
        rows, lines = read_workbook(body, fields, limits, flaws)
        return Read(rows, lines=lines)
    encoding = encoding_of(media, body)
    if media.format == "json":
        return Read(read_json(body.decode(encoding).removeprefix(_MARK), limits))
    with opened(body, encoding, "\n" if media.format == "ndjson" else "") as text:
        if media.format == "ndjson":
            return Read(read_ndjson(text, limits))
        return Read(read_csv(text, fields, limits, flaws), encoding)


def encoding_of(media: Media, body: bytes) -> Encoding:
    """Return the encoding of a body. CSV that does not say is UTF-8 if it can be, else GB18030.

    Looks through the bytes piece by piece, so that no second copy of them is made.

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


def opened(body: bytes, encoding: Encoding, newline: str) -> TextIO:
    """Return the text of a body as a stream, without the mark before it."""
    stream = io.BytesIO(body)
    mark = _MARK.encode(encoding)
    if body.startswith(mark):
        stream.seek(len(mark))
    return io.TextIOWrapper(stream, encoding, newline=newline)


def _first_bad_byte(body: bytes, encoding: Encoding) -> int | None:
    """Return the place of the first byte that is none of the encoding, from 1."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(body), _PIECE):
        held = len(decoder.getstate()[0])
        last = start + _PIECE >= len(body)
        try:
            decoder.decode(body[start : start + _PIECE], last)
        except UnicodeDecodeError as error:
            return start - held + error.start + 1
    return None
