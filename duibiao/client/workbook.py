"""Workbooks: their rows as text, and copies with some of their rows.

openpyxl raises errors of any type for a file that it cannot read, hence the broad handlers.
"""

import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing
from copy import copy
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from duibiao.client.annotations import REASON, REASON_ZH
from duibiao.client.answers import Unreadable

# Bytes of a workbook that is sent as it is.
MOST_BYTES: Final = 8 * 1024 * 1024

_ZIP: Final = b"PK\x03\x04"
_FORM: Final = "填报"
_TITLES: Final = 10  # lines at the top among which the headings are
_WIDTH: Final = 60
_DIGITS: Final = 10**15  # a spreadsheet has lost the digits beyond

# openpyxl's worksheet; its types do not tell cells from merged ones.
Sheet = Any


def size(path: Path) -> int:
    """Return the lines of the sheet that is read, or more than any limit for a large file.

    0 where it cannot be read: the product says what is wrong with it.
    """
    with path.open("rb") as file:
        if file.read(len(_ZIP)) != _ZIP:
            raise Unreadable("not an .xlsx file", "不是有效的.xlsx文件")
    if path.stat().st_size > MOST_BYTES:
        return 1 << 62
    try:
        book = CalamineWorkbook.from_path(path)
        return book.get_sheet_by_name(_sheet_name(book)).total_height
    except (CalamineError, StopIteration):
        return 0


def records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of the sheet that are not blank, from 1, as a CSV file would hold them.

    Raises:
        Unreadable: the workbook is broken, or a formula has no saved value.

    """
    try:
        with path.open("rb") as one, path.open("rb") as two:
            values, formulas = _open(one, read_only=True), _open(two, read_only=True, formulas=True)
            with closing(values[0]), closing(formulas[0]):
                pairs = zip(values[1].iter_rows(), formulas[1].iter_rows(), strict=True)
                for line, (cells, sources) in enumerate(pairs, 1):
                    texts = [_text(*pair) for pair in zip(cells, sources, strict=True)]
                    if any(texts):
                        yield line, texts
    except (Unreadable, OSError):
        raise
    except Exception as error:  # noqa: BLE001 - see above
        raise Unreadable(
            f"the workbook cannot be read ({error}); save it as CSV", "工作簿无法读取，请另存为CSV"
        ) from None


def error_workbook(
    path: Path, reasons: Mapping[int, tuple[str, str]], *, whole: bool = False
) -> bytes | None:
    """Return a copy with the rejected lines only, and the reasons in the last two columns.

    The lines keep their numbers; the others are emptied and hidden, unless `whole` keeps them.
    Formulas become their values. None where the workbook cannot be read.
    """
    try:
        with path.open("rb") as file:
            book, sheet = _open(file)
        heading = _heading(sheet, min(reasons))
        first = _reason_column(sheet, heading, reasons)
        if not whole:
            _clear(sheet, set(range(heading + 1, sheet.max_row + 1)) - reasons.keys())
        if not whole and sheet.max_row > max(reasons):
            sheet.delete_rows(max(reasons) + 1, sheet.max_row - max(reasons))
        for line, texts in {heading: (REASON_ZH, REASON), **reasons}.items():
            sheet.row_dimensions[line].hidden = False
            for column, text in enumerate(texts, first):
                cell = sheet.cell(line, column, text)
                sheet.column_dimensions[cell.column_letter].width = _WIDTH
                if line == heading and first > 1:
                    cell._style = copy(sheet.cell(heading, first - 1)._style)  # noqa: SLF001
        return _saved(book)
    except Exception:  # noqa: BLE001 - see above
        return None


def without_lines(content: bytes, lines: AbstractSet[int]) -> bytes | None:
    """Return a copy of a workbook with these lines emptied; None where it cannot be read."""
    try:
        book, sheet = _open(io.BytesIO(content))
        _clear(sheet, lines)
        return _saved(book)
    except Exception:  # noqa: BLE001 - see above
        return None


def _open(file: IO[bytes], *, read_only: bool = False, formulas: bool = False) -> tuple[Any, Sheet]:
    from openpyxl import load_workbook  # noqa: PLC0415 - slow to import, and rarely needed

    book = load_workbook(file, read_only=read_only, data_only=not formulas, keep_links=False)
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    return book, next((sheet for sheet in shown if sheet.title == _FORM), shown[0])


def _sheet_name(book: CalamineWorkbook) -> str:
    shown = [
        sheet.name for sheet in book.sheets_metadata if sheet.visible is SheetVisibleEnum.Visible
    ]
    return _FORM if _FORM in shown else next(iter(shown))


def _text(cell: Any, source: Any) -> str:  # noqa: ANN401 - cells of the library
    """Return a cell as CSV would hold it. `source` is the same cell with its formula."""
    value = cell.value
    if value is None:
        if source.value is not None:
            raise Unreadable(
                f"the formula in {source.coordinate} has no saved value; open and save the file",
                f"单元格{source.coordinate}为公式，但文件中没有保存计算结果，请打开后保存",
            )
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _number(value, "%" in cell.number_format)
    if isinstance(value, datetime):
        return str(value.date() if value.time() == time.min else value)
    return str(value) if isinstance(value, date | time) else str(value).strip()


def _number(value: float, percent: bool) -> str:  # noqa: FBT001 - two forms of one value
    number = Decimal(repr(value)) * (100 if percent else 1)
    if abs(number) >= _DIGITS:
        return f"{number:.5E}"
    return f"{number.normalize():f}" + "%" * percent


def _heading(sheet: Sheet, before: int) -> int:
    """Return the line with the most filled cells: no row has more cells than there are headings."""
    lines = range(1, min(before, _TITLES + 1))
    return max(lines, key=lambda line: sum(cell.value is not None for cell in sheet[line]))


def _reason_column(sheet: Sheet, heading: int, lines: Collection[int]) -> int:
    names = [cell.value for cell in sheet[heading]]
    if REASON_ZH in names:
        return names.index(REASON_ZH) + 1
    return 1 + max(
        place
        for _, cells in _rows(sheet, {heading, *lines})
        for place, cell in enumerate(cells, 1)
        if cell.value is not None
    )


def _clear(sheet: Sheet, lines: AbstractSet[int]) -> None:
    """Empty and hide lines; merged cells in them would be errors of blank rows."""
    for merged in list(sheet.merged_cells.ranges):
        if lines and not set(range(merged.min_row, merged.max_row + 1)) - lines:
            sheet.unmerge_cells(str(merged))
    for line, cells in _rows(sheet, lines):
        sheet.row_dimensions[line].hidden = True
        for cell in cells:
            if cell.value is not None:
                cell.value = None


def _rows(sheet: Sheet, lines: AbstractSet[int]) -> Iterator[tuple[int, Sequence[Any]]]:
    """Yield some lines. `sheet[line]` would look at every cell of the sheet each time."""
    return ((line, cells) for line, cells in enumerate(sheet.iter_rows(), 1) if line in lines)


def _saved(book: Any) -> bytes:  # noqa: ANN401 - the library's
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
