"""From bytes to rows, not yet checked: the encoding first, then the format."""

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.ingest.adapters.formats.csvtext import csv_rows
from services.ingest.adapters.formats.jsontext import json_rows, ndjson_rows
from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.domain.context import Limits
from services.ingest.domain.errors import RowErrors
from services.ingest.domain.rows import Field
from services.ingest.domain.submission import Encoding, Media

# What Windows programs put before UTF-8 text.
MARK: Final = "\ufeff"

# Bytes of a body that are decoded at a time, so that no thread holds the interpreter for long.
_STEP: Final = 256 * 1024

_ENCODINGS: Final[tuple[Encoding, ...]] = ("utf-8", "gb18030")


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of a body.

    Attributes:
        encoding: of a CSV text; None for other formats.
        lines: where a spreadsheet shows each row; () where the body is none.

    """

    rows: Sequence[object]
    encoding: Encoding | None = None
    lines: Sequence[int] = ()


def read_rows(
    media: Media, body: bytes, columns: Mapping[str, Field], limits: Limits, errors: RowErrors
) -> Read:
    """Return the rows of a body; `columns` are those that a table may have.

    Raises:
        Unreadable: the body cannot be taken apart, or is empty.

    """
    text, encoding = ("", None) if media.format == "xlsx" else text_of(media, body)
    content: str | bytes = body if media.format == "xlsx" else text
    if not content or content.isspace():
        raise Unreadable("bad-request", "empty-body")
    match media.format:
        case "xlsx":
            # Only the child reads workbooks, so only it imports what reads them.
            from services.ingest.adapters.formats.workbook import reading  # noqa: PLC0415

            rows, lines = reading.read_sheet(body, columns, limits, errors)
            return Read(rows, lines=lines)
        case "json":
            return Read(json_rows(text, limits))
        case "ndjson":
            return Read(ndjson_rows(text, limits))
        case "csv":
            return Read(csv_rows(text, columns, limits, errors), encoding)


def rows_with_errors(
    media: Media, body: bytes, columns: Mapping[str, Field], limits: Limits
) -> tuple[Read, RowErrors]:
    """Return what `read_rows` does, and the errors it told: for another process."""
    errors = RowErrors()
    return read_rows(media, body, columns, limits, errors), errors


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
    position = len(body)
    try:
        body.decode(encodings[0])
    except UnicodeDecodeError as error:
        position = error.start + 1
    names = " / ".join(encodings).upper()
    raise Unreadable("bad-request", "bad-encoding", encoding=names, position=position)
