"""CSV: a header row, then a row a record; UTF-8 with or without a mark, or GB18030.

Sent as UTF-8 whatever it was, so that the product never has to guess from a piece of the file.
"""

import csv
import io
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

from duibiao.client.bodies import Form
from duibiao.client.files.source import Unreadable, text_encoding
from duibiao.client.mending import ADDED


class CsvFile:
    """The records of a file, without the columns that an errors file adds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        encoding = text_encoding(path)
        self.encoding: str | None = encoding
        self._encoding = encoding
        with closing(self._records()) as records:
            header = [name.strip() for name in next(records, [])]
            if not header:
                raise Unreadable("the file is empty", "文件为空")
            self._dropped = [place for place, name in enumerate(header) if name in ADDED]
            self.columns = tuple(self._kept(header))
            self.count: int | None = sum(1 for _ in records)
        self.form = Form("text/csv; charset=utf-8", ".csv", head=_Writer().line(self.columns))

    def rows(self) -> Iterator[bytes]:
        """Yield the records, without the added columns."""
        writer = _Writer()
        with closing(self._records()) as records:
            next(records)
            for cells in records:
                yield writer.line(self._kept(cells))

    def line_of(self, row: int) -> int:
        """Return the row as a spreadsheet counts it, the header being its first."""
        return row + 2

    def _kept(self, cells: list[str]) -> list[str]:
        if not self._dropped:
            return cells
        return [cell for place, cell in enumerate(cells) if place not in self._dropped]

    def _records(self) -> Generator[list[str], None, None]:
        with self.path.open(encoding=self._encoding, newline="") as file:
            reader = csv.reader(file, strict=True)
            try:
                yield from filter(None, reader)  # blank lines are no rows
            except csv.Error as error:
                raise Unreadable(
                    f"no sound CSV: {error}", "不是有效的CSV", reader.line_num
                ) from None


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
