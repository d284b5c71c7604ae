"""NDJSON: one row a line; blank lines are no rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from duibiao.client.bodies import NDJSON
from duibiao.client.files.source import LONGEST_ROW, Unreadable
from duibiao.client.mending import members_of, without_added

_SPACE: Final = b" \t\r\n"
_MARK: Final = b"\xef\xbb\xbf"  # what Windows programs put before UTF-8 text


class NdjsonFile:
    """The lines of a file; one that is no JSON is sent too, and refused by itself."""

    form = NDJSON
    encoding: str | None = "utf-8"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count: int | None = 0
        self.columns: tuple[str, ...] = ()
        for line, row in self._numbered():
            try:
                text = row.decode()
            except UnicodeDecodeError:
                raise Unreadable("no UTF-8 text", "不是UTF-8文本", line) from None
            if not self.count:
                self.columns = tuple(name for name, _ in members_of(text) or ())
            self.count += 1

    def rows(self) -> Iterator[bytes]:
        """Yield the lines, without the added members."""
        for _, row in self._numbered():
            yield without_added(row)

    def line_of(self, row: int) -> int:
        """Return which line it is, blank ones not counted."""
        return row + 1

    def _numbered(self) -> Iterator[tuple[int, bytes]]:
        with self.path.open("rb") as file:
            number = 0
            while line := file.readline(LONGEST_ROW + 1):
                number += 1
                if len(line) > LONGEST_ROW:
                    raise Unreadable("the line is too long", "该行过长", number)
                if number == 1:
                    line = line.removeprefix(_MARK)
                row = line.strip(_SPACE)
                if row:
                    yield number, row
