"""A sheet as rows: the headings are found below any title, and every row keeps its line."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, islice, repeat
from typing import Final

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from services.ingest.adapters.formats.table import TITLES, columns_of, field_of
from services.ingest.adapters.formats.unreadable import Unreadable, too_many_rows
from services.ingest.adapters.formats.workbook.cells import Cell, cell_value
from services.ingest.adapters.formats.workbook.sheet import FORM, Sheet, sheet_of
from services.ingest.domain.columns import PREPARED, nested, with_parts
from services.ingest.domain.flaws import Flaw, Flaws
from services.ingest.domain.terms import Limits

_TOLD: Final = 20

Line = Sequence[Cell]


def read_sheet(
    body: bytes, fields: Collection[str], limits: Limits, flaws: Flaws
) -> tuple[list[object], tuple[int, ...]]:
    """Return the rows, and the line of each as the sheet numbers them.

    Rows of a form that hold nothing but what was prepared are none; how many is a warning.

    Raises:
        Unreadable: no workbook, one with macros or a password, too large, no headings.

    """
    sheet = sheet_of(body, limits)
    lines = _lines(sheet)
    top = list(islice(lines, TITLES))
    at = _headings(top, fields)
    for cells in islice(sheet.merged(at), _TOLD):
        flaws.bar(Flaw("merged-cells", None, None, {"cells": cells}))
    columns = _columns(top[at], fields, flaws)
    bare = [place for place, heading in enumerate(top[at]) if heading == ""]
    rows: list[object] = []
    numbers: list[int] = []
    blank, unheaded = 0, set[int]()
    for number, line in enumerate(chain(top[at + 1 :], lines), at + 1):
        unheaded.update(place for place in bare if place < len(line) and line[place] != "")
        row = _row(sheet, columns, line, number, limits)
        if sheet.name == FORM and row and all(name in PREPARED for name, _ in row):
            blank += 1
        elif row:
            rows.append(nested(row))
            numbers.append(number + 1)
            if len(rows) > limits.rows:
                raise too_many_rows(limits.rows)
    if blank:
        flaws.warn(Flaw("prepared-rows-blank", None, None, {"count": blank}))
    for place in sorted(unheaded)[:_TOLD]:
        names = {"column": xl_col_to_name(place)}
        flaws.bar(Flaw("column-without-heading", None, None, names))
    return rows, tuple(numbers)


def _lines(sheet: Sheet) -> Iterator[Line]:
    """Yield line by line what the sheet holds, down to its last cell, one with a fault included."""
    left = [""] * (sheet.values.start[1] if sheet.values.start else 0)
    count = 0
    for count, cells in enumerate(sheet.values.iter_rows(), 1):  # noqa: B007 - how many there were
        yield [*left, *cells]
    height = max((row + 1 for row, _ in sheet.faulty), default=0)
    yield from repeat((), height - count)


def _headings(top: Sequence[Line], fields: Collection[str]) -> int:
    """Return the number of the line that names the most columns."""
    known = with_parts(fields)
    named = [
        sum(isinstance(cell, str) and field_of(cell, known) is not None for cell in line)
        for line in top
    ]
    if not any(named):
        raise Unreadable("invalid", "no-headings", limit=TITLES)
    return named.index(max(named))


def _columns(line: Line, fields: Collection[str], flaws: Flaws) -> Mapping[int, str]:
    places = [place for place, cell in enumerate(line) if cell != ""]
    found = columns_of([str(line[place]) for place in places], fields, flaws)
    return {places[number]: name for number, name in found.items()}


def _row(
    sheet: Sheet, columns: Mapping[int, str], line: Line, number: int, limits: Limits
) -> list[tuple[str, object]]:
    """Return what stands in a line under headings."""
    row: list[tuple[str, object]] = []
    for place, name in columns.items():
        where = number, place
        if where in sheet.faulty:
            row.append((name, sheet.broken(where)))
        elif place < len(line) and (cell := line[place]) != "":
            cell_name, percent = xl_rowcol_to_cell(*where), where in sheet.percents
            row.append((name, cell_value(name, cell, cell_name, limits, percent=percent)))
    return row
