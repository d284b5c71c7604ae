"""The errors file: the refused rows of a file, to be mended and sent again.

CSV for CSV (UTF-8 with a mark, so that spreadsheets show it right), a workbook for a workbook, else
NDJSON. The added columns stand first, so a row with too many or too few cells stays as it was; in
workbooks, where every cell has its column, they stand last.
"""

import csv
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import IO, Final
from uuid import uuid4

from duibiao.client.answers import Fault
from duibiao.client.files import RowFile
from duibiao.client.marked_book import marked_copy
from duibiao.client.mending import LINE, REASON, REASON_ZH, RefusedRow, annotated, reasons

_MARK: Final = "\ufeff"
_OURS: Final = re.compile(r"(.+)\.errors(?:-[0-9]+)?\.(?:csv|ndjson|xlsx)")


def write_errors(source: RowFile, refused: Iterable[RefusedRow]) -> Path | None:
    """Write the errors file beside its source; return where it is, None where no row is refused.

    A file that is there already may be half mended, so it stays and the new one gets a number.
    OSError where it cannot be written.
    """
    rows = iter(refused)
    first = next(rows, None)
    if first is None:
        return None
    if source.form.opaque:
        listed = [first, *rows]
        marked = marked_copy(source.path, listed)
        if marked is not None:
            return _kept(source.path, ".xlsx", lambda file: file.write(marked))
        rows, first = iter(listed[1:]), listed[0]
    tabular = source.form.opaque or source.form.suffix == ".csv"
    write = _write_csv if tabular else _write_ndjson

    def text(file: IO[bytes]) -> None:
        lines = io.TextIOWrapper(file, "utf-8", newline="")
        write(lines, source, _chained(first, rows))
        lines.detach()  # which writes what is left, and leaves the file open

    return _kept(source.path, ".csv" if tabular else ".ndjson", text)


def _kept(source: Path, suffix: str, write: Callable[[IO[bytes]], object]) -> Path:
    """Write a file beside its source, which is there whole or not at all."""
    part = source.with_name(f".{source.name}.{uuid4().hex}.part")
    with part.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    path = _free(source, suffix)
    part.replace(path)
    return path


def refused_of(source: RowFile, faults: dict[int, tuple[Fault, ...]]) -> Iterator[RefusedRow]:
    """Yield those rows of a file that have faults, by their place in it."""
    if source.form.opaque:
        yield from (RefusedRow(index, "", told) for index, told in faults.items())
        return
    for index, row in enumerate(source.rows()):
        if index in faults:
            yield RefusedRow(index, row.decode(), faults[index])


def _chained(first: RefusedRow, rest: Iterator[RefusedRow]) -> Iterator[RefusedRow]:
    yield first
    yield from rest


def _write_csv(file: IO[str], source: RowFile, rows: Iterator[RefusedRow]) -> None:
    file.write(_MARK)
    writer = csv.writer(file)
    writer.writerow([LINE, REASON_ZH, REASON, *source.columns])
    for row in rows:
        cells = next(csv.reader(io.StringIO(row.row, newline="")), [])
        writer.writerow([source.line_of(row.index), *reasons(row.faults), *cells])


def _write_ndjson(file: IO[str], source: RowFile, rows: Iterator[RefusedRow]) -> None:
    for row in rows:
        text = annotated(row.row, source.line_of(row.index), row.faults)
        # No string of a sound row holds a line break; one between members may become a space.
        file.write(text.replace("\r", " ").replace("\n", " ") + "\n")


def _free(path: Path, suffix: str) -> Path:
    ours = _OURS.fullmatch(path.name)
    name = ours[1] if ours else path.name
    for number in count(1):
        free = path.with_name(f"{name}.errors{'' if number == 1 else f'-{number}'}{suffix}")
        if not free.exists():
            return free
    raise AssertionError("there are more numbers than files")
