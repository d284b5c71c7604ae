"""A workbook with only its refused rows left in it, the reasons beside them, to be mended and sent.

Works on the text of the sheet, so that formats, lists and the numbers of the rows stay as they
are. The lines of other rows are hidden, so the refused ones stand below the headings. What a
formula made stays as its value.
"""

import html
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Final
from xml.sax.saxutils import escape

from xlsxwriter.utility import xl_cell_to_rowcol, xl_col_to_name

from duibiao.client.mending import REASON, REASON_ZH, RefusedRow, line_of, reasons

_FORM: Final = "填报"
_TITLES: Final = 10  # lines from the top among which the headings are
_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_SHEET: Final = re.compile(r"<(?:\w+:)?sheet\s([^>]*)>")
_RELATION: Final = re.compile(r"<(?:\w+:)?Relationship\s([^>]*)>")
_ATTRIBUTE: Final = re.compile(r"""([\w:]+)\s*=\s*["']([^"']*)["']""")
_ROW: Final = re.compile(r"<(\w+:)?row\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?row>)", re.DOTALL)
_CELL: Final = re.compile(r"<(?:\w+:)?c\b[^>]*?(?:/>|>.*?</(?:\w+:)?c>)", re.DOTALL)
_COLUMN: Final = re.compile(r"""\br=["']([A-Z]+)[0-9]+["']""")
_FORMULA: Final = re.compile(r"<(?:\w+:)?f\b[^>]*?(?:/>|>.*?</(?:\w+:)?f>)", re.DOTALL)
_STYLE: Final = re.compile(r"""\ss=["'][0-9]+["']""")
_COLUMNS: Final = re.compile(r"<(?:\w+:)?cols>(.*?)</(?:\w+:)?cols>", re.DOTALL)
_COLUMN_WIDTH: Final = re.compile(r"<(?:\w+:)?col\s[^>]*/>")
_LAST: Final = re.compile(r"""\bmax=["'][0-9]+["']""")
_WIDTH: Final = 60
_DROPPED: Final = re.compile(r"""\s(?:spans|hidden)=["'][^"']*["']""")
_STRING: Final = re.compile(r"<(?:\w+:)?si\b[^>]*?(?:/>|>.*?</(?:\w+:)?si>)", re.DOTALL)
_VALUE: Final = re.compile(r"<(?:\w+:)?v>([0-9]+)<")
_SHARED: Final = re.compile(r"""\st=["']s["']""")
_STRINGS: Final = "xl/sharedStrings.xml"
_CHAIN: Final = re.compile(r"<(?:\w+:)?(?:Override|Relationship)\s[^>]*calcChain[^>]*>")
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, LookupError, StopIteration, ValueError)

Attributes = Mapping[str, str]


def marked_copy(path: Path, refused: Sequence[RefusedRow]) -> bytes | None:
    """Return the file with its refused rows; None where it is not known which lines these are."""
    told = {_line_of(row): reasons(row.faults) for row in refused}
    if None in told:
        return None
    try:
        return _marked(path, {line: said for line, said in told.items() if line is not None})
    except _BROKEN:
        return None


def without_lines(book: bytes, lines: Collection[int]) -> bytes | None:
    """Return a workbook without some lines of its sheet; None where it cannot be taken apart."""

    def fewer(sheet: str, _: zipfile.ZipFile) -> str:
        rows = list(_numbered(sheet))
        kept = "".join(row[0] for line, row in rows if line not in lines)
        return f"{sheet[: rows[0][1].start()]}{kept}{sheet[rows[-1][1].end() :]}"

    try:
        return _changed(io.BytesIO(book), fewer)
    except _BROKEN:
        return None


def _line_of(row: RefusedRow) -> int | None:
    return next((line for line in map(line_of, row.faults) if line is not None), None)


def _marked(path: Path, told: Mapping[int, tuple[str, str]]) -> bytes:
    return _changed(path, lambda sheet, book: _only(sheet, told, _reason_texts(book)))


def _changed(file: Path | IO[bytes], change: Callable[[str, zipfile.ZipFile], str]) -> bytes:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(file) as book,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        sheet = _sheet_of(book)
        for name in book.namelist():
            content = book.read(name)
            if name == sheet:
                content = change(content.decode(), book).encode()
            elif name in ("[Content_Types].xml", _RELATIONS):
                content = _CHAIN.sub("", content.decode()).encode()
            if "calcchain" not in name.lower():  # it would name formulas that are gone
                copy.writestr(name, content)
    return packed.getvalue()


def _sheet_of(book: zipfile.ZipFile) -> str:
    """Return the part that the product reads: the form, else the first sheet that is shown."""
    sheets = [
        sheet
        for sheet in _attributes(_SHEET, book.read(_WORKBOOK).decode())
        if sheet.get("state", "visible") == "visible"
    ]
    chosen = next((one for one in sheets if one.get("name") == _FORM), sheets[0])
    relation = next(value for name, value in chosen.items() if name.endswith(":id"))
    for one in _attributes(_RELATION, book.read(_RELATIONS).decode()):
        if one.get("Id") == relation:
            target = one["Target"]
            return target[1:] if target.startswith("/") else f"xl/{target}"
    raise KeyError(relation)


def _attributes(tag: re.Pattern[str], text: str) -> list[Attributes]:
    return [
        {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(found[1])}
        for found in tag.finditer(text)
    ]


def _reason_texts(book: zipfile.ZipFile) -> set[str]:
    """Return by which numbers a cell holds the heading of reasons, as an errors file has it."""
    if _STRINGS not in book.namelist():
        return set()
    texts = _STRING.findall(book.read(_STRINGS).decode())
    return {str(place) for place, text in enumerate(texts) if f">{REASON_ZH}<" in text}


def _only(sheet: str, told: Mapping[int, tuple[str, str]], reasons_at: Collection[str]) -> str:
    """Return a sheet down to its headings, and below them the rows that something is said of."""
    rows = list(_numbered(sheet))
    heading = _heading([(line, row) for line, row in rows if line < min(told)][:_TITLES])
    headings = _CELL.findall(dict(rows)[heading][3])
    first = next(
        (_last_column(cell) for cell in headings if _says_reasons(cell, reasons_at)),
        max(_last_column(row[3] or "") for line, row in rows if line in {heading, *told}) + 1,
    )
    said = {heading: (REASON_ZH, REASON), **told}
    look = _STYLE.search(headings[-1])
    looks = {heading: look[0] if look else ""}
    mark = rows[0][1][1] or ""
    parts = [_with_widths(sheet[: rows[0][1].start()], mark, first)]
    last = 0
    for line, row in rows:
        if line <= heading or line in told:
            parts += (_hidden(mark, gone) for gone in range(max(last, heading) + 1, line))
            parts.append(_row(line, row, said.get(line, ()), first, looks.get(line, "")))
            last = line
    parts.append(sheet[rows[-1][1].end() :])
    return "".join(parts)


def _says_reasons(cell: str, reasons_at: Collection[str]) -> bool:
    value = _VALUE.search(cell)
    shared = value is not None and value[1] in reasons_at and _SHARED.search(cell) is not None
    return shared or f">{REASON_ZH}<" in cell


def _hidden(mark: str, line: int) -> str:
    return f'<{mark}row r="{line}" hidden="1"/>'


def _with_widths(top: str, mark: str, first: int) -> str:
    """Return what stands before the rows, with room for the reasons in two columns from `first`."""
    widths = "".join(
        f'<{mark}col min="{place + 1}" max="{place + 1}" width="{_WIDTH}" customWidth="1"/>'
        for place in (first, first + 1)
    )
    found = _COLUMNS.search(top)
    if found is None:
        before = top.rindex(f"<{mark}sheetData")
        return f"{top[:before]}<{mark}cols>{widths}</{mark}cols>{top[before:]}"
    kept = "".join(_short_of(tag, first) for tag in _COLUMN_WIDTH.findall(found[1]))
    return f"{top[: found.start(1)]}{kept}{widths}{top[found.end(1) :]}"


def _short_of(tag: str, first: int) -> str:
    """Return the format of some columns, ending before column `first`."""
    told = dict(_ATTRIBUTE.findall(tag))
    if int(told["min"]) > first:
        return ""
    return _LAST.sub(f'max="{min(int(told["max"]), first)}"', tag)


def _numbered(sheet: str) -> Iterator[tuple[int, re.Match[str]]]:
    line = 0
    for row in _ROW.finditer(sheet):
        number = dict(_ATTRIBUTE.findall(row[2])).get("r")
        line = int(number) if number else line + 1
        yield line, row


def _heading(top: Sequence[tuple[int, re.Match[str]]]) -> int:
    """Return the line with the most filled cells: no row has more than there are headings."""
    filled = [sum("<" in cell[3:-4] for cell in _CELL.findall(row[3] or "")) for _, row in top]
    return top[filled.index(max(filled))][0]


def _row(line: int, row: re.Match[str], said: Sequence[str], first: int, look: str) -> str:
    """Return a row with texts behind its cells, in columns from `first` on."""
    mark = row[1] or ""
    texts = "".join(
        f'<{mark}c r="{xl_col_to_name(place)}{line}"{look} t="inlineStr"><{mark}is>'
        f'<{mark}t xml:space="preserve">{escape(text)}</{mark}t></{mark}is></{mark}c>'
        for place, text in enumerate(said, first)
    )
    cells = "".join(
        cell
        for cell in _CELL.findall(_FORMULA.sub("", row[3] or ""))
        if not said or _last_column(cell) < first
    )
    return f"<{mark}row{_DROPPED.sub('', row[2])}>{cells}{texts}</{mark}row>"


def _last_column(cells: str) -> int:
    return max((xl_cell_to_rowcol(f"{found}1")[1] for found in _COLUMN.findall(cells)), default=-1)
