"""JSON and NDJSON as rows, without believing anything.

Numbers stay text, repeated keys are kept.
"""

import json
from collections.abc import Iterator
from typing import Final

from services.ingest.adapters.formats import encodings
from services.ingest.adapters.formats.encodings import opened, unmarked
from services.ingest.adapters.formats.jsonoutline import measure
from services.ingest.adapters.formats.jsonvalues import DECODER, malformed, values
from services.ingest.adapters.formats.unreadable import Unreadable, too_many_rows
from services.ingest.domain.terms import Limits
from services.ingest.domain.written import Broken

LONGEST_LINE: Final = 1024 * 1024  # characters of a line of NDJSON
ENDS_PER_ROW: Final = 2
"""Ends of lines that NDJSON may have for each row that it may have."""

_WHITESPACE: Final = " \t\r\n"


class JsonRows:
    """The rows of one object or of an array; read anew whenever they are gone through."""

    def __init__(self, body: bytes, limits: Limits) -> None:
        """Measure the text.

        Raises:
            Unreadable: too deep, too many rows or values.

        """
        self._body = body
        measure(unmarked(body), limits, array=_begins_array(body))

    def __iter__(self) -> Iterator[object]:
        """Yield the rows; Unreadable where the text is no JSON."""
        with opened(self._body, "utf-8", "\n") as text:
            yield from values(text, encodings.STEP)


def _begins_array(body: bytes) -> bool:
    begins = (piece.lstrip(_WHITESPACE.encode()) for piece in unmarked(body))
    return next(filter(None, begins), b"")[:1] == b"["


class NdjsonRows:
    """One row per line that is not blank; read anew whenever they are gone through."""

    def __init__(self, body: bytes, limits: Limits) -> None:
        self._body = body
        self._limits = limits

    def __iter__(self) -> Iterator[object]:
        """Yield the rows; a line that is no JSON becomes `Broken`.

        Raises:
            Unreadable: too many lines, or one too long; no more of the text has been read then.

        """
        limits = self._limits
        rows = ended = 0
        with opened(self._body, "utf-8", "\n") as text:
            while line := text.readline(LONGEST_LINE + 1):
                if len(line) > LONGEST_LINE:
                    raise Unreadable("too-large", "too-large", limit=LONGEST_LINE)
                ended += line.endswith("\n")
                blank = not line.strip(_WHITESPACE)
                rows += not blank
                if rows > limits.rows or ended > limits.rows * ENDS_PER_ROW:
                    raise too_many_rows(limits.rows)
                if not blank:
                    yield _line(line, limits)


def parse(text: str, limits: Limits) -> object:
    """Return the value of a JSON text as it was written."""
    measure([text.encode("utf-8", "surrogatepass")], limits, array=False)
    try:
        value, end = DECODER.raw_decode(text, len(text) - len(text.lstrip(_WHITESPACE)))
        if text[end:].strip(_WHITESPACE):
            raise json.JSONDecodeError("Extra data", text, end)  # noqa: TRY301 - told alike
    except json.JSONDecodeError as error:
        raise malformed(error.msg, error.lineno, error.colno) from None
    return value


def _line(line: str, limits: Limits) -> object:
    try:
        return parse(line, limits)
    except Unreadable as reason:
        return Broken(reason.flaw.code, **reason.flaw.names)
