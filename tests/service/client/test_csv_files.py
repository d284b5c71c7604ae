"""CSV files as clerks save them, taken apart into records and sent as UTF-8."""

import csv
from pathlib import Path

import pytest

from duibiao.client import RowFile, Unreadable, open_file

HEADER = "case_no,outcome,comment\n"


def saved(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "cases.csv"
    path.write_bytes(text.encode(encoding))
    return path


def sent(path: Path) -> str:
    source = open_file(path)
    return source.format.body(source.rows()).decode()


def contents(source: RowFile) -> list[bytes]:
    return [row.content for row in source.rows()]


def test_a_plain_file(tmp_path: Path) -> None:
    source = open_file(saved(tmp_path, HEADER + "1,open,a\n2,open,b\n"))

    assert source.columns == ("case_no", "outcome", "comment")
    assert source.count == 2
    assert contents(source) == [b"1,open,a\n", b"2,open,b\n"]
    assert source.format.head == b"case_no,outcome,comment\n"
    assert source.format.media == "text/csv; charset=utf-8"


def test_the_rows_are_the_same_every_time(tmp_path: Path) -> None:
    source = open_file(saved(tmp_path, HEADER + "1,open,a\n2,open,b\n"))

    assert list(source.rows()) == list(source.rows())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_that_spreadsheets_save_in(tmp_path: Path, encoding: str) -> None:
    source = open_file(saved(tmp_path, HEADER + "1,open,补正材料𠮷\n", encoding))

    assert source.columns[0] == "case_no"
    assert [row.decode() for row in contents(source)] == ["1,open,补正材料𠮷\n"]


def test_the_encoding_is_found_over_the_whole_file(tmp_path: Path) -> None:
    # 联通 in GB18030 is also sound UTF-8; only the last row tells.
    text = HEADER + "1,open,联通\n" * 3 + "2,open,中国\n"

    assert sent(saved(tmp_path, text, "gb18030")) == text


def test_text_in_neither_encoding_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_bytes(HEADER.encode() + b"1,open,\xff\xff\xff\n")

    with pytest.raises(Unreadable, match="neither UTF-8 nor GB18030") as unreadable:
        open_file(path)
    assert "GB18030" in unreadable.value.reason_zh


def test_line_ends_of_windows_and_line_breaks_in_cells(tmp_path: Path) -> None:
    text = 'case_no,comment\r\n1,"two\r\nlines"\r\n2,"a ""quoted"" word"\r\n'

    source = open_file(saved(tmp_path, text))

    assert source.count == 2
    assert contents(source) == [b'1,"two\r\nlines"\n', b'2,"a ""quoted"" word"\n']


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    source = open_file(saved(tmp_path, "\n" + HEADER + "\n1,open,a\n\r\n2,open,b\n\n"))

    assert source.count == 2


def test_a_row_with_too_few_or_too_many_cells_is_sent_as_it_is(tmp_path: Path) -> None:
    assert sent(saved(tmp_path, HEADER + "1,open\n2,open,b,c\n")) == HEADER + "1,open\n2,open,b,c\n"


def test_column_names_lose_the_spaces_around_them(tmp_path: Path) -> None:
    source = open_file(saved(tmp_path, " case_no , outcome\n1,open\n"))

    assert source.columns == ("case_no", "outcome")


def test_added_columns_are_left_out(tmp_path: Path) -> None:
    text = "_行号,_错误,_errors,case_no,outcome\n7,时间有误,[bad-time] …,1,open\n"

    source = open_file(saved(tmp_path, text))

    assert source.columns == ("case_no", "outcome")
    assert sent(source.path) == "case_no,outcome\n1,open\n"


def test_added_columns_are_left_out_wherever_they_were_moved(tmp_path: Path) -> None:
    text = "case_no,_errors,outcome,_行号\n1,[bad-time],open,7\n"

    assert sent(saved(tmp_path, text)) == "case_no,outcome\n1,open\n"


def test_a_column_of_ones_own_is_the_products_business(tmp_path: Path) -> None:
    assert sent(saved(tmp_path, "case_no,_mine\n1,x\n")) == "case_no,_mine\n1,x\n"


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_unreadable(tmp_path: Path, text: str) -> None:
    with pytest.raises(Unreadable, match="empty"):
        open_file(saved(tmp_path, text))


def test_a_header_alone_holds_no_rows(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="no rows"):
        open_file(saved(tmp_path, HEADER))


def test_a_quote_that_never_ends_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as unreadable:
        open_file(saved(tmp_path, HEADER + '1,open,a\n2,open,"b\n'))

    assert unreadable.value.line == 3


def test_a_cell_that_is_a_whole_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="field larger"):
        open_file(saved(tmp_path, HEADER + "1,open," + "x" * 200_000 + "\n"))


def test_a_row_is_found_where_a_spreadsheet_shows_it(tmp_path: Path) -> None:
    source = open_file(saved(tmp_path, HEADER + "1,open,a\n"))

    assert [row.line for row in source.rows()] == [2]


def test_what_is_sent_reads_as_what_was_saved(tmp_path: Path) -> None:
    path = saved(tmp_path, HEADER + '1,open,"a, b"\n2," ",""\n3,=1+1,\'x\n')

    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(sent(path).splitlines())) == list(csv.reader(file))


FORM = """指标报送表,,,
带*的栏必填,,,
"指标 *
indicator","期间 *
period","数值
value",说明
x,2021Q1,,
x,2021Q2,5,
,,,
x,2021Q3,,不适用
"""


def test_of_a_form_saved_as_csv_the_titles_and_blank_rows_stay_behind(tmp_path: Path) -> None:
    source = open_file(saved(tmp_path, FORM, "gb18030"))

    assert source.count == 2
    assert [row.decode() for row in contents(source)] == ["x,2021Q2,5,\n", "x,2021Q3,,不适用\n"]
    assert (
        source.format.head.decode() == '"指标 *\nindicator","期间 *\nperiod","数值\nvalue",说明\n'
    )
    assert [row.line for row in source.rows()] == [5, 7]


def test_blank_records_are_no_rows_and_count_as_lines(tmp_path: Path) -> None:
    """The product counts no blank record, so one that was sent would shift the rows behind it."""
    source = open_file(saved(tmp_path, HEADER + "1,open,a\n,,\n2,open,b\n\n3,open,c\n"))

    assert sent(source.path) == HEADER + "1,open,a\n2,open,b\n3,open,c\n"
    assert [row.line for row in source.rows()] == [2, 4, 6]
