"""Bodies of every format, from sound to broken, as Hypothesis draws them.

Most begin as a sound row, whose fields are then changed, and become bytes that
are then damaged: so that every layer, from unpacking to the rules of the register, sees some.
"""

import csv
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import Any

import xlsxwriter
import zstandard
from hypothesis import strategies as st

from services.ingest.domain.context import Kind
from services.ingest.domain.rows import ROWS

Row = dict[str, Any]
Bytes = st.SearchStrategy[bytes]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA_TYPES = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "xlsx": XLSX,
}
WORDS = (
    *("export-rebate-days", "mortgage-registration-days", "tax-bureau", "610100", "610112"),
    *("2021", "2021S1", "2021Q1", "202103", "20210325", "2021Q5", "9999Q4"),
    *(
        "2021-03-01",
        "2021-03-05T16:00:00+08:00",
        "9999-12-31T23:59:59Z",
        "0001-01-01",
        "2021-02-30",
    ),
    *("normal", "not_applicable", "completed", "open", "in_progress", "done", "1.2", "6.3"),
    *("5.5", "-0", "1e400", "NaN", "0x10", "五", "true", "null", "", " ", "\0", "\x1f", "\u202e"),
    *("=1+1", "13812345678", "长" * 300, "[]", "{}", '{"a": 1}', "\ufeff", "\ud800", "😀"),
)
TEXTS = st.sampled_from(WORDS) | st.text(max_size=12)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.integers()
    | st.floats()
    | st.decimals(0, 400, places=2).map(float)
    | TEXTS
)
VALUES = (
    SCALARS
    | st.lists(SCALARS, max_size=3)
    | st.dictionaries(TEXTS, SCALARS, max_size=3)
    | st.sampled_from(([{"from": "2021-03-01"}], {"days": 5, "document": "x"}, [[[[[[[[[]]]]]]]]]))
)
EXAMPLES: Mapping[Kind, Row] = {
    "observation": {
        "indicator": "export-rebate-days",
        "period": "2021Q1",
        "value": 5.5,
        "sample_size": 120,
    },
    "case": {
        "case_no": "DJ-2021-000123",
        "indicator": "mortgage-registration-days",
        "region": "610112",
        "accepted_at": "2021-03-01T09:30:00",
        "completed_at": "2021-03-05T16:00:00",
        "outcome": "completed",
    },
    "progress_report": {
        "measure": "1.2",
        "period": "2021Q1",
        "state": "in_progress",
        "summary": "按计划推进",
    },
}
ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "gb18030", "utf-16", "latin-1")


def rows(kind: Kind) -> st.SearchStrategy[list[Row]]:
    """Draw a few rows: the example with some fields changed, some left out, some made up."""
    names = st.sampled_from([*ROWS[kind].fields, "pauses", "labels", "年份"]) | TEXTS
    changes = st.dictionaries(names, VALUES, max_size=4)
    left_out = st.sets(st.sampled_from([*ROWS[kind].fields]), max_size=2)

    def row(changed: Row, without: set[str]) -> Row:
        whole = {**EXAMPLES[kind], **changed}
        return {name: value for name, value in whole.items() if name not in without}

    return st.lists(st.builds(row, changes, left_out), max_size=4)


@st.composite
def damaged(draw: st.DrawFn, bodies: Bytes) -> bytes:
    """Draw a body as it is, as often one that lost, gained or changed a piece."""
    body = draw(bodies)
    for _ in range(draw(st.sampled_from((0, 0, 0, 0, 0, 1, 2)))):
        begin = draw(st.integers(0, len(body)))
        end = draw(st.integers(begin, min(len(body), begin + 20)) | st.just(len(body)))
        body = body[:begin] + draw(st.binary(max_size=6)) + body[end:]
    return body


def json_bodies(kind: Kind) -> Bytes:
    """Draw JSON: one row, a list, or any value."""
    either = rows(kind) | rows(kind).map(lambda found: found[0] if found else {}) | VALUES
    return st.builds(_json, either, st.booleans())


def ndjson_bodies(kind: Kind) -> Bytes:
    """Draw lines of JSON, ended in the ways of different systems."""
    lines = rows(kind) | st.lists(VALUES, max_size=4)
    ends = st.sampled_from((b"\n", b"\r\n", b"\n\n", b" "))
    return st.builds(
        lambda found, end: end.join(_json(one, plain=True) for one in found) + end, lines, ends
    )


def csv_bodies(kind: Kind) -> Bytes:
    """Draw a table as text, with names or Chinese headings, in the encodings people save."""
    titles = {column.name: column.heading for column in ROWS[kind].columns.values()}
    return st.builds(
        lambda found, mark, chinese, encoding: table(found, mark, titles if chinese else {}).encode(
            encoding, "replace"
        ),
        rows(kind),
        st.sampled_from((",", ",", ",", ";", "\t")),
        st.booleans(),
        st.sampled_from(ENCODINGS),
    )


def workbooks(kind: Kind) -> Bytes:
    """Draw a workbook with real dates, formulas, errors and merged cells among the rows."""
    oddities = st.sets(st.sampled_from(("date", "formula", "error", "merged", "title")), max_size=2)
    return st.builds(workbook, rows(kind), oddities)


_PLAIN = {"json": json_bodies, "ndjson": ndjson_bodies, "csv": csv_bodies, "xlsx": workbooks}


def bodies(kind: Kind, form: str) -> Bytes:
    """Draw bodies of one format, whole and damaged, and now and then any bytes at all."""
    likely = damaged(_PLAIN[form](kind))
    return st.one_of(*[likely] * 9, st.binary(max_size=40))


def packed(kind: Kind, coding: str) -> st.SearchStrategy[tuple[str, bytes]]:
    """Draw (format, body) packed by gzip or zstd: whole, damaged, twice over, several in a row."""
    # No time of packing: the same draw is the same bytes.
    gzipped = partial(gzip.compress, mtime=0)
    pack = gzipped if coding == "gzip" else zstandard.ZstdCompressor().compress
    ways = st.sampled_from(
        (
            pack,
            pack,
            lambda body: pack(body[:10]) + pack(body[10:]),
            lambda body: pack(pack(body)),
            lambda body: pack(body + b" " * 1_000_000),
            lambda body: pack(body) + b"rest",
        )
    )

    def of(form: str) -> st.SearchStrategy[tuple[str, bytes]]:
        whole = st.builds(lambda body, way: way(body), bodies(kind, form), ways)
        return st.tuples(st.just(form), damaged(whole))

    return st.one_of([of(form) for form in ("json", "ndjson", "csv")])


def _json(value: object, plain: bool) -> bytes:  # noqa: FBT001 - drawn
    text = json.dumps(value, ensure_ascii=not plain)
    return text.encode("utf-8", "surrogatepass")


def table(
    found: Sequence[Row], mark: str = ",", titles: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Return rows as CSV, columns under their titles."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=mark)
    columns = list(dict.fromkeys(name for row in found for name in row))
    writer.writerow([titles.get(name, name) for name in columns])
    for row in found:
        writer.writerow([_cell(row.get(name)) for name in columns])
    return text.getvalue()


def _cell(value: object) -> object:
    return json.dumps(value) if isinstance(value, list | dict) else value


def workbook(found: Sequence[Row], oddities: AbstractSet[str] = frozenset()) -> bytes:
    """Return rows as a workbook."""
    file = io.BytesIO()
    options = {"in_memory": True, "nan_inf_to_errors": True, "strings_to_formulas": False}
    with xlsxwriter.Workbook(file, options) as book:
        # So that the same draw is the same bytes.
        book.set_properties({"created": datetime(2021, 3, 25, tzinfo=UTC)})
        sheet = book.add_worksheet()
        columns = list(dict.fromkeys(name for row in found for name in row))
        first = 1 if "title" in oddities else 0
        if first:
            sheet.write_string(0, 0, "报送表")
        for at, name in enumerate(columns):
            sheet.write_string(first, at, _writable(name))
        for line, row in enumerate(found, first + 1):
            for at, name in enumerate(columns):
                _write(sheet, line, at, row.get(name))
        _make_odd(book, sheet, oddities)
    return file.getvalue()


def _write(sheet: Any, line: int, at: int, value: object) -> None:  # noqa: ANN401 - untyped library
    match value:
        case None:
            pass
        case bool():
            sheet.write_boolean(line, at, value)
        case int() | float() if abs(value) < 10**15:
            sheet.write_number(line, at, value)
        case _:
            sheet.write_string(line, at, _writable(str(_cell(value))))


def _writable(text: str) -> str:
    """Return the text without halves of characters, which no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _make_odd(book: Any, sheet: Any, oddities: AbstractSet[str]) -> None:  # noqa: ANN401 - untyped library
    if "date" in oddities:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_datetime(2, 1, datetime(2021, 3, 25, tzinfo=UTC).replace(tzinfo=None), day)
    if "formula" in oddities:
        sheet.write_formula(2, 2, "=1+1", None, "")
    if "error" in oddities:
        sheet.write_formula(2, 0, "=1/0", None, "#DIV/0!")
    if "merged" in oddities:
        sheet.merge_range(1, 0, 2, 1, "合并")
