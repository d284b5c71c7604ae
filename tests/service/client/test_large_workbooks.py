"""Workbooks with more rows than a submission holds are sent as rows of CSV."""

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from duibiao.client import (
    RejectedRow,
    RowError,
    RowFile,
    Unreadable,
    files,
    open_file,
    write_errors,
)
from tests.support.spreadsheets import saved, sheet_of

MARCH = date(2021, 3, 1)
HEADING = ["办件编号", "受理时间", "办结时间", "数值"]
ROWS = 5


@pytest.fixture(autouse=True)
def few_rows_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_ROWS", ROWS - 1)


def large(folder: Path, *first: Sequence[object], formats: dict[str, str] | None = None) -> Path:
    """Save a form with a title, headings and so many rows, some of them given."""
    more: list[Sequence[object]] = [["c", None, None, 1]] * (ROWS - len(first))
    book, sheet = sheet_of(["办件登记表"], HEADING, *first, *more)
    for cell, form in (formats or {}).items():
        sheet[cell].number_format = form
    hidden: Any = book.create_sheet("旧", 0)
    hidden.sheet_state = "hidden"
    path = folder / "a.xlsx"
    path.write_bytes(saved(book))
    return path


def contents(source: RowFile, count: int) -> list[str]:
    rows = [row.content.decode().rstrip("\n") for row in source.rows()]
    assert len(rows) == source.count == ROWS
    return rows[:count]


def test_cells_become_what_a_csv_file_would_hold(tmp_path: Path) -> None:
    given: list[list[object]] = [
        ["1.10", datetime.combine(MARCH, time(9, 30)), date(2021, 3, 8), 0.955],
        [202103, datetime.combine(MARCH, time.min), "是, 否", 6.3],
        [" 甲 ", None, True, 1e-05],
        [123456789012345678, None, None, 1234567890],
    ]
    source = open_file(large(tmp_path, *given, formats={"D3": "0.0%"}))

    assert source.columns == tuple(HEADING)
    assert contents(source, 4) == [
        "1.10,2021-03-01 09:30:00,2021-03-08,95.5%",
        '202103,2021-03-01,"是, 否",6.3',
        "甲,,true,0.00001",
        # The spreadsheet has lost the last digits, which the product rejects in this form.
        "1.23457E+17,,,1234567890",
    ]
    assert [row.line for row in source.rows()][:2] == [3, 4]


def test_a_formula_without_its_value_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="the formula in B3 has no saved value") as unreadable:
        open_file(large(tmp_path, ["1", "=DATE(2021,3,20)", None, None]))
    assert "单元格B3为公式" in unreadable.value.reason_zh


def test_its_rejected_rows_become_csv(tmp_path: Path) -> None:
    source = open_file(large(tmp_path))
    row = next(source.rows())
    errors = (RowError("bad-time", "No time.", "时间有误。"),)

    written = write_errors(source, [RejectedRow(row.line, row.content.decode(), errors)])

    assert written is not None
    assert written.read_text(encoding="utf-8-sig").splitlines() == [
        "_行号,_错误,_errors,办件编号,受理时间,办结时间,数值",
        "3,时间有误,[bad-time] No time,c,,,1",
    ]


def test_a_broken_workbook_above_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04" + bytes(8 * 1024 * 1024))

    with pytest.raises(Unreadable, match="save it as CSV"):
        open_file(path)
