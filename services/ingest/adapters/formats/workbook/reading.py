"""A sheet as rows: the headings are found below any title, and every row keeps its line."""

import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, islice, repeat
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter.utility import xl_col_to_name

from services.ingest.adapters.formats.table import TITLES, columns_of, field_of
from services.ingest.adapters.formats.unreadable import Unreadable, too_many_rows
from services.ingest.adapters.formats.workbook.archive import Archive, not_a_workbook, repacked
from services.ingest.adapters.formats.workbook.cells import Cell, cell_value
from services.ingest.adapters.formats.workbook.outline import (
    FORM,
    Book,
    Outline,
    book_of,
    last_row_of,
    outline_of,
    reference,
)
from services.ingest.domain.columns import PREPARED, nested, with_parts
from services.ingest.domain.flaws import Flaw, Flaws
from services.ingest.domain.terms import Limits
from services.ingest.domain.written import shown

__all__ = ["FORM", "read_workbook"]

_TOLD: Final = 20

Line = Sequence[Cell]


def read_workbook(
    body: bytes, fields: Collection[str], limits: Limits, flaws: Flaws
) -> tuple[list[object], tuple[int, ...]]:
    """Return the rows and the line of each, as the sheet numbers them.

    Rows of a form that hold nothing but what was prepared are none; how many is a warning.

    Raises:
        Unreadable: no workbook, one with macros or a password, too large, no headings.

    """
    book = book_of(Archive(io.BytesIO(body)))
    outline = outline_of(book, limits)
    lines = _lines(book, outline)
    top = list(islice(lines, TITLES))
    at = _headings(top, fields)
    _tell_merged(outline, at, flaws)
    sheet = _Sheet(top[at], _columns(top[at], fields, flaws), outline, limits)
    blank = 0
    for number, line in enumerate(chain(top[at + 1 :], lines), at + 1):
        row = sheet.row(line, number)
        if book.sheet == FORM and row and all(name in PREPARED for name, _ in row):
            blank += 1
        elif row:
            sheet.keep(row, number)
    if blank:
        flaws.warn(Flaw("prepared-rows-blank", None, None, {"count": blank}))
    sheet.tell_unheaded(flaws)
    return sheet.rows, tuple(sheet.numbers)


def _lines(book: Book, outline: Outline) -> Iterator[Line]:
    """Yield line by line what the sheet holds, down to its last cell, one with a fault included."""
    try:
        workbook = CalamineWorkbook.from_filelike(repacked(book.parts))
        sheet = workbook.get_sheet_by_name(book.sheet)
    except CalamineError as error:
        raise not_a_workbook(shown(error), "工作表无法读取") from None
    left = [""] * (sheet.start[1] if sheet.start else 0)
    count = 0
    for count, cells in enumerate(sheet.iter_rows(), 1):  # noqa: B007 - how many there were
        yield [*left, *cells]
    yield from repeat((), outline.height - count)


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


def _columns(line: Sequence[Cell], fields: Collection[str], flaws: Flaws) -> Mapping[int, str]:
    places = [place for place, cell in enumerate(line) if cell != ""]
    found = columns_of([str(line[place]) for place in places], fields, flaws)
    return {places[number]: name for number, name in found.items()}


def _tell_merged(outline: Outline, at: int, flaws: Flaws) -> None:
    """Titles above the headings may be merged; below them no cell may."""
    for cells in [cells for cells in outline.merged if last_row_of(cells) >= at][:_TOLD]:
        flaws.bar(Flaw("merged-cells", None, None, {"cells": shown(cells)}))


class _Sheet:
    """The rows below the headings, as they are gathered."""

    def __init__(
        self, header: Line, columns: Mapping[int, str], outline: Outline, limits: Limits
    ) -> None:
        self.rows: list[object] = []
        self.numbers: list[int] = []
        self._columns = columns
        self._outline = outline
        self._limits = limits
        self._bare = [place for place, heading in enumerate(header) if heading == ""]
        self._unheaded: set[int] = set()

    def row(self, line: Line, number: int) -> list[tuple[str, object]]:
        """Return what stands in a line under headings."""
        self._unheaded.update(
            place for place in self._bare if place < len(line) and line[place] != ""
        )
        row: list[tuple[str, object]] = []
        for place, name in self._columns.items():
            where = number, place
            if where in self._outline.faulty:
                row.append((name, self._outline.broken(where)))
            elif place < len(line) and (cell := line[place]) != "":
                percent = where in self._outline.percents
                row.append(
                    (name, cell_value(name, cell, reference(where), self._limits, percent=percent))
                )
        return row

    def keep(self, row: list[tuple[str, object]], number: int) -> None:
        """Keep a row that counts; Unreadable where there are too many."""
        self.rows.append(nested(row))
        self.numbers.append(number + 1)
        if len(self.rows) > self._limits.rows:
            raise too_many_rows(self._limits.rows)

    def tell_unheaded(self, flaws: Flaws) -> None:
        """Tell columns that hold values and have no heading."""
        for place in sorted(self._unheaded)[:_TOLD]:
            names = {"column": xl_col_to_name(place)}
            flaws.bar(Flaw("column-without-heading", None, None, names))
