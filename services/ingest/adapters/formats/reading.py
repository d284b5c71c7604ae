"""From bytes to rows as they were written: the encoding first, then the format."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.ingest.adapters.formats.csvtext import csv_rows
from services.ingest.adapters.formats.encodings import text_of
from services.ingest.adapters.formats.jsontext import json_rows, ndjson_rows
from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.adapters.formats.workbook.reading import read_sheet
from services.ingest.domain.flaws import Flaws
from services.ingest.domain.posting import Encoding, Media
from services.ingest.domain.terms import Limits


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of a body as they were written.

    Attributes:
        encoding: of a CSV text; None for other formats.
        lines: where a spreadsheet shows each row; () where the body is none.

    """

    rows: Sequence[object]
    encoding: Encoding | None = None
    lines: Sequence[int] = ()


def read_rows(
    media: Media,
    body: bytes,
    fields: Collection[str],
    limits: Limits,
    flaws: Flaws,
) -> Read:
    """Return the rows of a body.

    Raises:
        Unreadable: the body cannot be taken apart, or is empty.

    """
    if media.format == "xlsx":
        if not body or body.isspace():
            raise Unreadable("bad-request", "empty-body")
        rows, lines = read_sheet(body, fields, limits, flaws)
        return Read(rows, lines=lines)
    text, encoding = text_of(media, body)
    if not text or text.isspace():
        raise Unreadable("bad-request", "empty-body")
    if media.format == "json":
        return Read(json_rows(text, limits))
    if media.format == "ndjson":
        return Read(ndjson_rows(text, limits))
    return Read(csv_rows(text, fields, limits, flaws), encoding)
