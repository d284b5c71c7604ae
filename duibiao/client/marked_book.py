"""A workbook with only its refused rows left in it, the reasons beside them, to be mended and sent.

Works on the text of the sheet, so that formats, lists and the numbers of the rows stay as they
are. What a formula made stays as its value.
"""

import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from xlsxwriter.utility import xl_cell_to_rowcol, xl_col_to_name

from duibiao.client.mending import REASON, REASON_ZH, RefusedRow, reasons

_FORM: Final = "填报"
_TITLES: Final = 10  # lines from the top among which the headings are
_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_LINE: Final = re.compile(r"工作表第([0-9]+)行")
_SHEET: Final = re.compile(r"<(?:\w+:)?sheet\s([^>]*)>")
_RELATION: Final = re.compile(r"<(?:\w+:)?Relationship\s([^>]*)>")
_ATTRIBUTE: Final = re.compile(r"""([\w:]+)\s*=\s*["']([^"']*)["']""")
_ROW: Final = re.compile(r"<(\w+:)?row\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?row>)", re.DOTALL)
_CELL: Final = re.compile(r"<(?:\w+:)?c\b[^>]*?(?:/>|>.*?</(?:\w+:)?c>)", re.DOTALL)
_COLUMN: Final = re.compile(r"""\br=["']([A-Z]+)[0-9]+["']""")
_FORMULA: Final = re.compile(r"<(?:\w+:)?f\b[^>]*?(?:/>|>.*?</(?:\w+:)?f>)", re.DOTALL)
_SPANS: Final = re.compile(r"""\sspans=["'][^"']*["']""")
_CHAIN: Final = re.compile(r"<(?:\w+:)?(?:Override|Relationship)\s[^>]*calcChain[^>]*>")

Attributes = Mapping[str, str]


def marked_copy(path: Path, refused: Sequence[RefusedRow]) -> bytes | None:
    """Return the file with its refused rows; None where it is not known which lines these are."""
    told = {_line_of(row): reasons(row.faults) for row in refused}
    if None in told:
        return None
    try:
        return _marked(path, {line: said for line, said in told.items() if line is not None})
    except (zipfile.BadZipFile, zlib.error, LookupError, StopIteration, ValueError):
        return None


def _line_of(row: RefusedRow) -> int | None:
    found = (_LINE.search(fault.message_zh) for fault in row.faults)
    return next((int(line[1]) for line in found if line), None)


def _marked(path: Path, told: Mapping[int, tuple[str, str]]) -> bytes:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(path) as book,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        sheet = _sheet_of(book)
        for name in book.namelist():
            content = book.read(name)
            if name == sheet:
                content = _only(content.decode(), told).encode()
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


def _only(sheet: str, told: Mapping[int, tuple[str, str]]) -> str:
    """Return a sheet down to its headings, and below them the rows that something is said of."""
    rows = list(_numbered(sheet))
    heading = _heading([(line, row) for line, row in rows if line < min(told)][:_TITLES])
    kept = [(line, row) for line, row in rows if line <= heading or line in told]
    first = max(_last_column(row[3] or "") for _, row in kept) + 1
    said = {heading: (REASON_ZH, REASON), **told}
    parts, end = [], rows[0][1].start()
    parts.append(sheet[:end])
    parts += (_row(line, row, said.get(line, ()), first) for line, row in kept)
    parts.append(sheet[rows[-1][1].end() :])
    return "".join(parts)


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


def _row(line: int, row: re.Match[str], said: Sequence[str], first: int) -> str:
    """Return a row with texts behind its cells, in columns from `first` on."""
    mark = row[1] or ""
    texts = "".join(
        f'<{mark}c r="{xl_col_to_name(place)}{line}" t="inlineStr"><{mark}is>'
        f'<{mark}t xml:space="preserve">{escape(text)}</{mark}t></{mark}is></{mark}c>'
        for place, text in enumerate(said, first)
    )
    cells = _FORMULA.sub("", row[3] or "")
    return f"<{mark}row{_SPANS.sub('', row[2])}>{cells}{texts}</{mark}row>"


def _last_column(cells: str) -> int:
    return max((xl_cell_to_rowcol(f"{found}1")[1] for found in _COLUMN.findall(cells)), default=-1)
