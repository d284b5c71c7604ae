"""The kinds of row, as rows.toml declares them, and the columns of tables that follow from it.

A table has no lists in its cells, so the first pauses of a case and its extension have columns of
their own, one for each of their fields; `nested` puts them where the fields of a row are.
"""

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from typing import Any, Final, Literal

from services.ingest.domain.context import Kind
from services.ingest.domain.raw import RawObject

# What a field holds:
#
# code      a code of the register; a table may hold its Chinese name instead
# name      one line of text, compared without white space around it, accents composed (NFC)
# text      text, of several lines if need be
# choice    one of `options`
# flag      true or false
# figure    a decimal of at most 15 digits, 0 or more
# count     a whole number from `least` to `most`
# time      RFC 3339; without an offset Asia/Shanghai; a date alone is its 00:00
# past      a time that has come
# day       a date (YYYY-MM-DD) that has begun
# objects   a list of at most `most` objects with the fields `parts`
# object    an object with the fields `parts`
# labels    a map of at most `most` names to names
FieldType = Literal[
    "code", "name", "text", "choice", "flag", "figure", "count", "time", "past", "day",
    "objects", "object", "labels",
]  # fmt: skip

# Pauses that have columns of their own; more of them go as JSON into `pauses`.
PAUSES: Final = 2


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a row, or of an object in it, or a column of a table; see rows.toml.

    `part` of a column: the field that it is a part of, which of its entries from 1 (0 where there
    is but one), and the field of the entry.
    """

    name: str
    type: FieldType
    heading: str = ""
    note: str = ""
    about: str = ""
    required: bool = False
    usual: bool = False
    options: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    parts: tuple["Field", ...] = ()
    filled_by: Literal["clerk", "program", "office"] = "clerk"
    part: tuple[str, int, str] | None = None

    @property
    def starred(self) -> bool:
        """Whether forms mark it as one that must be filled in."""
        return self.required or self.usual

    def columns(self) -> Iterator["Field"]:
        """Yield the columns of a field: those of its parts, and its own, which then holds JSON."""
        if self.parts:
            for number in range(1, PAUSES + 1) if self.type == "objects" else (0,):
                yield from (self._column(number, part) for part in self.parts)
        yield self

    def _column(self, number: int, part: "Field") -> "Field":
        at = self.name, number, part.name
        if number == 0:
            name, heading = f"{self.name}_{part.name}", f"{self.heading}{part.heading}"
            return replace(part, name=name, heading=heading, required=False, part=at)
        return replace(
            part,
            name=f"pause{number}_{part.name}",
            heading=f"暂停{number}{part.heading}",
            note=f"第{number}次暂停的{part.note}",
            about=f"Pause {number}: {part.about}",
            required=False,
            part=at,
        )


@dataclass(frozen=True)
class RowType:
    """One kind of row; `identity` are the fields that two rows of one org must not share."""

    fields: Mapping[str, Field]
    identity: tuple[str, ...]

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The fields that hold codes of the register, but for `org`, which is that of all rows."""
        codes = (field.name for field in self.fields.values() if field.type == "code")
        return tuple(name for name in codes if name != "org")

    @cached_property
    def columns(self) -> Mapping[str, Field]:
        """The columns of a table, by name."""
        return {one.name: one for field in self.fields.values() for one in field.columns()}

    def column_at(self, pointer: str) -> Field | None:
        """Return the column of a table that holds what a pointer into a row names, if one does."""
        whole, _, rest = pointer.removeprefix("/").partition("/")
        number, _, part = rest.rpartition("/")
        at = whole, int(number) + 1 if number.isdecimal() else 0, part
        return next((one for one in self.columns.values() if one.part == at), None) or (
            self.columns.get(whole)
        )


def nested(cells: Collection[tuple[Field, object]]) -> RawObject:
    """Return the row of some cells, parts of pauses and extensions put together."""
    row: list[tuple[str, object]] = []
    entries: dict[tuple[str, int], list[tuple[str, object]]] = {}
    for column, value in cells:
        if column.part is None:
            row.append((column.name, value))
        else:
            whole, number, part = column.part
            entries.setdefault((whole, number), []).append((part, value))
    pauses = [RawObject(pairs) for (_, number), pairs in sorted(entries.items()) if number]
    if pauses:
        row.append(("pauses", pauses))
    row += [(whole, RawObject(pairs)) for (whole, number), pairs in entries.items() if not number]
    return RawObject(row)


_DECLARED: Final[dict[str, Any]] = tomllib.loads(
    files(__package__).joinpath("rows.toml").read_text("utf-8")
)


def _fields(declared: Sequence[str | dict[str, Any]]) -> dict[str, Field]:
    return {field.name: field for field in map(_field, declared)}


def _field(declared: str | dict[str, Any]) -> Field:
    if isinstance(declared, str):
        return Field(name=declared, **_DECLARED["common"][declared])
    parts = tuple(map(_field, _DECLARED["parts"][declared["parts"]] if "parts" in declared else ()))
    options = tuple(declared.get("options", ()))
    return Field(**{**declared, "parts": parts, "options": options})


_KINDS: Final[tuple[Kind, ...]] = ("observation", "case", "progress_report", "approval")
ROWS: Final[Mapping[Kind, RowType]] = {
    kind: RowType(_fields(_DECLARED[kind]["fields"]), tuple(_DECLARED[kind]["identity"]))
    for kind in _KINDS
}
# What clerks call the options of fields, and true and false: in Chinese and in English.
OPTIONS: Final[Mapping[str, tuple[str, str]]] = {
    code: (zh, en) for code, (zh, en) in _DECLARED["words"].items()
}

# By Chinese word: the code.
CODES: Final[Mapping[str, str]] = {zh: code for code, (zh, _) in OPTIONS.items()}
