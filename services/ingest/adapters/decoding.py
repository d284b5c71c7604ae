"""A body as typed columns, in one decode.

None stands for a body that must be read row by row: one with a fault, or with something that the
decoder takes without a word (a key that is there twice, digits that a float does not hold).
"""

import csv
import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from services.ingest.adapters.formats.csvtext import LONGEST_LINE, row_of, short_lines, trimmed
from services.ingest.adapters.formats.jsontext import ENDS_PER_ROW, parsed_or_invalid
from services.ingest.adapters.formats.reading import MARK, text_of
from services.ingest.adapters.formats.table import columns_of, value_of
from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.domain.columns import Columns
from services.ingest.domain.context import Kind, Limits, ValidationContext
from services.ingest.domain.errors import RowErrors
from services.ingest.domain.raw import Number, RawObject
from services.ingest.domain.rows import ROWS, Field, FieldType
from services.ingest.domain.submission import Encoding, Media
from services.ingest.domain.vocabulary import NAMED, Vocabulary, vocabulary_of

_NESTED: Final[frozenset[FieldType]] = frozenset({"objects", "object"})
_TEXT: Final = str | UnsetType | None
_TYPES: Final[Mapping[FieldType, object]] = {
    "flag": bool | UnsetType | None,
    "figure": int | float | UnsetType | None,
    "count": int | float | UnsetType | None,
    "labels": dict[str, str] | UnsetType | None,
    **dict.fromkeys(_NESTED, Raw | UnsetType),
}
_STRUCTS: Final = {
    kind: msgspec.defstruct(
        kind,
        [(name, _TYPES.get(field.type, _TEXT), UNSET) for name, field in row.fields.items()],
        forbid_unknown_fields=True,
        gc=False,
    )
    for kind, row in ROWS.items()
}
_ONE: Final = {kind: msgspec.json.Decoder(row) for kind, row in _STRUCTS.items()}
_MANY: Final = {kind: msgspec.json.Decoder(list[row]) for kind, row in _STRUCTS.items()}  # type: ignore[valid-type]
_WHITESPACE: Final = b" \t\r\n"
_BRACES_PER_ROW: Final = 8
_LONGEST_ROW: Final = 32 * 1024  # bytes on average; what is longer is mostly blanks
_NULL: Final = b"null"
_DIGITS: Final = bytes.maketrans(b"123456789.", b"0" * 10)
_LONG: Final = b"0" * 16  # a point and 15 digits, or 16 digits
_TINY: Final = re.compile(rb"[0-9][eE]-")
_PLAIN_FIGURE: Final = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_PLAIN_TIMES: Final = frozenset((0, 10, 16, 19, 20, 25))  # characters


@dataclass(frozen=True, slots=True)
class Decoded:
    """The rows of a body as columns; `raw` gives one as reading row by row does."""

    columns: Columns
    count: int
    raw: Callable[[int], object]
    encoding: Encoding | None = None


def decode(kind: Kind, media: Media, body: bytes, terms: ValidationContext) -> Decoded | None:
    """Decode a body; None where it must be read row by row."""
    try:
        if media.format in ("json", "ndjson"):
            return _json(kind, media.format == "ndjson", body, terms.limits)
        return _csv(kind, media, body, terms) if media.format == "csv" else None
    except (ValueError, RecursionError, Unreadable, csv.Error):  # of msgspec, and text not UTF-8
        return None


def _json(kind: Kind, lines: bool, body: bytes, limits: Limits) -> Decoded | None:  # noqa: FBT001
    body = body.removeprefix(MARK.encode())
    braces = body.count(b"{")
    if braces > limits.rows * _BRACES_PER_ROW or braces * _LONGEST_ROW < len(body):
        return None
    if b"\\" in body and b"\\u003" in body:
        return None  # perhaps a colon
    rows = _lines(kind, body, limits) if lines else _array(kind, body)
    if rows is None or not 0 < len(rows) <= limits.rows:
        return None
    first = msgspec.structs.astuple(rows[0])
    fields = ROWS[kind].fields.values()
    # Mostly the fields of all rows are those of the first; the colons tell whether they are.
    given = [field for field, value in zip(fields, first, strict=True) if value is not UNSET]
    columns, colons = _columns(rows, given)
    if body.count(b":") != colons and len(rows) > 1:
        columns, colons = _columns(rows, fields)
    # A decoder that fills a struct keeps the last of two equal keys without a word. Where no colon
    # is written as an escape, the body has one for every key, and those in the values.
    if body.count(b":") != colons or not _figures_are_exact(kind, columns, body):
        return None
    return Decoded(columns, len(rows), lambda row: _raw_row(columns, row, limits))


def _array(kind: Kind, body: bytes) -> list[Any]:
    if body.lstrip(_WHITESPACE)[:1] == b"{":
        return [_ONE[kind].decode(body)]
    rows: list[Any] = _MANY[kind].decode(body)
    return rows


def _lines(kind: Kind, body: bytes, limits: Limits) -> list[Any] | None:
    """Decode one row a line; None unless every line break lies between two rows.

    The decoder itself takes rows over several lines and several rows on one.
    """
    if body.count(b"\n") > limits.rows * ENDS_PER_ROW:
        return None
    body = body.strip(_WHITESPACE)
    if b"\r" in body:
        body = body.replace(b"\r\n", b"\n")
    breaks = body.count(b"\n")
    if body.count(b"}\n{") != breaks:
        return None
    rows: list[Any] = _ONE[kind].decode_lines(body)
    return rows if len(rows) == breaks + 1 else None


def _columns(rows: Sequence[Any], fields: Collection[Field]) -> tuple[Columns, int]:
    """Return the columns of some fields, and how many colons the body has if it has no others."""
    columns: Columns = {}
    colons = 0
    for field in fields:
        values = list(map(attrgetter(field.name), rows))
        left_out = values.count(UNSET)
        if left_out == len(rows):
            continue
        if field.type in _NESTED:
            values = [None if one is UNSET or bytes(one) == _NULL else one for one in values]
        elif left_out:
            values = [None if one is UNSET else one for one in values]
        columns[field.name] = values
        colons += len(rows) - left_out + _colons_within(field, values)
    return columns, colons


def _colons_within(field: Field, values: Sequence[Any]) -> int:
    """Return how many colons stand in the values of a field, with those behind keys in them."""
    if field.type in _NESTED:
        # The decoder leaves it to us to see whether these are UTF-8.
        return sum(str(raw, "utf-8").count(":") for raw in values if raw is not None)
    if field.type == "labels":
        pairs: list[tuple[str, str]] = [
            pair for labels in values if labels for pair in labels.items()
        ]
        return len(pairs) + sum(text.count(":") for pair in pairs for text in pair)
    if field.type in ("time", "past", "name", "text"):
        return "".join(filter(None, values) if None in values else values).count(":")
    return 0  # one in a code makes the body one to be read row by row


def _figures_are_exact(kind: Kind, columns: Columns, body: bytes) -> bool:
    """Whether every figure is what was sent: floats keep 15 digits, and nothing that is tiny."""
    figures = [
        columns[name]
        for name, field in ROWS[kind].fields.items()
        if field.type in ("figure", "count") and name in columns
    ]
    if not figures:
        return True
    if _LONG in body.translate(_DIGITS):
        return False
    zeros = any(isinstance(value, float) and not value for values in figures for value in values)
    return not zeros or _TINY.search(body) is None


def _raw_row(columns: Columns, row: int, limits: Limits) -> RawObject:
    given = ((name, values[row]) for name, values in columns.items())
    return RawObject((name, _raw(value, limits)) for name, value in given if value is not None)


def _raw(value: object, limits: Limits) -> object:
    if isinstance(value, Raw):
        return parsed_or_invalid(str(value, "utf-8"), limits)
    if isinstance(value, dict):
        return RawObject(value.items())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Number(repr(value))
    return value


def _csv(kind: Kind, media: Media, body: bytes, terms: ValidationContext) -> Decoded | None:
    limits, words = terms.limits, vocabulary_of(terms.register)
    text, encoding = text_of(media, body)
    if text.count("\n") > limits.rows * ENDS_PER_ROW:
        return None
    lines = short_lines(text) if '"' in text else text.split("\n")
    if isinstance(lines, list) and len(max(lines, key=len)) > LONGEST_LINE:
        return None
    reader = csv.reader(lines, strict=True)
    header = trimmed(next(reader, []))
    errors = RowErrors()
    columns = columns_of(header, ROWS[kind].columns, errors)
    unlike = any(one.part or one.type in ("labels", *_NESTED) for one in columns.values())
    if errors or unlike or len(columns) != len(header):
        return None
    cells = [row for row in reader if any(row)]
    if not 0 < len(cells) <= limits.rows or set(map(len, cells)) != {len(header)}:
        return None

    def raw(row: int) -> object:
        read = row_of(cells[row], len(header), columns, limits)
        words.replace_names([read])
        return read

    typed = {
        column.name: _column(column, values, words, limits)
        for column, values in zip(columns.values(), zip(*cells, strict=True), strict=True)
        if any(values)
    }
    return Decoded(typed, len(cells), raw, encoding)


def _column(field: Field, cells: Sequence[str], words: Vocabulary, limits: Limits) -> Sequence[Any]:
    """Return what the cells of a column mean; what is no plain value of it is left odd."""
    match field.type:
        case "figure" | "count":
            return [None if cell == "" else _plain_figure(cell) for cell in cells]
        case "time" | "past":
            joined = "".join(cells)
            if _PLAIN_TIMES.issuperset(map(len, cells)) and not {"/", ".", "年"} & set(joined):
                return cells
            return [cell and value_of(field, cell, limits) for cell in cells]
        case "code" | "choice" | "flag" | "day":
            known: dict[str, Any] = {
                cell: cell and value_of(field, cell, limits) for cell in set(cells)
            }
            if field.name in NAMED:
                known = {cell: words.code_of(field.name, code) for cell, code in known.items()}
            return [known[cell] for cell in cells]
        case "name" if "E+" in "".join(cells):
            return [None if "E+" in cell else cell for cell in cells]
        case _:
            return cells


def _plain_figure(cell: str) -> float:
    if len(cell) < len(_LONG) and _PLAIN_FIGURE.fullmatch(cell):
        return float(cell)
    return math.nan
