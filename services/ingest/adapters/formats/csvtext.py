"""CSV as rows: a header row of field names, an empty cell for what is not given.

Lines of a single cell above the header are titles, as a form has them that was saved as CSV.

Cells of number columns become numbers as written, true and false become flags, and the nested
columns hold JSON. Everything else is text, to be judged like the same field in JSON. Read line by
line: of a body that holds too much no more is looked at than shows it.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice, takewhile
from typing import Final

from services.ingest.adapters.formats.table import (
    TITLES,
    column_of,
    columns_of,
    value_of,
    warn_of_blank_rows,
)
from services.ingest.adapters.formats.unreadable import Unreadable, too_many_rows
from services.ingest.domain.context import Limits
from services.ingest.domain.errors import RowErrors
from services.ingest.domain.raw import Invalid, RawObject
from services.ingest.domain.rows import Field, nested

LONGEST_LINE: Final = 128 * 1024  # characters
_LINE: Final = re.compile(r"[^\r\n]*+(?:\r\n?|\n)|[^\r\n]++")


def csv_rows(
    text: str, columns: Mapping[str, Field], limits: Limits, errors: RowErrors
) -> list[object]:
    """Return the rows below the header; what is wrong with it refuses the request.

    Below titles, rows that hold nothing but what a form has prepared are none; how many is a
    warning.

    Raises:
        Unreadable: no CSV, a line or a cell too long, no commas, too many rows.

    """
    lines = _lines(text, limits)
    top = list(islice(lines, TITLES))
    titles = _titles(top, columns)
    header = trimmed(top[titles]) if top else []
    found = columns_of(header, columns, errors)
    below = chain(top[titles + 1 :], lines)
    rows = [row_of(cells, len(header), found, limits) for cells in below]
    if not titles:
        return rows
    prepared = {column.name for column in found.values() if column.type == "code"}
    filled = [row for row in rows if not (isinstance(row, RawObject) and row.keys() <= prepared)]
    warn_of_blank_rows(len(rows) - len(filled), errors)
    return filled


def _titles(top: Sequence[Sequence[str]], columns: Mapping[str, Field]) -> int:
    """Return how many lines are titles: a header below them names a column."""
    count = sum(1 for _ in takewhile(lambda cells: sum(map(bool, cells)) == 1, top))
    if count < len(top) and any(column_of(cell, columns) for cell in top[count]):
        return count
    return 0


def _lines(text: str, limits: Limits) -> Iterator[list[str]]:
    """Yield the cells of the header and of each row; blank lines are no rows."""
    reader = csv.reader(short_lines(text), strict=True)
    rows, blank = -1, 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            reason = (f"{error} (line {reader.line_num})", f"第{reader.line_num}行有误")
            raise Unreadable("bad-request", "malformed", format="CSV", reason=reason) from None
        if cells is None:
            return
        if any(cells):
            rows += 1
            yield cells
        else:
            blank += 1
        if max(rows, blank) > limits.rows:
            raise too_many_rows(limits.rows)


def short_lines(text: str) -> Iterator[str]:
    """Yield the lines with their ends. A stream of a text would take four bytes a character.

    Raises:
        Unreadable: one is too long.

    """
    for found in _LINE.finditer(text):
        if found.end() - found.start() > LONGEST_LINE:
            raise Unreadable("too-large", "too-large", limit=LONGEST_LINE)
        yield found[0]


def trimmed(header: list[str]) -> list[str]:
    """Return a header without the empty cells that spreadsheets leave at its end."""
    width = len(header)
    while width and not header[width - 1].strip():
        width -= 1
    return header[:width]


def row_of(cells: list[str], width: int, columns: Mapping[int, Field], limits: Limits) -> object:
    """Return the row that the cells of one line make."""
    if len(cells) > width and not any(cells[width:]):
        cells = cells[:width]
    if len(cells) != width:
        return Invalid("wrong-column-count", count=len(cells), expected=width)
    given = [(column, cells[place]) for place, column in columns.items() if cells[place]]
    return nested([(column, value_of(column, cell, limits)) for column, cell in given])
