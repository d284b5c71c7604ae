"""Lists for spreadsheets: CSV and workbooks, in which no text is taken for a formula.

Their first line holds the headings. Times stand as people in Asia/Shanghai read them.
"""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import chain, islice
from typing import Any, Final

from fastapi import Response
from starlette.responses import StreamingResponse

from duibiao.workdays import SHANGHAI

CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_LINES_AT_ONCE: Final = 1_000

Lines = Iterable[Iterable[object]]


def exported(kind: str) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of an answer that is such a file."""
    schema = {"type": "string", "format": "binary"}
    return {200: {"content": {kind: {"schema": schema}}, "description": "台账 The whole list"}}


def as_csv(lines: Lines) -> Response:
    """Return lines as CSV, sent while they are read."""
    marked = chain([BOM_UTF8], chunks(map(_csv_line, lines)))  # spreadsheets then take it for UTF-8
    return StreamingResponse(marked, media_type=f"{CSV}; charset=utf-8")


def as_xlsx(title: str, lines: Lines) -> Response:
    """Return lines as a workbook with one sheet."""
    import xlsxwriter  # noqa: PLC0415 - slow to import, and rarely needed

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet(title)
    sheet.set_row(0, None, book.add_format({"bold": True}))
    sheet.freeze_panes(1, 0)
    for row, line in enumerate(lines):
        for column, value in enumerate(map(_shown, line)):
            if isinstance(value, str):
                sheet.write_string(row, column, value)
            elif value is not None:
                sheet.write_number(row, column, value)
    book.close()
    return Response(file.getvalue(), media_type=XLSX)


def chunks(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines joined to pieces for a stream: each piece goes through another thread."""
    rest = iter(lines)
    while chunk := b"".join(islice(rest, _LINES_AT_ONCE)):
        yield chunk


def _csv_line(line: Iterable[object]) -> bytes:
    text = io.StringIO()
    shown = map(_shown, line)
    safe = (f"'{v}" if isinstance(v, str) and v.startswith(_FORMULA) else v for v in shown)
    csv.writer(text).writerow(safe)
    return text.getvalue().encode()


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else value
