"""The error file beside a file: corrected, it is sent like any other."""

import csv
import json
from pathlib import Path

from duibiao.client import RejectedRow, RowError, open_file, write_errors

LATE = RowError("bad-time", "No time.", "时间有误。")
WORD = RowError("not-one-of", "No such word.", "用词有误。")


def saved(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def errors_of(path: Path, faults: dict[int, tuple[RowError, ...]]) -> Path:
    source = open_file(path)
    rejected = (
        RejectedRow(row.line, row.content.decode(), faults[index])
        for index, row in enumerate(source.rows())
        if index in faults
    )
    written = write_errors(source, rejected)
    assert written is not None
    return written


def sent(path: Path) -> str:
    source = open_file(path)
    return source.format.body(source.rows()).decode()


def test_csv_for_csv(tmp_path: Path) -> None:
    path = saved(tmp_path, "办件.csv", 'case_no,comment\n1,a\n2,"b, c"\n3,d\n')

    written = errors_of(path, {1: (LATE, WORD), 2: (WORD,)})

    assert written == tmp_path / "办件.csv.errors.csv"
    with written.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [
            ["_行号", "_错误", "_errors", "case_no", "comment"],
            [
                "3",
                "时间有误；用词有误",
                "[bad-time] No time; [not-one-of] No such word",
                "2",
                "b, c",
            ],
            ["4", "用词有误", "[not-one-of] No such word", "3", "d"],
        ]


def test_spreadsheets_see_that_it_is_utf_8(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.csv", "case_no,comment\n1,中国\n".encode("gb18030"))

    assert errors_of(path, {0: (LATE,)}).read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_corrected_csv_holds_the_rows_alone(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.csv", 'case_no,comment\n1,a\n2,"two\nlines"\n')

    assert sent(errors_of(path, {1: (LATE,)})) == 'case_no,comment\n2,"two\nlines"\n'


def test_a_row_of_another_length_stays_so(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.csv", "case_no,comment\n1\n2,a,b,c\n")

    assert sent(errors_of(path, {0: (LATE,), 1: (LATE,)})) == "case_no,comment\n1\n2,a,b,c\n"


def test_ndjson_for_ndjson(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.ndjson", '{"case_no":"1"}\n{"case_no":"2"}\n')

    written = errors_of(path, {1: (LATE,)})

    assert written == tmp_path / "a.ndjson.errors.ndjson"
    (line,) = written.read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == {
        "_行号": 2,
        "_错误": "时间有误",
        "_errors": "[bad-time] No time",
        "case_no": "2",
    }
    assert sent(written) == '{"case_no":"2"}\n'


def test_ndjson_for_json_each_row_on_a_line(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.json", '[{"case_no":\r\n "1"},\n {"case_no":"2"}]')

    written = errors_of(path, {0: (LATE,), 1: (LATE,)})

    assert written.name == "a.json.errors.ndjson"
    assert len(written.read_text(encoding="utf-8").splitlines()) == 2
    assert [json.loads(row.content) for row in open_file(written).rows()] == [
        {"case_no": "1"},
        {"case_no": "2"},
    ]


def test_a_workbook_that_cannot_be_edited_gets_a_list_of_its_errors(tmp_path: Path) -> None:
    source = open_file(saved(tmp_path, "a.xlsx", b"PK\x03\x04"))

    written = write_errors(source, [RejectedRow(6, "", (LATE,))])

    assert written is not None
    assert written.name == "a.xlsx.errors.csv"
    assert written.read_text(encoding="utf-8-sig").splitlines() == [
        "_行号,_错误,_errors",
        "6,时间有误,[bad-time] No time",
    ]


def test_no_rejected_rows_no_file(tmp_path: Path) -> None:
    source = open_file(saved(tmp_path, "a.csv", "case_no\n1\n"))

    assert write_errors(source, iter(())) is None
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_half_corrected_file_is_never_written_over(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.csv", "case_no\n1\n")
    saved(tmp_path, "a.csv.errors.csv", "half corrected")

    first, second = errors_of(path, {0: (LATE,)}), errors_of(path, {0: (LATE,)})

    assert (first.name, second.name) == ("a.csv.errors-2.csv", "a.csv.errors-3.csv")
    assert (tmp_path / "a.csv.errors.csv").read_text(encoding="utf-8") == "half corrected"


def test_errors_of_an_error_file_keep_the_name_of_the_first(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.csv", "case_no\n1\n")

    second = errors_of(errors_of(path, {0: (LATE,)}), {0: (LATE,)})

    assert second.name == "a.csv.errors-2.csv"
    assert second.read_text(encoding="utf-8-sig").splitlines()[0] == "_行号,_错误,_errors,case_no"


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    errors_of(saved(tmp_path, "a.csv", "case_no\n1\n"), {0: (LATE,)})

    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.csv.errors.csv"]
