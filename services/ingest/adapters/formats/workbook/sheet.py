"""The sheet that is read, and what calamine does not say of it.

calamine gives values and merged cells. The XML is read once beside it for cells with errors,
formulas without a value and percent formats; and before it, since calamine makes a table as large
as its farthest cell is far.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Final
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook
from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell

from services.ingest.adapters.formats.unreadable import Unreadable, too_many_rows
from services.ingest.adapters.formats.workbook.archive import Archive, not_a_workbook
from services.ingest.domain.flaws import Words
from services.ingest.domain.terms import Limits
from services.ingest.domain.written import Broken, shown

FORM: Final = "填报"
"""The sheet that is read where there is one of this name; else the first that is not hidden."""

MAX_COLUMNS: Final = 50
"""Twice as many as there are fields."""

SPARE_ROWS: Final = 1_000
"""Lines above the headings and empty ones between rows, beside the rows themselves."""

_COLUMNS: Final[Words] = ("the sheet's columns", "工作表的列")
_PERCENTS: Final = frozenset({"9", "10"})  # 0% and 0.00%
_QUOTED: Final = re.compile(r'"[^"]*"|\\.')
_REFERENCE: Final = re.compile(r"[A-Z]{1,3}[1-9][0-9]{0,6}")
_TYPES: Final = "[Content_Types].xml"
_WORKBOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_SHOWN: Final = 40

Place = tuple[int, int]
"""Row and column, both from 0."""


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

    def broken(self, place: Place) -> Broken:
        """Return what is wrong with a faulty cell."""
        cell, error = xl_rowcol_to_cell(*place), self.faulty[place]
        if not error:
            return Broken("formula-without-value", cell=cell)
        return Broken("error-cell", cell=cell, value=error)

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
    archive = Archive(body)
    if b"macroenabled" in archive.xml(_TYPES).lower():
        raise Unreadable("bad-request", "workbook-macros")
    relations = {
        found.get("Id"): (found.get("Type", "").rpartition("/")[2], _path(found.get("Target", "")))
        for found in _root(archive.xml(_RELATIONS)).iterfind(".//{*}Relationship")
    }
    others = dict(relations.values())
    if (strings := others.get("sharedStrings", "")) in archive:
        archive.xml(strings)  # only to refuse what it refuses
    styles = others.get("styles", "")
    percents = _percent_styles(_root(archive.xml(styles))) if styles in archive else set()
    name, part = _chosen(_root(archive.xml(_WORKBOOK)), relations)
    faulty, shown_as_percent = _marked(archive.xml(part), percents, limits)
    try:
        values = CalamineWorkbook.from_filelike(BytesIO(body)).get_sheet_by_name(name)
    except CalamineError as error:
        raise not_a_workbook(shown(error), "工作表无法读取") from None
    return Sheet(name, values, faulty, shown_as_percent)


def _chosen(workbook: Element, relations: Mapping[str | None, tuple[str, str]]) -> tuple[str, str]:
    """Return name and part of the sheet to read."""
    visible: dict[str, str] = {}
    for sheet in workbook.iterfind(".//{*}sheet"):
        identity = next((value for name, value in sheet.items() if name.endswith("}id")), None)
        kind, part = relations.get(identity, ("", ""))
        if kind == "worksheet" and sheet.get("state", "visible") == "visible":
            visible.setdefault(sheet.get("name", ""), part)
    if not visible:
        raise not_a_workbook("no visible sheet", "没有可见的工作表")
    name = FORM if FORM in visible else next(iter(visible))
    return name, visible[name]


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
    part: bytes, percents: Collection[str], limits: Limits
) -> tuple[dict[Place, str], set[Place]]:
    """Return the faulty cells of a sheet and those shown as percentages, as in `Sheet`.

    Raises:
        Unreadable: a cell that is not empty lies too far out.

    """
    faulty: dict[Place, str] = {}
    shown_as_percent: set[Place] = set()
    number = -1
    for row in _rows(part):
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
        row.clear()
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


def _rows(part: bytes) -> Iterator[Element]:
    try:
        for _, element in ET.iterparse(BytesIO(part)):  # noqa: S314 - see `Archive.xml`
            if element.tag.endswith("}row"):
                yield element
    except ET.ParseError as error:
        raise _bad_xml(error) from None


def _root(content: bytes) -> Element:
    try:
        return ET.fromstring(content)  # noqa: S314 - the same
    except ET.ParseError as error:
        raise _bad_xml(error) from None


def _bad_xml(error: ET.ParseError) -> Unreadable:
    line, column = error.position
    place = f"line {line}, column {column}"
    return not_a_workbook(f"bad XML ({place})", f"XML有误（{place}）")


def _path(target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
