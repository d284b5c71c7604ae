"""The values of a long JSON text one after another; of the text a window is held, no more.

Faults are told with the words and the place that the parser would tell of the text as a whole.
"""

import json
import re
from collections.abc import Iterator
from typing import Final, TextIO

from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.domain.written import Number, Written

DECODER: Final = json.JSONDecoder(
    object_pairs_hook=Written, parse_int=Number, parse_float=Number, parse_constant=Number
)
_BLANKS: Final = re.compile(r"[ \t\r\n]*+")
_AHEAD: Final = 16
"""Characters that the parser may need beyond a value, or beyond a fault, to be sure of it."""

_OPEN: Final = "Unterminated string"  # the one fault that is told far from where it shows


def values(text: TextIO, step: int) -> Iterator[object]:
    """Yield the values of an array, or the one value that the text is. `step` in characters.

    Raises:
        Unreadable: no JSON, or more than one value; what came before has been yielded.

    """
    window = _Window(text, step)
    if window.takes("["):
        yield from _entries(window)
    else:
        yield window.value()
    end = window.place()
    if not window.ends():
        raise malformed("Extra data", *end)


def _entries(window: "_Window") -> Iterator[object]:
    more = not window.takes("]")
    while more:
        yield window.value()
        more = window.takes(",")
        if not more and not window.takes("]"):
            raise malformed("Expecting ',' delimiter", *window.place())


class _Window:
    """The part of a text that is looked at, and where in the text that is."""

    def __init__(self, text: TextIO, step: int) -> None:
        self._text = text
        self._step = step
        self._part = ""
        self._at = 0  # in the part: what lies before it has been taken
        self._over = False  # the part goes to the end of the text
        self._lines = 1  # the line that the part begins in
        self._column = 1  # where in it

    def takes(self, mark: str) -> bool:
        """Go on over blanks, and over the mark if it is there."""
        self._skip()
        there = self._part.startswith(mark, self._at)
        self._at += there
        return there

    def ends(self) -> bool:
        """Whether nothing but blanks is left."""
        self._skip()
        return self._at == len(self._part)

    def place(self, at: int | None = None) -> tuple[int, int]:
        """Return line and column, from 1, of what comes next, or of a place in the part."""
        at = self._at if at is None else at
        lines = self._part.count("\n", 0, at)
        if lines:
            return self._lines + lines, at - self._part.rindex("\n", 0, at)
        return self._lines, self._column + at

    def value(self) -> object:
        """Take a value.

        Raises:
            Unreadable: there is none, or it is broken.

        """
        self._skip()
        while True:
            try:
                value, end = DECODER.raw_decode(self._part, self._at)
            except json.JSONDecodeError as error:
                sure = error.pos + _AHEAD < len(self._part) and not error.msg.startswith(_OPEN)
                if sure or self._over:
                    raise malformed(error.msg, *self.place(error.pos)) from None
            else:
                if self._over or end + _AHEAD < len(self._part):
                    self._at = end
                    return value
            self._more()

    def _skip(self) -> None:
        while True:
            blanks = _BLANKS.match(self._part, self._at)
            self._at = self._at if blanks is None else blanks.end()
            if self._over or self._at < len(self._part):
                return
            self._more()

    def _more(self) -> None:
        """Forget what has been taken; read on, the more the longer the value in hand is."""
        self._lines, self._column = self.place()
        left = self._part[self._at :]
        added = self._text.read(max(self._step, len(left)))
        self._over = not added
        self._part, self._at = left + added, 0


def malformed(reason: str, line: int, column: int) -> Unreadable:
    """Say that a text is no JSON, and where that shows."""
    place = (f"{reason} (line {line}, column {column})", f"第{line}行第{column}列有误")
    return Unreadable("bad-request", "malformed", format="JSON", reason=place)
