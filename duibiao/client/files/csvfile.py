"""CSV: a header row, then a row a record; UTF-8 with or without a mark, or GB18030.

Sent as UTF-8 whatever it was, so that the product never has to guess from a piece of the file.
A form that was saved as CSV has titles above its header, and rows that were prepared and left
blank; neither are sent.
"""

import csv
import io
from bisect import bisect_right
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from itertools import islice, takewhile
from operator import itemgetter
from pathlib import Path
from typing import Final

from duibiao.client.bodies import Form
from duibiao.client.files.source import Unreadable, text_encoding
from duibiao.client.mending import ADDED

_TITLES: Final = 10
_PREPARED: Final = frozenset(
    {"indicator", "region", "period", "measure", "milestone", "org"}
    | {"指标", "区划", "期间", "报告期", "措施", "节点", "单位"}
)
"""Columns that a form has filled in beforehand; a row of no more than that was left blank."""


class CsvFile:
    """The records of a file, without the columns that an errors file adds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        encoding = text_encoding(path)
        self.encoding: str | None = encoding
        self._encoding = encoding
        with closing(self._records()) as records:
            top = list(islice(records, _TITLES))
        if not top:
            raise Unreadable("the file is empty", "文件为空")
        self._titles = _titles([cells for _, cells in top])
        self._header, cells = top[self._titles]
        header = [name.strip() for name in cells]
        self._dropped = [place for place, name in enumerate(header) if name in ADDED]
        self._said = [place for place, name in enumerate(header) if not _prepared(name)]
        self.columns = tuple(self._kept(header))
        self.count: int | None = 0
        self._leaps: list[tuple[int, int]] = []  # a row, and by how much its line is more
        for number, _ in self._below():
            if not self._leaps or number - self.count != self._leaps[-1][1]:
                self._leaps.append((self.count, number - self.count))
            self.count += 1
        self.form = Form("text/csv; charset=utf-8", ".csv", head=_Writer().line(self.columns))

    def rows(self) -> Iterator[bytes]:
        """Yield the records, without the added columns."""
        writer = _Writer()
        with closing(self._below()) as rows:
            for _, cells in rows:
                yield writer.line(self._kept(cells))

    def line_of(self, row: int) -> int:
        """Return the row as a spreadsheet counts it: the first record of the file is 1."""
        leap = bisect_right(self._leaps, row, key=itemgetter(0)) - 1
        return row + self._leaps[leap][1]

    def _below(self) -> Generator[tuple[int, list[str]], None, None]:
        """Yield the records below the header."""
        with closing(self._records()) as records:
            for number, cells in records:
                if number > self._header and not (self._titles and self._is_blank(cells)):
                    yield number, cells

    def _is_blank(self, cells: list[str]) -> bool:
        return not any(cells[place] for place in self._said if place < len(cells))

    def _kept(self, cells: list[str]) -> list[str]:
        if not self._dropped:
            return cells
        return [cell for place, cell in enumerate(cells) if place not in self._dropped]

    def _records(self) -> Generator[tuple[int, list[str]], None, None]:
        """Yield the records that hold anything, each with its number in the file, from 1."""
        with self.path.open(encoding=self._encoding, newline="") as file:
            reader = csv.reader(file, strict=True)
            try:
                for number, cells in enumerate(reader, 1):
                    if any(cells):  # blank records are no rows, to the product neither
                        yield number, cells
            except csv.Error as error:
                raise Unreadable(
                    f"no sound CSV: {error}", "不是有效的CSV", reader.line_num
                ) from None


def _titles(top: Sequence[Sequence[str]]) -> int:
    """Return how many records above the header are titles, each a single cell."""
    count = sum(1 for _ in takewhile(lambda cells: sum(map(bool, cells)) == 1, top))
    return count if count < len(top) else 0


def _prepared(heading: str) -> bool:
    return any(word in _PREPARED for word in heading.replace("*", " ").split())


class _Writer:
    """Writes single records."""

    def __init__(self) -> None:
        self._text = io.StringIO(newline="")
        # The writer quotes only those line breaks that stand in its own line end.
        self._csv = csv.writer(self._text, lineterminator="\r\n")

    def line(self, cells: "list[str] | tuple[str, ...]") -> bytes:
        self._csv.writerow(cells)
        written = self._text.getvalue().removesuffix("\r\n").encode()
        self._text.seek(0)
        self._text.truncate()
        return written + b"\n"
