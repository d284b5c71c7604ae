"""The columns of a table of rows: what follows from the declaration where rows stand in cells.

A table has no lists in its cells, so the first pauses of a case and its extension have columns of
their own, one for each of their fields; `nested` puts them where the fields of a row are.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Final

from services.ingest.domain.declaration import ROWS
from services.ingest.domain.field_types import Field, FieldType
from services.ingest.domain.terms import Kind
from services.ingest.domain.written import Written

PAUSES: Final = 2
"""Pauses that have columns of their own; more of them go as JSON into `pauses`."""

BAR: Final = "｜"
"""Between a code and its name in a drop-down list; no code holds it."""

REMARKS: Final = frozenset({"_行号", "_错误", "_errors"})
"""Columns of an errors file, which are not read."""

_PARTS: Final[dict[str, tuple[str, int, str]]] = {}  # column -> field, number from 1, part


def _columns(field: Field) -> Iterator[Field]:
    """Yield the columns of a field: those of its parts, and its own, which then holds JSON."""
    for number in range(1, PAUSES + 1) if field.type == "objects" else ():
        for part in field.parts:
            name = f"pause{number}_{part.name}"
            _PARTS[name] = field.name, number, part.name
            yield replace(
                part,
                name=name,
                heading=f"暂停{number}{part.heading}",
                note=f"第{number}次暂停的{part.note}",
                about=f"Pause {number}: {part.about}",
                required=False,
            )
    for part in field.parts if field.type == "object" else ():
        name = f"{field.name}_{part.name}"
        _PARTS[name] = field.name, 0, part.name
        yield replace(part, name=name, heading=f"{field.heading}{part.heading}", required=False)
    yield field


COLUMNS: Final[Mapping[Kind, tuple[Field, ...]]] = {
    kind: tuple(column for field in row.fields for column in _columns(field))
    for kind, row in ROWS.items()
}
NAMES: Final[Mapping[str, str]] = {
    column.heading: column.name for columns in COLUMNS.values() for column in columns
}
"""The field of each Chinese heading; one heading never means two fields."""


def _of_types(*types: FieldType) -> frozenset[str]:
    return frozenset(
        column.name for columns in COLUMNS.values() for column in columns if column.type in types
    )


NUMBERS: Final = _of_types("figure", "count")
FLAGS: Final = _of_types("flag")
JSON: Final = _of_types("objects", "object", "labels")
DAYS: Final = _of_types("day")
TIMES: Final = _of_types("time", "past")
CHOICES: Final = _of_types("choice")
"""Columns whose fixed words may stand there in Chinese, too."""

CODED: Final = _of_types("code") | CHOICES
PREPARED: Final = _of_types("code")
"""What a form has filled in beforehand; a row that holds no more than that was left blank."""


def column_at(kind: Kind, pointer: str) -> Field | None:
    """Return the column of a table that holds what a pointer into a row names, if one does."""
    whole, _, rest = pointer.removeprefix("/").partition("/")
    number, _, part = rest.rpartition("/")
    place = int(number) + 1 if number.isdecimal() else 0
    name = next((name for name, at in _PARTS.items() if at == (whole, place, part)), whole)
    return next((one for one in COLUMNS[kind] if one.name == name), None)


def with_parts(fields: Collection[str]) -> frozenset[str]:
    """Return the names that columns may have where rows have these fields."""
    return frozenset(fields) | {name for name, (whole, _, _) in _PARTS.items() if whole in fields}


def is_part(name: str) -> bool:
    """Whether a column is a part of a pause or an extension."""
    return name in _PARTS


def nested(cells: Collection[tuple[str, object]]) -> Written:
    """Return the row of some named cells, parts of pauses and extensions put together."""
    parts: dict[tuple[str, int], list[tuple[str, object]]] = {}
    row: list[tuple[str, object]] = []
    for name, value in cells:
        if name in _PARTS:
            whole, number, part = _PARTS[name]
            parts.setdefault((whole, number), []).append((part, value))
        else:
            row.append((name, value))
    pauses: list[object] = [
        Written(found) for (whole, _), found in sorted(parts.items()) if whole == "pauses"
    ]
    if pauses:
        row.append(("pauses", pauses))
    if ("extension", 0) in parts:
        row.append(("extension", Written(parts["extension", 0])))
    return Written(row)
