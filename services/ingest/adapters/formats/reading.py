"""From bytes to rows: the encoding first, then the format."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from services.ingest.adapters.formats.csvtext import CsvRows
from services.ingest.adapters.formats.encodings import encoding_of, unmarked
from services.ingest.adapters.formats.jsontext import JsonRows, NdjsonRows
from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.adapters.formats.workbook import WorkbookReaders
from services.ingest.domain.flaws import Flaws
from services.ingest.domain.posting import Encoding, Media
from services.ingest.domain.terms import Limits


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of a body as they were written.

    Attributes:
        rows: to be gone through as often as need be, which may raise Unreadable; the body is read
            anew every time, and no more than a row of it held.
        encoding: of a CSV text; None for other formats.
        lines: where a spreadsheet shows each row; () where the body is none.

    """

    rows: Iterable[object]
    encoding: Encoding | None = None
    lines: tuple[int, ...] = ()


def read_rows(
    media: Media,
    body: bytes,
    fields: Collection[str],
    limits: Limits,
    flaws: Flaws,
    workbooks: WorkbookReaders,
) -> Read:
    """Return the rows of a body.

    Raises:
        Unreadable: the body cannot be taken apart, or is empty.

    """
    if _is_empty(body):
        raise Unreadable("bad-request", "empty-body")
    if media.format == "xlsx":
        rows, lines, found = workbooks.read(body, fields, limits)
        for flaw in found.kept:
            flaws.bar(flaw)
        flaws.warnings += found.warnings
        return Read(rows, lines=lines)
    encoding = encoding_of(media, body)
    if media.format == "json":
        return Read(JsonRows(body, limits))
    if media.format == "ndjson":
        return Read(NdjsonRows(body, limits))
    return Read(CsvRows(body, encoding, fields, limits, flaws), encoding)


def _is_empty(body: bytes) -> bool:
    return all(piece.isspace() for piece in unmarked(body))
