"""The sheet of an .xlsx file that is read, the file bounded and without macros.

calamine gives values and merged cells. The XML is read once beside it for cells with errors,
formulas without a value and percent formats; and before it, since calamine makes a table as large
as its farthest cell is far. The directory of the zip archive is checked before anything is
decompressed; whatever else a hostile file may do is up to the bounds of the child process.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import repeat
from typing import Final
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook
from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell

from services.ingest.adapters.formats.media import NOT_TAKEN
from services.ingest.adapters.formats.unreadable import Unreadable, too_many_rows
from services.ingest.domain.context import Limits
from services.ingest.domain.errors import Words
from services.ingest.domain.raw import Invalid, shown

# The sheet that is read where there is one of this name; else the first that is not hidden.
FORM: Final = "填报"

# Twice as many as there are fields.
MAX_COLUMNS: Final = 50

# Lines above the headings and empty ones between rows, beside the rows themselves.
SPARE_ROWS: Final = 1_000

_COLUMNS: Final[Words] = ("the sheet's columns", "工作表的列")
_PERCENTS: Final = frozenset({"9", "10"})  # 0% and 0.00%
_QUOTED: Final = re.compile(r'"[^"]*"|\\.')
_REFERENCE: Final = re.compile(r"[A-Z]{1,3}[1-9][0-9]{0,6}")
_SHOWN: Final = 40

Cell = int | float | str | bool | time | date | datetime | timedelta
Line = Sequence[Cell]
# Row and column, both from 0.
Place = tuple[int, int]

MAX_ENTRIES: Final = 1_000
# Bytes of all parts together, decompressed.
MAX_BYTES: Final = 32 * 1024 * 1024

# Tags in one part; the largest valid sheet of 10,000 rows has half of them.
MAX_TAGS: Final = 2_000_000

_SMALL: Final = 256 * 1024
_OLD: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = 0x1
_MACROS: Final = ("vbaproject", "vbadata", "macrosheets/")
_TAGS: Final[Words] = ("the workbook", "工作簿")
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError,
    ValueError, OSError,
)  # fmt: skip


@dataclass(slots=True)
class Sheet:
    """A sheet.

    Attributes:
        faulty: cells without a usable value, with their error; "" is a formula without a value.
        percents: cells whose number is shown with a percent sign.

    """

    name: str
    values: CalamineSheet
    faulty: dict[Place, str]
    percents: set[Place]

    def lines(self) -> Iterator[Line]:
        """Yield line by line what the sheet holds, down to its last cell, even a faulty one."""
        left = [""] * (self.values.start[1] if self.values.start else 0)
        count = 0
        for count, cells in enumerate(self.values.iter_rows(), 1):  # noqa: B007 - used below
            yield [*left, *cells]
        height = max((row + 1 for row, _ in self.faulty), default=0)
        yield from repeat((), height - count)

    def invalid(self, place: Place) -> Invalid:
        """Return what is wrong with a faulty cell."""
        cell, error = xl_rowcol_to_cell(*place), self.faulty[place]
        if not error:
            return Invalid("formula-without-value", cell=cell)
        return Invalid("error-cell", cell=cell, value=error)

    def merged(self, row: int) -> Iterator[str]:
        """Yield the ranges of merged cells that reach a row or lie below it, as A1:C2."""
        for first, last in self.values.merged_cell_ranges or ():
            if last[0] >= row:
                yield f"{xl_rowcol_to_cell(*first)}:{xl_rowcol_to_cell(*last)}"


def sheet_of(body: bytes, limits: Limits) -> Sheet:
    """Return the sheet to read.

    Raises:
        Unreadable: no workbook that is taken, too large, rows or columns beyond the limit.

    """
    parts = _Parts(body)
    relations = {
        found.get("Id"): (found.get("Type", "").rpartition("/")[2], _path(found.get("Target", "")))
        for found in parts.root("xl/_rels/workbook.xml.rels").iterfind(".//{*}Relationship")
    }
    others = dict(relations.values())
    if (strings := others.get("sharedStrings", "")) in parts:
        parts.xml(strings)  # only to refuse what it refuses
    styles = others.get("styles", "")
    percents = _percent_styles(parts.root(styles)) if styles in parts else set()
    visible: dict[str, str] = {}
    for sheet in parts.root("xl/workbook.xml").iterfind(".//{*}sheet"):
        identity = next((value for name, value in sheet.items() if name.endswith("}id")), None)
        kind, part = relations.get(identity, ("", ""))
        if kind == "worksheet" and sheet.get("state", "visible") == "visible":
            visible.setdefault(sheet.get("name", ""), part)
    if not visible:
        raise _not_a_workbook("no visible sheet", "没有可见的工作表")
    name = FORM if FORM in visible else next(iter(visible))
    faulty, shown_as_percent = _marked(parts.rows(visible[name]), percents, limits)
    try:
        values = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_name(name)
    except CalamineError as error:
        raise _not_a_workbook(shown(error), "工作表无法读取") from None
    return Sheet(name, values, faulty, shown_as_percent)


def _path(target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _percent_styles(styles: Element) -> set[str]:
    """Return the styles that show a number with a percent sign, by their place in the list."""
    formats = _PERCENTS | {
        found.get("numFmtId")
        for found in styles.iterfind(".//{*}numFmt")
        if "%" in _QUOTED.sub("", found.get("formatCode", ""))
    }
    styled = [xf for listed in styles.iterfind(".//{*}cellXfs") for xf in listed]
    return {str(place) for place, xf in enumerate(styled) if xf.get("numFmtId") in formats}


def _marked(
    rows: Iterator[Element], percents: Collection[str], limits: Limits
) -> tuple[dict[Place, str], set[Place]]:
    """Return the faulty cells of a sheet and those shown as percentages, as in `Sheet`.

    Raises:
        Unreadable: a cell that is not empty lies too far out.

    """
    faulty: dict[Place, str] = {}
    shown_as_percent: set[Place] = set()
    number = -1
    for row in rows:
        found = row.get("r", "")
        number = int(found) - 1 if found.isascii() and found.isdecimal() else number + 1
        column = -1
        for cell in row:
            column += 1
            if _REFERENCE.fullmatch(reference := cell.get("r", "")):
                number, column = xl_cell_to_rowcol(reference)
            if len(cell) == 0:
                continue
            kind = cell.get("t", "n")
            value, error = _read(cell, kind)
            if error is not None:
                faulty[number, column] = error
            elif not value:
                continue
            elif kind == "n" and cell.get("s") in percents:
                shown_as_percent.add((number, column))
            if number >= limits.rows + SPARE_ROWS:
                raise too_many_rows(limits.rows)
            if column >= MAX_COLUMNS:
                raise Unreadable("too-large", "too-many", field=_COLUMNS, limit=MAX_COLUMNS)
    return faulty, shown_as_percent


def _read(cell: Element, kind: str) -> tuple[str | None, str | None]:
    """Return the value and the error of a cell that has one or the other, or neither."""
    value, formula = None, False
    for inside in cell:
        if inside.tag.endswith("}f"):
            formula = True
        else:
            value = inside.text or "".join(inside.itertext())
    if kind == "e":
        return None, (value or "?")[:_SHOWN]
    # A formula may well say "": programs save that as an empty text.
    empty_text = kind == "str" and value is not None
    return value, "" if formula and not value and not empty_text else None


class _Parts:
    """The parts of an opened file, whose directory is within the limits.

    Raises:
        Unreadable: no workbook, one with macros or a password, too large.

    """

    def __init__(self, body: bytes) -> None:
        if body.startswith(_OLD):
            raise Unreadable("bad-request", "workbook-locked")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(body))
        except _BROKEN:
            raise _not_a_workbook("no zip archive", "文件已损坏") from None
        entries = self._zip.infolist()
        # An OpenDocument file, which is an archive too, says so in its first entry.
        if "mimetype" in self and self._zip.NameToInfo["mimetype"].file_size <= _SMALL:
            other = NOT_TAKEN.get(self._read("mimetype").decode("latin-1").strip())
            if other is not None:
                raise Unreadable("bad-request", "workbook-other", name=other)
        if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_BYTES:
            raise Unreadable("too-large", "too-large", limit=MAX_BYTES)
        if any(entry.flag_bits & _ENCRYPTED for entry in entries):
            raise Unreadable("bad-request", "workbook-locked")
        names = " ".join(entry.filename.lower() for entry in entries)
        types = self.xml("[Content_Types].xml").lower()
        if b"macroenabled" in types or any(mark in names for mark in _MACROS):
            raise Unreadable("bad-request", "workbook-macros")

    def __contains__(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def root(self, name: str) -> Element:
        """Return the root of a part of XML."""
        try:
            return ET.fromstring(self.xml(name))  # noqa: S314 - no entities, see `xml`
        except ET.ParseError as error:
            raise _bad_xml(error) from None

    def rows(self, name: str) -> Iterator[Element]:
        """Yield the rows of a sheet, each of which is emptied afterwards."""
        try:
            for _, element in ET.iterparse(io.BytesIO(self.xml(name))):  # noqa: S314 - the same
                if element.tag.endswith("}row"):
                    yield element
                    element.clear()
        except ET.ParseError as error:
            raise _bad_xml(error) from None

    def xml(self, name: str) -> bytes:
        """Return a part of XML: not too many tags, no document type and thus no entities."""
        content = self._read(name)
        if content.count(b"<") - content.count(b"</") > MAX_TAGS:
            raise Unreadable("too-large", "too-many", field=_TAGS, limit=MAX_TAGS)
        if b"<!DOCTYPE" in content or b"\0" in content:  # which UTF-16 could hide
            raise _not_a_workbook("a document type", "含有文档类型声明")
        return content

    def _read(self, name: str) -> bytes:
        try:
            return self._zip.read(name)
        except _BROKEN:
            part = shown(name)
            raise _not_a_workbook(f"no sound part {part}", f"缺少或损坏“{part}”") from None


def _not_a_workbook(reason: str, reason_zh: str) -> Unreadable:
    """Say that the file cannot be read as a workbook."""
    return Unreadable("bad-request", "malformed", format="xlsx", reason=(reason, reason_zh))


def _bad_xml(error: ET.ParseError) -> Unreadable:
    line, column = error.position
    place = f"line {line}, column {column}"
    return _not_a_workbook(f"bad XML ({place})", f"XML有误（{place}）")
