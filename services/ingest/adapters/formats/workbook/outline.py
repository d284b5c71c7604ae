"""What the parts of a workbook say, read as a stream of tags before any table is built of them.

Finds the sheet, and in it: cells far out, which would make a table as large as they are far;
texts that are short in the file and long in the table; formulas without a value; errors; cells
that were merged. Document types are refused, so no entity ever unfolds.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from xlsxwriter.utility import xl_col_to_name

from services.ingest.adapters.formats.unreadable import Unreadable, too_many_rows
from services.ingest.adapters.formats.workbook.archive import MOST_BYTES, Archive, not_a_workbook
from services.ingest.domain.flaws import Words
from services.ingest.domain.terms import Limits
from services.ingest.domain.written import Broken

FORM: Final = "填报"
"""The sheet that is read where there is one of this name; else the first that is not hidden."""

MOST_COLUMNS: Final = 50
"""Twice as many as there are fields."""

MOST_TAGS: Final = 2_000_000
"""Tags in one part; the largest sound sheet of 10,000 rows has half of them."""

SPARE_ROWS: Final = 1_000
"""Lines above the headings and empty ones between rows, beside the rows themselves."""

MOST_MERGED: Final = 10_000
MOST_MARKED: Final = 50_000
_MARKED: Final[Words] = (
    "the sheet's cells with errors, or with percentages,",
    "工作表的错误值单元格或百分比单元格",
)
_PERCENTS: Final = frozenset({9, 10})  # 0% and 0.00%
_QUOTED: Final = re.compile(r'"[^"]*"|\\.')
_TAGS: Final[Words] = ("the workbook", "工作簿")
_COLUMNS: Final[Words] = ("the sheet's columns", "工作表的列")
_MERGED: Final[Words] = ("the sheet's merged cells", "工作表的合并单元格")
_WORKBOOK: Final = "xl/workbook.xml"
_TYPES: Final = "[Content_Types].xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_RANGE: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})(?::([A-Z]{1,3})([1-9][0-9]{0,6}))?")
_LETTERS: Final = 26
_SHOWN: Final = 40

Attributes = Mapping[str, str]
Place = tuple[int, int]
"""Row and column, both from 0."""


@dataclass(frozen=True, slots=True)
class Book:
    """Which sheet is read, and the parts that are needed for it."""

    sheet: str
    part: str
    parts: dict[str, bytes]


@dataclass(slots=True)
class Outline:
    """What is known of a sheet.

    Attributes:
        faulty: cells without a usable value, with their error; "" is a formula without a value.
        percents: cells whose number is shown with a percent sign.
        merged: ranges as written.

    """

    faulty: dict[Place, str] = field(default_factory=dict)
    percents: set[Place] = field(default_factory=set)
    merged: list[str] = field(default_factory=list)

    def broken(self, place: Place) -> Broken:
        """Return what is wrong with a faulty cell."""
        error = self.faulty[place]
        if error:
            return Broken("error-cell", cell=reference(place), value=error)
        return Broken("formula-without-value", cell=reference(place))

    @property
    def height(self) -> int:
        """Lines down to the last cell that is faulty."""
        return max((row + 1 for row, _ in self.faulty), default=0)


def book_of(archive: Archive) -> Book:
    """Return the sheet to read and the parts it takes."""
    relations: dict[str, tuple[str, str]] = {}
    sheets: list[Attributes] = []

    def relation(tag: str, found: Attributes) -> None:
        if tag == "Relationship":
            kind = found.get("Type", "").rpartition("/")[2]
            relations[found.get("Id", "")] = (kind, found.get("Target", ""))

    def sheet(tag: str, found: Attributes) -> None:
        if tag == "sheet" and found.get("state", "visible") == "visible":
            sheets.append({name.rpartition(":")[2]: value for name, value in found.items()})

    parts = {name: archive.read(name) for name in (_WORKBOOK, _RELATIONS)}
    parse(parts[_RELATIONS], relation)
    parse(parts[_WORKBOOK], sheet)
    shown = [
        found for found in sheets if relations.get(found.get("id", ""), "")[:1] == ("worksheet",)
    ]
    if not shown:
        raise not_a_workbook("no visible sheet", "没有可见的工作表")
    chosen = next((one for one in shown if one.get("name") == FORM), shown[0])
    part = _path(relations[chosen["id"]][1])
    for kind, target in relations.values():
        if kind in ("sharedStrings", "styles") and archive.holds(_path(target)):
            parts[_path(target)] = archive.read(_path(target))
    parts[part] = archive.read(part)
    for name in (_TYPES, "_rels/.rels"):
        parts[name] = archive.read(name)
    if b"macroenabled" in parts[_TYPES].lower():
        raise Unreadable("bad-request", "workbook-macros")
    return Book(chosen.get("name", ""), part, parts)


def outline_of(book: Book, limits: Limits) -> Outline:
    """Look through the sheet.

    Raises:
        Unreadable: rows or columns beyond the limit, too much text, no sound XML.

    """
    strings, styles = _Strings(), _Styles()
    for name, content in book.parts.items():
        if name.endswith("sharedStrings.xml"):
            parse(content, strings.start, strings.text)
        elif name.endswith("styles.xml"):
            parse(content, styles.start, end=styles.end)
    sheet = _Sheet(strings.lengths, styles.percents, limits)
    parse(book.parts[book.part], sheet.start, sheet.text, sheet.end)
    return sheet.outline


def parse(
    content: bytes,
    start: Callable[[str, Attributes], None],
    text: Callable[[str], None] | None = None,
    end: Callable[[str], None] | None = None,
) -> None:
    """Read XML, telling its tags (without prefixes) and texts."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    tags = 0

    def begin(tag: str, found: Attributes) -> None:
        nonlocal tags
        tags += 1
        if tags > MOST_TAGS:
            raise Unreadable("too-large", "too-many", field=_TAGS, limit=MOST_TAGS)
        start(tag.rpartition(":")[2], found)

    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = _refuse_doctype
    if text is not None:
        parser.CharacterDataHandler = text
    if end is not None:
        parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    try:
        parser.Parse(content, True)  # noqa: FBT003 - expat knows no keyword
    except expat.ExpatError as error:
        place = f"line {error.lineno}, column {error.offset}"
        raise not_a_workbook(f"bad XML ({place})", f"XML有误（{place}）") from None


def _refuse_doctype(*_: object) -> None:
    raise not_a_workbook("a document type", "含有文档类型声明")


def _path(target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def column_number(letters: str) -> int:
    """Return the number of a column, from 0. Asked of every cell of a sheet, hostile ones too."""
    number = 0
    for letter in letters:
        number = number * _LETTERS + ord(letter) - ord("A") + 1
    return number - 1


def reference(place: Place) -> str:
    """Return how a spreadsheet names a cell."""
    return f"{xl_col_to_name(place[1])}{place[0] + 1}"


def last_row_of(merged: str) -> int:
    """Return the last row, from 0, of a range as written (A1:C2)."""
    found = _RANGE.fullmatch(merged)
    return -1 if found is None else int(found[4] or found[2]) - 1


class _Strings:
    """Measures the shared strings."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def start(self, tag: str, _: Attributes) -> None:
        if tag == "si":
            self.lengths.append(0)

    def text(self, data: str) -> None:
        if self.lengths:
            self.lengths[-1] += len(data)


class _Styles:
    """Finds the styles that show a number with a percent sign, by their place in the list."""

    def __init__(self) -> None:
        self.percents: set[str] = set()
        self._formats = {str(number) for number in _PERCENTS}
        self._inside = False
        self._count = 0

    def start(self, tag: str, found: Attributes) -> None:
        if tag == "numFmt" and "%" in _QUOTED.sub("", found.get("formatCode", "")):
            self._formats.add(found.get("numFmtId", ""))
        elif tag == "cellXfs":
            self._inside = True
        elif tag == "xf" and self._inside:
            if found.get("numFmtId") in self._formats:
                self.percents.add(str(self._count))
            self._count += 1

    def end(self, tag: str) -> None:
        if tag == "cellXfs":
            self._inside = False


class _Sheet:
    """Measures one sheet, cell by cell."""

    def __init__(self, shared: list[int], percents: Collection[str], limits: Limits) -> None:
        self.outline = Outline()
        self._shared = shared
        self._percents = percents
        self._limits = limits
        self._row, self._column = -1, -1
        self._kind, self._style = "n", "0"
        self._formula = self._has_value = self._collects = False
        self._value = ""
        self._length = 0
        self._texts = 0

    def start(self, tag: str, found: Attributes) -> None:
        if tag == "row":
            number = found.get("r", "")
            self._row = int(number) - 1 if _is_row(number) else self._row + 1
            self._column = -1
        elif tag == "c":
            self._place(found.get("r", ""))
            self._kind, self._style = found.get("t", "n"), found.get("s", "0")
            self._formula = self._has_value = False
            self._value, self._length = "", 0
        elif tag == "f":
            self._formula = True
        elif tag in ("v", "t"):
            self._collects = self._has_value = True
        elif tag == "mergeCell":
            self.outline.merged.append(found.get("ref", ""))
            if len(self.outline.merged) > MOST_MERGED:
                raise Unreadable("too-large", "too-many", field=_MERGED, limit=MOST_MERGED)

    def text(self, data: str) -> None:
        if self._collects:
            self._length += len(data)
            self._value += data[: _SHOWN - len(self._value)]

    def end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._collects = False
        elif tag == "c":
            self._cell()

    def _place(self, name: str) -> None:
        found = _REFERENCE.fullmatch(name)
        if found is None:
            self._column += 1
        else:
            self._column, self._row = column_number(found[1]), int(found[2]) - 1

    def _cell(self) -> None:
        place = self._row, self._column
        if self._kind == "e":
            self.outline.faulty[place] = self._value or "?"
        elif not self._length:
            if self._formula and not (self._kind == "str" and self._has_value):
                self.outline.faulty[place] = ""
            else:
                return
        elif self._kind == "n" and self._style in self._percents:
            self.outline.percents.add(place)
        for marked in (self.outline.faulty, self.outline.percents):
            if len(marked) > MOST_MARKED:
                raise Unreadable("too-large", "too-many", field=_MARKED, limit=MOST_MARKED)
        self._texts += self._length if self._kind != "s" else self._shared_length()
        if self._texts > MOST_BYTES:
            raise Unreadable("too-large", "too-large", limit=MOST_BYTES)
        if self._row >= self._limits.rows + SPARE_ROWS:
            raise too_many_rows(self._limits.rows)
        if self._column >= MOST_COLUMNS:
            raise Unreadable("too-large", "too-many", field=_COLUMNS, limit=MOST_COLUMNS)

    def _shared_length(self) -> int:
        number = self._value
        if number.isascii() and number.isdecimal() and int(number) < len(self._shared):
            return self._shared[int(number)]
        raise not_a_workbook(f"no text for {reference((self._row, self._column))}", "文本缺失")


def _is_row(number: str) -> bool:
    return number.isascii() and number.isdecimal() and 0 < len(number) <= len("1048576")
