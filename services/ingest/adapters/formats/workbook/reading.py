"""A sheet as rows: the headings are found below any title, and every row keeps its line.

Numbers are exact to the 15 digits that spreadsheets keep; dates are dates only where the cell is
formatted as one. What a cell holds beside that is refused with the cell's name, never guessed.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain, islice
from math import isfinite
from typing import Final

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from services.ingest.adapters.formats.table import (
    TITLES,
    column_of,
    columns_of,
    value_of,
    warn_of_blank_rows,
)
from services.ingest.adapters.formats.unreadable import Unreadable, too_many_rows
from services.ingest.adapters.formats.workbook.sheet import FORM, Cell, Line, Sheet, sheet_of
from services.ingest.domain.context import Limits
from services.ingest.domain.errors import RowError, RowErrors
from services.ingest.domain.raw import DIGITS, Digits, Invalid, Number, Percent
from services.ingest.domain.rows import Field, nested
from services.ingest.domain.words import words_of

_LISTED: Final = 20
_KINDS: Final = words_of(__package__)["kinds"]
_EXPECTED: Final = words_of(__package__)["expected"]


def read_sheet(
    body: bytes, columns: Mapping[str, Field], limits: Limits, errors: RowErrors
) -> tuple[list[object], tuple[int, ...]]:
    """Return the rows, and the line of each as the sheet numbers them.

    Rows of a form that hold nothing but what was prepared are none; how many is a warning.

    Raises:
        Unreadable: no workbook, one with macros or a password, too large, no headings.

    """
    sheet = sheet_of(body, limits)
    lines = sheet.lines()
    top = list(islice(lines, TITLES))
    at = _headings(top, columns)
    for cells in islice(sheet.merged(at), _LISTED):
        errors.bar(RowError("merged-cells", None, None, {"cells": cells}))
    places = [place for place, cell in enumerate(top[at]) if cell != ""]
    header = columns_of([str(top[at][place]) for place in places], columns, errors)
    found = {places[number]: column for number, column in header.items()}
    rows: list[object] = []
    numbers: list[int] = []
    blank, unheaded = 0, set[int]()
    for number, line in enumerate(chain(top[at + 1 :], lines), at + 1):
        unheaded.update(
            place
            for place, heading in enumerate(top[at])
            if heading == "" and place < len(line) and line[place] != ""
        )
        row = _row(sheet, found, line, number, limits)
        if sheet.name == FORM and row and all(column.type == "code" for column, _ in row):
            blank += 1
        elif row:
            rows.append(nested(row))
            numbers.append(number + 1)
            if len(rows) > limits.rows:
                raise too_many_rows(limits.rows)
    warn_of_blank_rows(blank, errors)
    for place in sorted(unheaded)[:_LISTED]:
        names = {"column": xl_col_to_name(place)}
        errors.bar(RowError("column-without-heading", None, None, names))
    return rows, tuple(numbers)


def _headings(top: Sequence[Line], columns: Mapping[str, Field]) -> int:
    """Return the number of the line that names the most columns."""
    named = [
        sum(isinstance(cell, str) and column_of(cell, columns) is not None for cell in line)
        for line in top
    ]
    if not any(named):
        raise Unreadable("invalid", "no-headings", limit=TITLES)
    return named.index(max(named))


def _row(
    sheet: Sheet, columns: Mapping[int, Field], line: Line, number: int, limits: Limits
) -> list[tuple[Field, object]]:
    """Return what stands in a line under headings."""
    row: list[tuple[Field, object]] = []
    for place, column in columns.items():
        where = number, place
        if where in sheet.faulty:
            row.append((column, sheet.invalid(where)))
        elif place < len(line) and (cell := line[place]) != "":
            name, percent = xl_rowcol_to_cell(*where), where in sheet.percents
            row.append((column, _cell_value(column, cell, name, limits, percent=percent)))
    return row


def _cell_value(
    column: Field, cell: Cell, where: str, limits: Limits, *, percent: bool = False
) -> object:
    """Return what a cell means in a column; `where` is its name ("C5").

    `percent`: it is formatted so, and 0.955 in it is shown as 95.5%.
    """
    if isinstance(cell, str):
        return value_of(column, cell, limits)
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int | float):
        value = _percent(column, cell) if percent else _number(column, cell)
    elif isinstance(cell, date):
        value = _date(column, cell)
    else:
        value = _KINDS["clock"]
    if isinstance(value, tuple) and not isinstance(value, Number):
        expected = _EXPECTED.get(column.type, _EXPECTED["text"])
        return Invalid("wrong-cell", cell=where, kind=value, expected=expected)
    return value


def _number(column: Field, cell: float) -> object:
    """Return what a number means; words for it where it means nothing."""
    written = format(cell, f".{DIGITS}g")  # as a spreadsheet shows it at its most exact
    if column.type in ("figure", "count", "flag"):  # a flag is told that a number is none
        return Number(written)
    if column.type in ("time", "past", "day"):
        return _KINDS["number"]
    if column.name == "measure" and isfinite(cell):
        return Digits(written)  # 6.1 and 6.10 are one number and two measures
    if not isfinite(cell) or cell != int(cell):
        return _KINDS["number"]
    return _KINDS["lost"] if abs(cell) >= 10**DIGITS else str(int(cell))


def _percent(column: Field, cell: float) -> object:
    if column.name != "value":
        return _KINDS["percent"]
    return Percent(format(Decimal(format(cell, f".{DIGITS}g")).scaleb(2), "f"))


def _date(column: Field, cell: date) -> object:
    if column.type == "day" and isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return cell.isoformat() if column.type in ("time", "past", "day") else _KINDS["date"]
