"""What can be declared of a field and of a kind of row; `declaration.py` declares them."""

from dataclasses import dataclass
from typing import Literal

FieldType = Literal[
    "code",
    "name",
    "text",
    "choice",
    "flag",
    "figure",
    "count",
    "time",
    "past",
    "day",
    "objects",
    "object",
    "labels",
]
"""What a field holds:

    code      a code of the register; a table may hold its Chinese name instead
    name      one line of text, compared without white space around it, accents composed (NFC)
    text      text, of several lines if need be
    choice    one of `options`
    flag      true or false
    figure    a decimal of at most 15 digits, 0 or more
    count     a whole number from `least` to `most`
    time      RFC 3339; without an offset Asia/Shanghai; a date alone is its 00:00
    past      a time that has come
    day       a date (YYYY-MM-DD) that has begun
    objects   a list of at most `most` objects with the fields `parts`
    object    an object with the fields `parts`
    labels    a map of at most `most` names to names
"""

Filler = Literal["clerk", "program", "office"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a row, or of an object in it.

    Attributes:
        heading: its Chinese heading in tables.
        note: what to write there, in Chinese; with `about`, the same in English, it is also the
            description in the API reference.
        required: rows without it are refused.
        usual: required but in the cases that a rule names; forms mark it like a required one.
        filled_by: forms have what a clerk fills in, those of the office also what only the office
            does; what only programs send is in no form.

    """

    name: str
    type: FieldType
    heading: str
    note: str
    about: str
    required: bool = False
    usual: bool = False
    options: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    parts: tuple["Field", ...] = ()
    filled_by: Filler = "clerk"

    @property
    def starred(self) -> bool:
        """Whether forms mark it as one that must be filled in."""
        return self.required or self.usual


@dataclass(frozen=True, slots=True)
class RowKind:
    """One kind of row.

    Attributes:
        identity: the fields that make two rows of one org speak of the same thing.

    """

    fields: tuple[Field, ...]
    identity: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields."""
        return tuple(field.name for field in self.fields)

    def field(self, name: str) -> Field:
        """Return a field by its name; KeyError where there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)
