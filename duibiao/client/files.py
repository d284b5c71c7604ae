"""Files as rows: CSV, NDJSON, JSON and workbooks.

CSV and NDJSON are read in a stream, so memory does not grow with the file; a JSON array is read as
a whole. The client validates no row; only the product does.
"""

import csv
import io
from collections.abc import Callable, Iterator
from itertools import islice, takewhile
from pathlib import Path
from typing import Final, Protocol

import msgspec

from duibiao.client import workbook
from duibiao.client.annotations import ADDED, members_of, without_added
from duibiao.client.answers import Unreadable
from duibiao.client.rows import JSON, MOST_BYTES, MOST_ROWS, NDJSON, Format, Row, Source

_SPREADSHEETS: Final = frozenset({".ods", ".xls", ".xlsm", ".xlsb", ".et", ".ett", ".numbers"})
_BOM: Final = b"\xef\xbb\xbf"
_SPACE: Final = b" \t\r\n"
_TITLES: Final = 10  # records at the top among which the header is
# Columns that a form or an error file has filled in; a row with nothing else was left blank.
_PREPARED: Final = ADDED | frozenset(
    {"indicator", "region", "period", "measure", "milestone", "org"}
    | {"指标", "区划", "期间", "报告期", "措施", "节点", "单位"}
)

_XLSX: Final = Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")

Records = Callable[[], Iterator[tuple[int, list[str]]]]


class RowFile(Source, Protocol):
    """A file as a source. `columns`: the field names of its first row."""

    path: Path
    columns: tuple[str, ...]


class NdjsonFile:
    """One row per line. A line that is not JSON is sent, and rejected by itself."""

    format = NDJSON

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count: int | None = 0
        self.columns: tuple[str, ...] = ()
        for row in self.rows():
            if not self.count:
                self.columns = tuple(members_of(row.content) or ())
            self.count += 1

    def rows(self) -> Iterator[Row]:
        """Yield the lines that are not blank, without added members."""
        number = 0
        with self.path.open("rb") as file:
            while line := file.readline(MOST_BYTES + 1):
                number += 1
                if len(line) > MOST_BYTES:
                    raise Unreadable("the line is too long", "该行过长", number)
                if not line.isascii():
                    _check_utf_8(line, number)
                row = line.removeprefix(_BOM if number == 1 else b"").strip(_SPACE)
                if row:
                    yield Row(number, without_added(row))


class JsonFile:
    """The elements of an array, or one object; each as it was written."""

    format = JSON

    def __init__(self, path: Path) -> None:
        self.path = path
        self._elements = _elements(path.read_bytes().removeprefix(_BOM).strip(_SPACE))
        self.count: int | None = len(self._elements)
        self.columns = tuple(members_of(self._elements[0]) or ()) if self._elements else ()

    def rows(self) -> Iterator[Row]:
        """Yield the elements, without added members."""
        for line, element in enumerate(self._elements, 1):
            yield Row(line, without_added(bytes(element)))


class Table:
    """A header and records, from a CSV file or a sheet; sent as CSV in UTF-8."""

    def __init__(self, path: Path, records: Records) -> None:
        """Read it once; `records` yields the records that are not blank with their line, from 1."""
        self.path = path
        self._records = records
        top = list(islice(records(), _TITLES))
        if not top:
            raise Unreadable("the file is empty", "文件为空")
        titles = sum(1 for _ in takewhile(lambda record: sum(map(bool, record[1])) == 1, top))
        self._has_titles = 0 < titles < len(top)
        self._header, names = top[titles if self._has_titles else 0]
        header = [name.strip() for name in names]
        self._dropped = {place for place, name in enumerate(header) if name in ADDED}
        self._filled = [place for place, name in enumerate(header) if not _is_prepared(name)]
        self.columns = tuple(self._without_dropped(header))
        self.format = Format("text/csv; charset=utf-8", csv_line(self.columns))
        self.count: int | None = sum(1 for _ in self.rows())

    def rows(self) -> Iterator[Row]:
        """Yield the records below the header, without added columns.

        The product does not count rows of a form that were left blank, so they are not sent.
        """
        for line, cells in self._records():
            if line > self._header and not (self._has_titles and self._is_blank(cells)):
                yield Row(line, csv_line(self._without_dropped(cells)))

    def _is_blank(self, cells: list[str]) -> bool:
        return not any(cells[place] for place in self._filled if place < len(cells))

    def _without_dropped(self, cells: list[str]) -> list[str]:
        if not self._dropped:
            return cells
        return [cell for place, cell in enumerate(cells) if place not in self._dropped]


class WorkbookFile:
    """A workbook that is sent as it is, so that errors name its cells."""

    format = _XLSX
    count: int | None = None
    columns: tuple[str, ...] = ()

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self) -> Iterator[Row]:
        """Yield the file as one row."""
        yield Row(1, self.path.read_bytes())


def open_file(path: Path) -> RowFile:
    """Read a file to its end, and return its rows.

    Raises:
        Unreadable: the format is not supported, or the file is broken.
        OSError: it does not exist, or must not be read.

    """
    suffix = path.suffix.lower()
    if suffix in _SPREADSHEETS:
        raise Unreadable(
            f"{suffix} files are not supported; open it and save it as an Excel workbook (.xlsx)",
            f"不接收{suffix}文件，请打开后另存为Excel工作簿（.xlsx）再报送",
        )
    if suffix not in _FORMATS:
        formats = ", ".join(_FORMATS)
        raise Unreadable(
            f"{suffix or path.name} is not supported; use {formats}",
            f"不支持该文件格式，请使用{formats}",
        )
    file = _FORMATS[suffix](path)
    if file.count == 0:
        raise Unreadable("there are no rows in it", "文件中没有数据行")
    return file


def csv_line(cells: "list[str] | tuple[str, ...]") -> bytes:
    """Return one record of CSV in UTF-8."""
    text = io.StringIO(newline="")
    # The writer quotes only those line breaks that occur in its own line end.
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n").encode() + b"\n"


def _csv_file(path: Path) -> Table:
    encoding = _encoding(path)

    def records() -> Iterator[tuple[int, list[str]]]:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, strict=True)
            try:
                for number, cells in enumerate(reader, 1):
                    if any(cells):
                        yield number, cells
            except csv.Error as error:
                line = reader.line_num
                raise Unreadable(f"invalid CSV: {error}", "不是有效的CSV", line) from None

    return Table(path, records)


def _workbook_file(path: Path) -> Table | WorkbookFile:
    if workbook.size(path) <= MOST_ROWS:
        return WorkbookFile(path)
    return Table(path, lambda: workbook.records(path))


def _encoding(path: Path) -> str:
    """Return UTF-8 where all of the file is, since a piece of GB18030 can look like UTF-8."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with path.open(encoding=encoding, newline="") as file:
                while file.read(1 << 20):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise Unreadable(
        "the text is neither UTF-8 nor GB18030", "文件既不是UTF-8编码，也不是GB18030编码"
    )


def _check_utf_8(text: bytes, line: int | None = None) -> None:
    try:
        text.decode()
    except UnicodeDecodeError:
        raise Unreadable("the text is not UTF-8", "不是UTF-8文本", line) from None


def _elements(text: bytes) -> list[msgspec.Raw]:
    _check_utf_8(text)
    try:
        if text.startswith(b"["):
            return msgspec.json.decode(text, type=list[msgspec.Raw])
        return [msgspec.json.decode(text, type=msgspec.Raw)] if text else []
    except (msgspec.DecodeError, RecursionError) as error:
        _, _, place = str(error).partition("(byte ")
        end = int(place.removesuffix(")")) if place else len(text)
        line = 1 if isinstance(error, RecursionError) else 1 + text.count(b"\n", 0, end)
        raise Unreadable("invalid JSON", "不是有效的JSON", line) from None


def _is_prepared(heading: str) -> bool:
    return any(word in _PREPARED for word in heading.replace("*", " ").split())


_FORMATS: Final[dict[str, Callable[[Path], RowFile]]] = {
    ".csv": _csv_file,
    ".ndjson": NdjsonFile,
    ".jsonl": NdjsonFile,
    ".json": JsonFile,
    ".xlsx": _workbook_file,
}
