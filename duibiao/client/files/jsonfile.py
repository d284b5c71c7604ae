"""JSON: an array of rows, or one row by itself; read a piece at a time."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from duibiao.client.bodies import JSON
from duibiao.client.files.source import LONGEST_ROW, Unreadable
from duibiao.client.mending import members_of, without_added

_PIECE: Final = 64 * 1024  # characters
_SPACE: Final = " \t\r\n"
# What the values are does not matter here, only where they end; no number may become too long.
_DECODER: Final = json.JSONDecoder(parse_int=str, parse_float=str)


class JsonFile:
    """The elements of the file's array, each as it was written, to the digit."""

    form = JSON
    encoding: str | None = "utf-8"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count: int | None = 0
        self.columns: tuple[str, ...] = ()
        for row in self.rows():
            if not self.count:
                self.columns = tuple(name for name, _ in members_of(row.decode()) or ())
            self.count += 1

    def rows(self) -> Iterator[bytes]:
        """Yield the elements, without the added members."""
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                for row in Elements(file).rows():
                    yield without_added(row.encode())
        except UnicodeError:  # not UTF-8, or half of a character within an escape
            raise Unreadable("no UTF-8 text", "不是UTF-8文本") from None

    def line_of(self, row: int) -> int:
        """Return which element it is, from 1."""
        return row + 1


class Elements:
    """Walks over the text of an array with only a piece of it in memory."""

    def __init__(self, file: IO[str], piece: int = _PIECE) -> None:
        """`piece`: characters that are read at once."""
        self._file = file
        self._piece = piece
        self._text = ""
        self._at = 0
        self._line = 1
        self._ended = False

    def rows(self) -> Iterator[str]:
        """Yield the text of every element. Unreadable where the JSON is broken."""
        first = self._peek()
        if first != "[":
            if first:
                yield self._element()
                self._finish()
            return
        self._at += 1
        if self._peek() == "]":
            self._at += 1
        else:
            while True:
                yield self._element()
                if self._take(",]") == "]":
                    break
        self._finish()

    def _element(self) -> str:
        self._peek()
        while True:
            try:
                _, end = _DECODER.raw_decode(self._text, self._at)
            except (json.JSONDecodeError, RecursionError) as error:
                if self._ended or isinstance(error, RecursionError):
                    raise self._broken() from None
            else:
                # A number at the end of the piece may go on in the next one.
                if self._ended or end < len(self._text):
                    row = self._text[self._at : end]
                    self._at = end
                    return row
            if len(self._text) - self._at > LONGEST_ROW:
                raise self._broken()
            self._read()

    def _take(self, allowed: str) -> str:
        character = self._peek()
        if not character or character not in allowed:
            raise self._broken()
        self._at += 1
        return character

    def _finish(self) -> None:
        if self._peek():
            raise self._broken()

    def _peek(self) -> str:
        """Return the next character that is no space, without taking it; "" at the end."""
        while True:
            while self._at < len(self._text):
                character = self._text[self._at]
                if character not in _SPACE:
                    return character
                self._at += 1
            if self._ended:
                return ""
            self._read()

    def _read(self) -> None:
        piece = self._file.read(self._piece)
        self._ended = not piece
        self._line += self._text.count("\n", 0, self._at)
        self._text = self._text[self._at :] + piece
        self._at = 0

    def _broken(self) -> Unreadable:
        line = self._line + self._text.count("\n", 0, self._at)
        return Unreadable("no sound JSON from here on", "从此处起不是有效的JSON", line)
