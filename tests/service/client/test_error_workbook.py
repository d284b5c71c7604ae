"""ErrorWorkbook: what stays in the copy, what goes, and when there is no copy."""

import io
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from duibiao.client import RejectedRow, RowError, open_file, write_errors
from duibiao.client.workbook import error_workbook, without_lines
from tests.support.spreadsheets import saved, sheet_of

NAMES = ["case_no", "indicator", "days"]


def rejected(line: int) -> RejectedRow:
    error = RowError(
        "bad-time", f"Row {line} of the sheet: no <time>.", f"工作表第{line}行：时间有误。"
    )
    return RejectedRow(line, "", (error,))


def book_of(tmp_path: Path) -> Path:
    book, sheet = sheet_of(["标题"], NAMES, ["a", "x", 0.5], ["b", "x", 0.7], ["c", "x", "=1+1"])
    sheet["C4"].number_format = "0%"
    hidden = book.create_sheet("旧", 0)
    hidden.sheet_state = "hidden"
    path = tmp_path / "a.xlsx"
    path.write_bytes(saved(book))
    return path


def test_only_rejected_rows_stay_in_their_lines_and_formats(tmp_path: Path) -> None:
    written = write_errors(open_file(book_of(tmp_path)), [rejected(4), rejected(5)])

    assert written is not None
    assert written.name == "a.xlsx.errors.xlsx"
    sheet = load_workbook(written)["Sheet1"]
    lines = list(sheet.iter_rows(values_only=True))
    assert lines[0][0] == "标题"
    assert lines[1] == (*NAMES, "_错误", "_errors")
    assert lines[2] == (None,) * 5
    assert lines[3][:3] == ("b", "x", 0.7)
    assert lines[3][3:] == ("工作表第4行：时间有误", "[bad-time] Row 4 of the sheet: no <time>")
    assert sheet["C4"].number_format == "0%"
    assert lines[4][:3] == ("c", "x", None)  # the formula is gone, and it had no value


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"", b"PK\x05\x06" + bytes(18)])
def test_no_copy_of_what_is_no_workbook(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    assert error_workbook(path, {4: ("误", "bad")}) is None
    assert without_lines(content, {4}) is None


def test_a_copy_without_some_lines(tmp_path: Path) -> None:
    fewer = without_lines(book_of(tmp_path).read_bytes(), {3, 5})

    assert fewer is not None
    lines = list(load_workbook(io.BytesIO(fewer))["Sheet1"].iter_rows(values_only=True))
    assert lines[1:] == [tuple(NAMES), (None,) * 3, ("b", "x", 0.7)]


def test_merged_cells_in_emptied_lines_are_no_more(tmp_path: Path) -> None:
    book, sheet = sheet_of(NAMES, *([f"c-{line}", "x", 1] for line in range(2, 5)))
    sheet.merge_cells("A2:B2")
    path = tmp_path / "a.xlsx"
    path.write_bytes(saved(book))

    written = write_errors(open_file(path), [rejected(4)])

    assert written is not None
    assert list(load_workbook(written)["Sheet1"].merged_cells.ranges) == []


def test_the_lines_of_other_rows_are_hidden_and_the_reasons_have_room(tmp_path: Path) -> None:
    book, sheet = sheet_of(NAMES, *([f"c-{line}", "x", 1] for line in range(2, 9)))
    sheet.row_dimensions[5].hidden = True  # as a filter leaves it
    path = tmp_path / "a.xlsx"
    path.write_bytes(saved(book))

    written = write_errors(open_file(path), [rejected(5), rejected(8)])

    assert written is not None
    copy = load_workbook(written)["Sheet1"]
    shown = [line for line in range(1, 9) if not copy.row_dimensions[line].hidden]
    assert shown == [1, 5, 8]
    assert [copy.column_dimensions[letter].width for letter in "DE"] == [60, 60]
    assert copy["D1"].style_id == copy["C1"].style_id


def test_reasons_of_an_earlier_errors_file_give_way_to_new_ones(tmp_path: Path) -> None:
    old = ["_错误", "_errors"]
    book, _ = sheet_of([*NAMES, *old], ["a", "x", 1, "旧一", "old"], ["b", "x", 2, "旧二", "old"])
    path = tmp_path / "a.xlsx"
    path.write_bytes(saved(book))

    written = write_errors(open_file(path), [rejected(3)])

    assert written is not None
    lines = list(load_workbook(written)["Sheet1"].iter_rows(values_only=True))
    assert lines[0] == (*NAMES, *old)
    assert lines[2][:4] == ("b", "x", 2, "工作表第3行：时间有误")


def test_the_sheet_is_not_looked_through_once_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """openpyxl looks at every cell whenever it is asked how far the sheet goes."""
    looks = list[int]()

    def max_column(_: Worksheet) -> int:
        looks.append(1)
        return len(NAMES)

    rows = [[f"c-{line}", "x", 1] for line in range(300)]
    path = tmp_path / "a.xlsx"
    path.write_bytes(saved(sheet_of(NAMES, *rows)[0]))
    monkeypatch.setattr(Worksheet, "max_column", property(max_column))

    assert write_errors(open_file(path), [rejected(line) for line in range(2, 250)]) is not None
    assert without_lines(path.read_bytes(), set(range(2, 250))) is not None
    assert 0 < len(looks) < 50
