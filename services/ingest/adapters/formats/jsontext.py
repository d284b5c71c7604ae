"""JSON and NDJSON as rows.

Numbers stay text, repeated keys are kept. Before a parser builds anything of a text, its brackets
and commas are measured, so that neither depth nor the number of values can cost memory.
"""

import json
import re
from typing import Final

from services.ingest.adapters.formats.unreadable import Unreadable, too_many_rows
from services.ingest.domain.context import Limits
from services.ingest.domain.raw import Invalid, Number, RawObject

LONGEST_LINE: Final = 1024 * 1024  # characters of a line of NDJSON
# Ends of lines that NDJSON may have for each row that it may have.
ENDS_PER_ROW: Final = 2

# Values in one row, nested ones included; the fullest sound row has a few hundred.
MOST_VALUES: Final = 1_000

_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=RawObject, parse_int=Number, parse_float=Number, parse_constant=Number
)
_WHITESPACE: Final = " \t\r\n"
# From one bracket or comma to the next, over texts. Every part is possessive and the end satisfies
# it too, so it never goes back over what it has read, whatever that is.
_TO_NEXT: Final = re.compile(
    r"""(?:[^"\[\]{},]++|"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z))*+([\[\]{},]|\Z)""", re.DOTALL
)


def json_rows(text: str, limits: Limits) -> list[object]:
    """Return the rows of one object or of an array.

    Raises:
        Unreadable: no JSON, too deep, too many rows or values.

    """
    array = text.lstrip(_WHITESPACE)[:1] == "["
    value = parse(text, limits, array=array)
    return value if array and isinstance(value, list) else [value]


def ndjson_rows(text: str, limits: Limits) -> list[object]:
    """Return one row per line that is not blank; a line that is no JSON becomes `Invalid`.

    Raises:
        Unreadable: too many lines, or one too long.

    """
    if text.count("\n") > limits.rows * ENDS_PER_ROW:
        raise too_many_rows(limits.rows)
    lines = [line for line in text.split("\n") if line.strip(_WHITESPACE)]
    if any(len(line) > LONGEST_LINE for line in lines):
        raise Unreadable("too-large", "too-large", limit=LONGEST_LINE)
    if len(lines) > limits.rows:
        raise too_many_rows(limits.rows)
    return [parsed_or_invalid(line, limits) for line in lines]


def parse(text: str, limits: Limits, *, array: bool = False) -> object:
    """Return the value of a JSON text as it stands there; of an `array` the values are rows.

    Raises:
        Unreadable: no JSON, too deep, too many rows or values.

    """
    _measure(text, limits, array=array)
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        line, column = error.lineno, error.colno
        place = (f"{error.msg} (line {line}, column {column})", f"第{line}行第{column}列有误")
        raise Unreadable("bad-request", "malformed", format="JSON", reason=place) from None


def parsed_or_invalid(text: str, limits: Limits) -> object:
    """Return the value of a JSON text; `Invalid` where it is none."""
    try:
        return parse(text, limits)
    except Unreadable as reason:
        return Invalid(reason.error.code, **reason.error.names)


def _measure(text: str, limits: Limits, *, array: bool) -> None:
    """Refuse a text whose brackets go too deep or whose commas say that it holds too much."""
    depth, rows, values = 0, 1, 1
    rows_at = 1 if array else 0
    for found in _TO_NEXT.finditer(text):
        mark = found[1]
        if mark == ",":
            if depth == rows_at:
                rows, values = rows + 1, 1
                if rows > limits.rows:
                    raise too_many_rows(limits.rows)
            else:
                values += 1
                if values > MOST_VALUES:
                    field = (f"row {rows - 1}", f"第{rows - 1}行（从0起）")
                    raise Unreadable("too-large", "too-many", field=field, limit=MOST_VALUES)
        elif mark in ("[", "{"):
            depth += 1
            if depth > limits.depth:
                raise Unreadable("bad-request", "too-deep", limit=limits.depth)
        elif mark:
            depth -= 1
