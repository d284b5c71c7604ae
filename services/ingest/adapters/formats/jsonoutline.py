"""The outline of JSON: its brackets and commas, measured before a parser builds anything.

So neither depth nor the number of values can cost memory.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from services.ingest.adapters.formats.unreadable import Unreadable, too_many_rows
from services.ingest.domain.terms import Limits

MOST_VALUES: Final = 1_000
"""Values in one row, nested ones included; the fullest sound row has a few hundred."""

# From one bracket or comma to the next, over texts. Every part is possessive and the end of the
# piece satisfies it too, so it never goes back over what it has read, whatever that is. The first
# group is there where a text goes on in the next piece: empty, or the backslash before the end.
_REST_OF_TEXT: Final = rb"""[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|(\\?\Z))"""
_TO_NEXT: Final = re.compile(
    rb"""(?:[^"\[\]{},]++|"%b)*+([\[\]{},]|\Z)""" % _REST_OF_TEXT, re.DOTALL
)
_GOES_ON: Final = re.compile(_REST_OF_TEXT, re.DOTALL)


def measure(pieces: Iterable[bytes], limits: Limits, *, array: bool) -> None:
    """Refuse a text whose brackets go too deep or whose commas say that it holds too much.

    `array`: it begins as one, whose values are rows; else it is all one row.
    """
    depth, rows, values = 0, 1, 1
    rows_at = 1 if array else 0
    for mark in _marks(pieces):
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
        else:
            depth -= 1


def _marks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the brackets and commas that stand outside of texts."""
    inside, held = False, b""
    for piece in pieces:
        part, at = held + piece, 0
        held = b""
        if inside:
            rest = _GOES_ON.match(part)
            if rest is None or rest[1] is not None:
                held = b"" if rest is None else rest[1]
                continue
            inside, at = False, rest.end()
        for found in _TO_NEXT.finditer(part, at):
            if found[2]:
                yield found[2]
            elif found[1] is not None:
                inside, held = True, found[1]


def _too_many_values(row: int) -> Unreadable:
    field = (f"row {row}", f"第{row}行（从0起）")
    return Unreadable("too-large", "too-many", field=field, limit=MOST_VALUES)
