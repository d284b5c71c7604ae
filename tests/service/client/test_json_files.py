"""NDJSON and JSON files: rows as they were written, read a piece at a time."""

from pathlib import Path

import pytest

from duibiao.client import Unreadable, open_file
from duibiao.client.rows import MOST_BYTES


def saved(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows(folder: Path, name: str, content: str | bytes) -> list[str]:
    source = open_file(saved(folder, name, content))
    found = [row.content.decode() for row in source.rows()]
    assert source.count == len(found)
    return found


def unreadable(folder: Path, name: str, content: str | bytes) -> Unreadable:
    with pytest.raises(Unreadable) as error:
        open_file(saved(folder, name, content))
    assert error.value.reason_zh
    return error.value


@pytest.mark.parametrize("name", ["a.ndjson", "a.jsonl", "A.NDJSON"])
def test_a_line_is_a_row(tmp_path: Path, name: str) -> None:
    assert rows(tmp_path, name, '{"a":1}\n{"a": 2}\n') == ['{"a":1}', '{"a": 2}']


def test_the_last_line_needs_no_end(tmp_path: Path) -> None:
    assert rows(tmp_path, "a.ndjson", '{"a":1}\r\n{"a":2}') == ['{"a":1}', '{"a":2}']


def test_blank_lines_and_a_mark_are_no_rows(tmp_path: Path) -> None:
    assert rows(tmp_path, "a.ndjson", '\ufeff{"a":1}\n\n  \t\n{"a":2}\n\n') == [
        '{"a":1}',
        '{"a":2}',
    ]


def test_a_line_that_is_no_json_is_sent_to_be_refused_by_itself(tmp_path: Path) -> None:
    assert rows(tmp_path, "a.ndjson", '{"a":1}\n{"a":\n[]\n') == ['{"a":1}', '{"a":', "[]"]


def test_the_names_of_the_first_row_are_the_columns(tmp_path: Path) -> None:
    source = open_file(saved(tmp_path, "a.ndjson", '{"case_no":"1","outcome":"open"}\n{"b":1}'))

    assert source.columns == ("case_no", "outcome")


def test_a_first_line_that_is_no_object_has_no_columns(tmp_path: Path) -> None:
    assert open_file(saved(tmp_path, "a.ndjson", "5\n")).columns == ()


def test_a_line_in_another_encoding_is_told(tmp_path: Path) -> None:
    content = b'{"a":1}\n' + '{"a":"中国"}'.encode("gb18030")

    assert unreadable(tmp_path, "a.ndjson", content).line == 2


def test_a_line_without_end_is_not_read_into_memory(tmp_path: Path) -> None:
    content = b'{"a":1}\n' + b"x" * (MOST_BYTES + 1)

    assert unreadable(tmp_path, "a.ndjson", content).line == 2


def test_added_members_are_left_out(tmp_path: Path) -> None:
    content = '{"_行号": 4, "_错误": "时间有误", "_errors": "[bad-time]", "case_no":"1"}\n'

    assert rows(tmp_path, "a.ndjson", content) == ['{"case_no":"1"}']


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('[{"a":1},{"a":2}]', ['{"a":1}', '{"a":2}']),
        (' [ {"a" : 1 } ,\n\t{"a":2}\n]\n ', ['{"a" : 1 }', '{"a":2}']),
        ('{"a":1}', ['{"a":1}']),
        (' {"a":[1,{"b":"]},{"}]}\n', ['{"a":[1,{"b":"]},{"}]}']),
        ('\ufeff[{"a":1}]', ['{"a":1}']),
        ('[{"a":"\\""},{"a":"\\\\"}]', ['{"a":"\\""}', '{"a":"\\\\"}']),
        ("[1,2.50,true,null]", ["1", "2.50", "true", "null"]),
    ],
)
def test_the_elements_of_an_array(tmp_path: Path, content: str, expected: list[str]) -> None:
    assert rows(tmp_path, "a.json", content) == expected


def test_numbers_and_repeated_names_stay_as_they_were_written(tmp_path: Path) -> None:
    row = '{"value":5.50,"value":0.12345678901234567890,"n":' + "9" * 5000 + "}"

    assert rows(tmp_path, "a.json", f"[{row}]") == [row]


def test_elements_longer_than_what_is_read_at_once(tmp_path: Path) -> None:
    long = ['{"a":"' + "长" * 100_000 + '"}', '{"b":1}', '{"c":"' + "x" * 200_000 + '"}']

    assert rows(tmp_path, "a.json", "[" + ",\n".join(long) + "]") == long


def test_many_elements(tmp_path: Path) -> None:
    many = [f'{{"case_no":"{number}"}}' for number in range(20_000)]

    assert rows(tmp_path, "a.json", "[" + ", ".join(many) + "]") == many


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('[{"a":1}\n{"a":2}]', 2),
        ('[{"a":1},\n\n{"a":}]', 3),
        ('[{"a":1},]', 1),
        ('[{"a":1}', 1),
        ('[{"a":1}]\n[]', 2),
        ('{"a":1} {"a":2}', 1),
        ("[", 1),
        ("{", 1),
        ("nothing", 1),
        ("[" * 100_000, 1),
    ],
)
def test_broken_json_is_told_with_its_line(tmp_path: Path, content: str, line: int) -> None:
    assert unreadable(tmp_path, "a.json", content).line == line


@pytest.mark.parametrize("content", [b'[{"a":"\xff"}]', "[{}]".encode("utf-16")])
def test_json_in_another_encoding(tmp_path: Path, content: bytes) -> None:
    assert "UTF-8" in unreadable(tmp_path, "a.json", content).reason


@pytest.mark.parametrize(
    ("name", "content"), [("a.json", ""), ("a.json", "[]"), ("a.json", " \n"), ("a.ndjson", "\n")]
)
def test_a_file_without_rows(tmp_path: Path, name: str, content: str) -> None:
    assert "no rows" in unreadable(tmp_path, name, content).reason


@pytest.mark.parametrize("name", ["a.xls", "a.ODS", "a.et", "a.xlsm"])
def test_files_of_other_spreadsheet_programs_are_to_be_saved_as_workbooks(
    tmp_path: Path, name: str
) -> None:
    told = unreadable(tmp_path, name, "PK")
    assert "save it as an Excel workbook (.xlsx)" in told.reason
    assert "另存为Excel工作簿（.xlsx）" in told.reason_zh


@pytest.mark.parametrize("name", ["a.txt", "a", "a.csv.gz"])
def test_other_formats_are_not_taken(tmp_path: Path, name: str) -> None:
    assert ".csv, .ndjson" in unreadable(tmp_path, name, "a").reason


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_file(tmp_path / "gone.csv")


def test_a_workbook_goes_as_it_is(tmp_path: Path) -> None:
    content = b"PK\x03\x04 and so on"

    source = open_file(saved(tmp_path, "a.xlsx", content))

    assert source.count is None
    assert source.format.body(source.rows()) == content


def test_a_workbook_that_is_none(tmp_path: Path) -> None:
    assert "xlsx" in unreadable(tmp_path, "a.xlsx", "case_no\n1\n").reason


def test_where_a_row_is_found(tmp_path: Path) -> None:
    ndjson = open_file(saved(tmp_path, "a.ndjson", "{}\n\n{}\n"))
    assert [row.line for row in ndjson.rows()] == [1, 3]
    json = open_file(saved(tmp_path, "a.json", "[{},\n{}]"))
    assert [row.line for row in json.rows()] == [1, 2]
