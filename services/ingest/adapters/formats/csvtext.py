"""CSV as rows: a header row of field names, an empty cell for what is not given.

Cells of number columns become numbers as written, true and false become flags, and the nested
columns hold JSON. Everything else is text, to be judged like the same field in JSON.
"""

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from services.ingest.adapters.formats.jsontext import parse
from services.ingest.adapters.formats.unreadable import Unreadable, too_many_rows
from services.ingest.domain.flaws import Flaw, Flaws
from services.ingest.domain.terms import Limits
from services.ingest.domain.written import Broken, Number, Written, shown

NUMBERS: Final = frozenset({"value", "numerator", "denominator", "sample_size"})
FLAGS: Final = frozenset({"resolved", "zero_report"})
NESTED: Final = frozenset({"pauses", "extension", "labels"})
LONGEST_LINE: Final = 128 * 1024  # characters


def read_csv(text: str, fields: Collection[str], limits: Limits, flaws: Flaws) -> list[object]:
    """Return the rows; what is wrong with the header goes into `flaws` and bars the request.

    Raises:
        Unreadable: no CSV, a line or a cell too long, too many rows.

    """
    table = lines(text, limits)
    header = next(table, [])
    columns = columns_of(header, fields, flaws)
    return [row_of(cells, len(header), columns, limits) for cells in table]


def lines(text: str, limits: Limits) -> Iterator[list[str]]:
    """Yield the cells of the header and of each row; blank lines are no rows."""
    reader = csv.reader(_short_lines(text), strict=True)
    rows, blank = -1, 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            reason = (f"{error} (line {reader.line_num})", f"第{reader.line_num}行有误")
            raise Unreadable("bad-request", "malformed", format="CSV", reason=reason) from None
        if cells is None:
            return
        if cells:
            rows += 1
            yield cells
        else:
            blank += 1
        if max(rows, blank) > limits.rows:
            raise too_many_rows(limits.rows)


def _short_lines(text: str) -> Iterator[str]:
    for line in io.StringIO(text, newline=""):
        if len(line) > LONGEST_LINE:
            raise Unreadable("too-large", "too-large", limit=LONGEST_LINE)
        yield line


def columns_of(header: list[str], fields: Collection[str], flaws: Flaws) -> dict[int, str]:
    """Return the known columns by their place; tell those that are unknown or there twice."""
    columns: dict[int, str] = {}
    for place, name in enumerate(name.strip() for name in header):
        if name in columns.values():
            flaws.bar(Flaw("duplicate-column", f"/{shown(name)}", None, {"field": shown(name)}))
        elif name not in fields:
            flaws.bar(Flaw("unknown-field", f"/{shown(name)}", None, {"field": shown(name)}))
        else:
            columns[place] = name
    return columns


def row_of(cells: list[str], width: int, columns: Mapping[int, str], limits: Limits) -> object:
    """Return the row that the cells of one line make."""
    if len(cells) != width:
        return Broken("wrong-column-count", count=len(cells), expected=width)
    return Written(
        (name, _value(name, cells[place], limits))
        for place, name in columns.items()
        if cells[place]
    )


def flag_of(cell: str) -> bool | str:
    """Return what a cell of a flag column says; the cell itself where it is neither word."""
    word = cell.strip().lower()
    return word == "true" if word in ("true", "false") else cell


def _value(name: str, cell: str, limits: Limits) -> object:
    if name in NUMBERS:
        return Number(cell.strip())
    if name in FLAGS:
        return flag_of(cell)
    if name in NESTED:
        try:
            return parse(cell, limits)
        except Unreadable as reason:
            return Broken(reason.flaw.code, **reason.flaw.names)
    return cell
