"""A sheet as rows: the headings are found below any title, and every row keeps its line."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from services.ingest.adapters.formats.table import columns_of, field_of
from services.ingest.adapters.formats.unreadable import Unreadable, too_many_rows
from services.ingest.adapters.formats.workbook.archive import Archive, not_a_workbook, repacked
from services.ingest.adapters.formats.workbook.cells import Cell, cell_value
from services.ingest.adapters.formats.workbook.outline import (
    FORM,
    Book,
    Outline,
    book_of,
    column_letters,
    last_row_of,
    outline_of,
    reference,
)
from services.ingest.domain.columns import nested, with_parts
from services.ingest.domain.flaws import Flaw, Flaws
from services.ingest.domain.terms import Limits
from services.ingest.domain.written import shown

__all__ = ["FORM", "read_workbook"]

TITLES: Final = 10
"""Lines from the top among which the headings are looked for."""

_TOLD: Final = 20

Table = Sequence[Sequence[Cell]]


def read_workbook(
    body: bytes, fields: Collection[str], limits: Limits, flaws: Flaws
) -> tuple[list[object], tuple[int, ...]]:
    """Return the rows and the line of each, as the sheet numbers them.

    Raises:
        Unreadable: no workbook, one with macros or a password, too large, no headings.

    """
    book = book_of(Archive(body))
    outline = outline_of(book, limits)
    table = _table(book)
    at = _headings(table, fields)
    _tell_merged(outline, at, flaws)
    columns = _columns(table[at], fields, flaws)
    _tell_unheaded(table[at + 1 :], table[at], flaws)
    rows: list[object] = []
    lines: list[int] = []
    for number in range(at + 1, max(len(table), outline.height)):
        line = table[number] if number < len(table) else ()
        row = _row(line, number, columns, outline, limits)
        if row:
            rows.append(nested(row))
            lines.append(number + 1)
        if len(rows) > limits.rows:
            raise too_many_rows(limits.rows)
    return rows, tuple(lines)


def _table(book: Book) -> Table:
    try:
        workbook = CalamineWorkbook.from_filelike(repacked(book.parts))
        return workbook.get_sheet_by_name(book.sheet).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise not_a_workbook(shown(error), "工作表无法读取") from None


def _headings(table: Table, fields: Collection[str]) -> int:
    """Return the number of the line that names the most columns."""
    known = with_parts(fields)
    named = [
        sum(isinstance(cell, str) and field_of(cell, known) is not None for cell in line)
        for line in table[:TITLES]
    ]
    if not any(named):
        raise Unreadable("invalid", "no-headings", limit=TITLES)
    return named.index(max(named))


def _columns(line: Sequence[Cell], fields: Collection[str], flaws: Flaws) -> Mapping[int, str]:
    places = [place for place, cell in enumerate(line) if cell != ""]
    found = columns_of([str(line[place]) for place in places], fields, flaws)
    return {places[number]: name for number, name in found.items()}


def _tell_merged(outline: Outline, at: int, flaws: Flaws) -> None:
    """Titles above the headings may be merged; below them no cell may."""
    for cells in [cells for cells in outline.merged if last_row_of(cells) >= at][:_TOLD]:
        flaws.bar(Flaw("merged-cells", None, None, {"cells": shown(cells)}))


def _tell_unheaded(table: Table, header: Sequence[Cell], flaws: Flaws) -> None:
    """Tell columns that hold values and have no heading."""
    bare = [place for place, heading in enumerate(header) if heading == ""]
    places = [place for place in bare if any(line[place] != "" for line in table)]
    for place in places[:_TOLD]:
        flaws.bar(Flaw("column-without-heading", None, None, {"column": column_letters(place)}))


def _row(
    line: Sequence[Cell], number: int, columns: Mapping[int, str], outline: Outline, limits: Limits
) -> list[tuple[str, object]]:
    row: list[tuple[str, object]] = []
    for place, name in columns.items():
        faulty = outline.faulty.get((number, place))
        if faulty is not None:
            row.append((name, faulty))
        elif line and (cell := line[place]) != "":
            row.append((name, cell_value(name, cell, reference((number, place)), limits)))
    return row
