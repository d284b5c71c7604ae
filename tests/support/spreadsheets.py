"""Workbooks as clerks make them: filled-in forms, and sheets of their own."""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import xlsxwriter
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

Row = dict[str, Any]
FORM, NOTES, CODES = "填报", "填报说明", "代码表"


def sheet_of(*lines: Sequence[object], title: str = "Sheet1") -> tuple[Workbook, Any]:
    """Return a new workbook and its one sheet with these lines."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    for line in lines:
        sheet.append(list(line))
    return book, sheet


def saved(book: Workbook) -> bytes:
    """Return the file."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def table_of(rows: Sequence[Mapping[str, object]], *above: Sequence[object]) -> bytes:
    """Return a file with a line of field names and the rows below; lines `above` them first."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [[row.get(name) for name in names] for row in rows]
    return saved(sheet_of(*above, names, *lines)[0])


def exported(names: Sequence[str], rows: Sequence[Mapping[str, object]]) -> bytes:
    """Return a file as a program exports it: every text a text, whatever it looks like."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("导出")
    for line, cells in enumerate([names, *([row.get(name) for name in names] for row in rows)]):
        for place, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet.write_string(line, place, cell)
            elif isinstance(cell, bool):
                sheet.write_boolean(line, place, cell)
            elif isinstance(cell, int | float):
                sheet.write_number(line, place, cell)
    book.close()
    return file.getvalue()


class Form:
    """A form as the product made it, opened in a spreadsheet program."""

    def __init__(self, content: bytes) -> None:
        self.book = load_workbook(io.BytesIO(content))
        self.sheet = self.book[FORM]
        self.heading = next(
            line
            for line, (cell,) in enumerate(self.sheet.iter_rows(max_col=1, values_only=True), 1)
            if "\n" in str(cell)
        )
        headings = [str(cell.value) for cell in self.sheet[self.heading]]
        self.columns = {text.split()[-1]: place for place, text in enumerate(headings, 1)}
        self.required = {text.split()[-1] for text in headings if "*" in text}

    def prepared(self) -> Iterator[tuple[int, Row]]:
        """Yield the rows that are there already, with the lines they stand in."""
        lines = self.sheet.iter_rows(min_row=self.heading + 1, values_only=True)
        for line, cells in enumerate(lines, self.heading + 1):
            row = {name: cells[place - 1] for name, place in self.columns.items()}
            if any(cells):
                yield line, row

    def put(self, line: int, **cells: object) -> None:
        """Write cells of a line; the formats of the cells stay as the form has them."""
        for name, value in cells.items():
            self.sheet.cell(line, self.columns[name]).value = value  # type: ignore[assignment]

    def choices(self, name: str) -> list[str]:
        """Return what the drop-down list of a column shows in the line below the headings."""
        cell = f"{get_column_letter(self.columns[name])}{self.heading + 1}"
        for rule in self.sheet.data_validations.dataValidation:
            if cell in rule.sqref and rule.type == "list":
                sheet, _, cells = str(rule.formula1).lstrip("=").replace("'", "").partition("!")
                left, top, right, bottom = range_boundaries(cells.replace("$", ""))
                values = self.book[sheet].iter_rows(
                    min_row=top, max_row=bottom, min_col=left, max_col=right, values_only=True
                )
                return [str(value) for (value,) in values]
        return []

    def choice(self, name: str, code: str) -> str:
        """Return the entry of a list that begins with a code."""
        return next(text for text in self.choices(name) if text.partition("｜")[0] == code)

    def saved(self) -> bytes:
        """Return the file as it stands now."""
        return saved(self.book)
