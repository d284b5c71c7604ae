"""Error files: the rejected rows of a file with their errors, to be corrected and sent again.

CSV for CSV (UTF-8 with BOM, as spreadsheet programs need), an ErrorWorkbook for a workbook, else
NDJSON. The added columns are in front, so a row with too many or too few cells keeps its cells.
"""

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator
from itertools import chain, count
from pathlib import Path
from typing import Final

from duibiao.client.annotations import LINE, REASON, REASON_ZH, annotated, reasons
from duibiao.client.cursor import RejectedRow
from duibiao.client.files import RowFile, Table, WorkbookFile, csv_line
from duibiao.client.workbook import error_workbook

_BOM: Final = b"\xef\xbb\xbf"
_ERROR_FILE: Final = re.compile(r"(.+)\.errors(?:-[0-9]+)?\.(?:csv|ndjson|xlsx)")


def write_errors(source: RowFile, rejected: Iterable[RejectedRow]) -> Path | None:
    """Write the error file beside its source and return its path; None without rejected rows.

    An existing error file may be half corrected, so it is kept and the new one gets a number.
    """
    rows = iter(rejected)
    first = next(rows, None)
    if first is None:
        return None
    rows = chain([first], rows)
    if isinstance(source, WorkbookFile):
        listed = list(rows)
        copy = error_workbook(source.path, {row.line: reasons(row.errors) for row in listed})
        if copy is not None:
            return _write(source.path, ".xlsx", [copy])
        return _write(source.path, ".csv", csv_with_errors((), listed))
    if isinstance(source, Table):
        return _write(source.path, ".csv", csv_with_errors(source.columns, rows))
    lines = (f"{annotated(row.row, row.line, row.errors)}\n".encode() for row in rows)
    return _write(source.path, ".ndjson", lines)


def csv_with_errors(columns: tuple[str, ...], rows: Iterable[RejectedRow]) -> Iterator[bytes]:
    """Yield the lines of a CSV file of rows of a table, with the columns added."""
    yield _BOM + csv_line([LINE, REASON_ZH, REASON, *columns])
    for row in rows:
        cells = next(csv.reader(io.StringIO(row.row, newline="")), [])
        yield csv_line([str(row.line), *reasons(row.errors), *cells])


def _write(source: Path, suffix: str, pieces: Iterable[bytes]) -> Path:
    """Write a file beside its source, which exists as a whole or not at all."""
    known = _ERROR_FILE.fullmatch(source.name)
    name = known[1] if known else source.name
    names = (f"{name}.errors{'' if n == 1 else f'-{n}'}{suffix}" for n in count(1))
    path = next(path for path in map(source.with_name, names) if not path.exists())
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())
    return part.replace(path)
