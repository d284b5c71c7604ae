"""JSON and NDJSON as rows, without believing anything: numbers stay text, repeated keys are kept.

Before a parser builds anything, the outline of the text (its brackets and commas) is measured, so
that neither depth nor the number of values can cost memory.
"""

import json
import re
from typing import Final, TextIO

from services.ingest.adapters.formats.unreadable import Unreadable, too_many_rows
from services.ingest.domain.terms import Limits
from services.ingest.domain.written import Broken, Number, Written

MOST_VALUES: Final = 1_000
"""Values in one row, nested ones included; the fullest sound row has a few hundred."""

# From one bracket or comma to the next, over texts. Every part is possessive and the end of the
# text satisfies it too, so it never goes back over what it has read, whatever that is.
_TO_NEXT: Final = re.compile(
    rb"""(?:[^"\[\]{},]++|"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z))*+([\[\]{},]|\Z)""", re.DOTALL
)
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=Written, parse_int=Number, parse_float=Number, parse_constant=Number
)
_WHITESPACE: Final = " \t\r\n"


def read_json(text: str, limits: Limits) -> list[object]:
    """Return the rows of one object or of an array.

    Raises:
        Unreadable: no JSON, neither object nor array, too deep, too many rows or values.

    """
    value = parse(text, limits, top_is_rows=True)
    if isinstance(value, list):
        return value
    return [value]


LONGEST_LINE: Final = 1024 * 1024  # characters of a line of NDJSON


def read_ndjson(text: TextIO, limits: Limits) -> list[object]:
    """Return one row per line that is not blank; a line that is no JSON becomes `Broken`.

    Raises:
        Unreadable: too many lines, or one too long; no more of the text has been read then.

    """
    rows: list[object] = []
    ended = 0
    while line := text.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise Unreadable("too-large", "too-large", limit=LONGEST_LINE)
        ended += line.endswith("\n")
        if line.strip(_WHITESPACE):
            rows.append(_line(line, limits))
        if len(rows) > limits.rows or ended > limits.rows * 2:
            raise too_many_rows(limits.rows)
    return rows


def parse(text: str, limits: Limits, *, top_is_rows: bool = False) -> object:
    """Return the value of a JSON text as it was written."""
    measure(text.encode("utf-8", "surrogatepass"), limits, top_is_rows=top_is_rows)
    try:
        value, end = _DECODER.raw_decode(text, len(text) - len(text.lstrip(_WHITESPACE)))
    except json.JSONDecodeError as error:
        raise _malformed(error) from None
    if text[end:].strip(_WHITESPACE):
        raise _malformed(json.JSONDecodeError("Extra data", text, end))
    return value


def measure(text: bytes, limits: Limits, *, top_is_rows: bool) -> None:
    """Refuse a text whose brackets go too deep or whose commas say that it holds too much."""
    rows_at = 1 if top_is_rows and text.lstrip(_WHITESPACE.encode())[:1] == b"[" else 0
    depth, rows, values = 0, 1, 1
    for found in _TO_NEXT.finditer(text):
        mark = found[1]
        if mark == b",":
            if depth == rows_at:
                rows, values = rows + 1, 1
                if rows > limits.rows:
                    raise too_many_rows(limits.rows)
            else:
                values += 1
                if values > MOST_VALUES:
                    raise _too_many_values(rows - 1)
        elif mark in (b"[", b"{"):
            depth += 1
            if depth > limits.depth:
                raise Unreadable("bad-request", "too-deep", limit=limits.depth)
        elif mark:
            depth -= 1


def _too_many_values(row: int) -> Unreadable:
    field = (f"row {row}", f"第{row}行（从0起）")
    return Unreadable("too-large", "too-many", field=field, limit=MOST_VALUES)


def _line(line: str, limits: Limits) -> object:
    try:
        return parse(line, limits)
    except Unreadable as reason:
        return Broken(reason.flaw.code, **reason.flaw.names)


def _malformed(error: json.JSONDecodeError) -> Unreadable:
    place = f"line {error.lineno}, column {error.colno}"
    reason = (f"{error.msg} ({place})", f"第{error.lineno}行第{error.colno}列有误")
    return Unreadable("bad-request", "malformed", format="JSON", reason=reason)
