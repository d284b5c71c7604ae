"""Bodies taken apart: encodings, JSON, NDJSON, CSV; nothing is judged here."""

import json

import pytest

from services.ingest.adapters.formats import Unreadable, media_type, read_rows
from services.ingest.adapters.formats.jsontext import MOST_VALUES, parse
from services.ingest.domain.errors import RowErrors
from services.ingest.domain.raw import Invalid, Number, Percent, RawObject
from services.ingest.domain.rows import ROWS, Field
from services.ingest.domain.submission import Format, Media
from tests.support.ingest import LIMITS

COLUMNS = {
    **{name: Field(name, "name") for name in ("a", "b")},
    "value": Field("value", "figure"),
    "zero_report": Field("zero_report", "flag"),
    "pauses": Field("pauses", "objects"),
}
CASES, FIGURES = ROWS["case"].columns, ROWS["observation"].columns


def rows(form: Format, body: str | bytes, flaws: RowErrors | None = None) -> list[object]:
    encoded = body if isinstance(body, bytes) else body.encode()
    media = Media(form, None if form == "csv" else "utf-8")
    told = RowErrors() if flaws is None else flaws
    return list(read_rows(media, encoded, COLUMNS, LIMITS, told).rows)


def refusal(form: Format, body: str | bytes) -> tuple[str, str]:
    with pytest.raises(Unreadable) as caught:
        rows(form, body)
    return caught.value.problem, caught.value.error.code


def broken(row: object) -> str:
    assert isinstance(row, Invalid)
    return row.code


def test_titles_above_the_header_of_csv_are_looked_over() -> None:
    """As a form has them that was saved as CSV: one filled cell in a line."""
    below = "a,b,value\n1,2,3\n"
    plain = rows("csv", below)
    assert rows("csv", f"报送表,,\n说明,,\n{below}") == plain
    assert rows("csv", f"报送表\n{below}") == plain


def test_lines_above_what_is_no_header_are_no_titles() -> None:
    flaws = RowErrors()
    rows("csv", "报送表,,\nx,y,z\n1,2,3\n", flaws)
    assert {flaw.names["field"] for flaw in flaws.kept if flaw.code == "unknown-field"} == {
        "报送表"
    }
    assert refusal("csv", "a;b;value\n1;2;3,5\n") == ("invalid", "wrong-separator")


def test_prepared_rows_of_a_form_as_csv_are_no_rows_where_they_were_left_blank() -> None:
    media = Media("csv", None)
    table = "indicator,period,value\nx,2021Q1,\nx,2021Q2,5\n"
    for title, count in (("报送表,,\n", 1), ("", 2)):
        flaws = RowErrors()
        read = read_rows(media, (title + table).encode(), FIGURES, LIMITS, flaws)
        assert len(list(read.rows)) == count
        told = [(flaw.code, flaw.names["count"]) for flaw in flaws.warnings]
        assert told == ([("prepared-rows-blank", 1)] if title else [])


def test_a_percent_sign_in_a_table_is_read_and_elsewhere_is_none() -> None:
    (row,) = rows("csv", "a,value\n5%,95.50%\n")
    assert row == {"a": "5%", "value": Number("95.50")}
    assert isinstance(row, RawObject)
    assert isinstance(row["value"], Percent)


@pytest.mark.parametrize("number", ["2.02E+17", "2.021E+017", "2E+15"])
def test_a_case_number_that_a_spreadsheet_cut_short_is_refused(number: str) -> None:
    body = f"case_no,indicator\n{number},x\nA2.02E+17,x\n".encode()
    first, second = read_rows(Media("csv", None), body, CASES, LIMITS, RowErrors()).rows
    assert isinstance(first, RawObject)
    assert broken(first["case_no"]) == "digits-lost"
    assert second == {"case_no": "A2.02E+17", "indicator": "x"}


@pytest.mark.parametrize(
    "media",
    [
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.ms-excel",
        "application/vnd.ms-excel.sheet.macroEnabled.12",
    ],
)
def test_other_spreadsheets_are_to_be_saved_as_workbooks(media: str) -> None:
    with pytest.raises(Unreadable) as caught:
        media_type(media)
    assert caught.value.problem == "unsupported-media-type"
    assert caught.value.error.code == "workbook-other"


def test_json_keeps_numbers_as_written_and_keys_as_they_came() -> None:
    (row,) = rows("json", '{"a": 5.50, "b": [1e3, NaN, true, null, "x"], "a": {"c": -0}}')
    assert row == {"a": {"c": Number("-0")}, "b": [Number("1e3"), Number("NaN"), True, None, "x"]}
    assert isinstance(row, RawObject)
    assert row.repeated == ("a",)


def test_an_array_is_many_rows_and_anything_else_is_one() -> None:
    assert rows("json", '[{"a": 1}, null]') == [{"a": Number("1")}, None]
    assert rows("json", "5") == [Number("5")]
    assert rows("json", " null ") == [None]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("", ("bad-request", "empty-body")),
        ("\ufeff\n", ("bad-request", "empty-body")),
        ("\ufeff", ("bad-request", "empty-body")),
        ("{", ("bad-request", "malformed")),
        ("{}}", ("bad-request", "malformed")),
        ('{"a": "\n"}', ("bad-request", "malformed")),
        ("\x00", ("bad-request", "malformed")),
        ("nul", ("bad-request", "malformed")),
        (b'"\xff"', ("bad-request", "bad-encoding")),
        ("[" * 9, ("bad-request", "too-deep")),
        ("[" + "1," * 50 + "1]", ("too-large", "too-many-rows")),
        ('{"a": [' + "1," * 1000 + "1]}", ("too-large", "too-many")),
    ],
)
def test_json_that_is_refused_as_a_whole(body: str | bytes, problem: tuple[str, str]) -> None:
    assert refusal("json", body) == problem


def test_malformed_json_names_the_place_in_both_languages() -> None:
    with pytest.raises(Unreadable) as caught:
        rows("json", '[{"a": 1},\n {"a" 2}]')
    reason = str(caught.value.error.names["reason"])
    assert "line 2, column 7" in reason
    assert "第2行第7列" in reason


def test_the_position_of_a_bad_byte_is_told() -> None:
    with pytest.raises(Unreadable) as caught:
        rows("json", b'{"a": "\xff"}')
    assert caught.value.error.names == {"encoding": "UTF-8", "position": 8}


@pytest.mark.parametrize(
    "text",
    [
        '"[[[[[[[[[["',
        '{"a": "{{{{{{{{{{\\"[[[[[[[[", "b": "\\\\"}',
        '["' + '","'.join(["[", "{", ","] * 16) + '"]',
    ],
)
def test_brackets_inside_texts_do_not_count(text: str) -> None:
    parse(text, LIMITS, array=text[0] == "[")
    json.loads(text)


def test_the_deepest_and_the_fullest_that_still_fit() -> None:
    parse("[" * 8 + "]" * 8, LIMITS, array=True)
    parse("[" + "1," * 49 + "1]", LIMITS, array=True)
    row = '{"a":[' + "1," * (MOST_VALUES - 1) + "1]}"
    parse(f"[{row},{row}]", LIMITS, array=True)


@pytest.mark.parametrize("text", ['"' + '\\"' * 200_000, '"' * 200_001, '"\\' * 100_000])
def test_endless_texts_are_measured_in_one_pass(text: str) -> None:
    with pytest.raises(Unreadable, match="malformed"):
        parse(text, LIMITS, array=True)


def test_ndjson_is_one_row_a_line() -> None:
    body = '{"a": 1}\n\r\n  \n{"a":\r\n[1]\n{"a": 1} {}\n{"a": 2}'
    first, cut_off, array, two, last = rows("ndjson", body)
    assert (first, array, last) == ({"a": Number("1")}, [Number("1")], {"a": Number("2")})
    assert (broken(cut_off), broken(two)) == ("malformed", "malformed")


def test_a_line_too_deep_or_too_full_is_one_bad_row() -> None:
    deep, full, good = rows("ndjson", "[" * 9 + "\n[" + "1," * 1000 + "1]\n{}")
    assert (broken(deep), broken(full), good) == ("too-deep", "too-many", {})


def test_ndjson_with_too_many_lines() -> None:
    assert refusal("ndjson", "{}\n" * 51) == ("too-large", "too-many-rows")
    assert refusal("ndjson", "\n" * 5_000 + "{}") == ("too-large", "too-many-rows")
    assert len(rows("ndjson", "{}\n" * 50)) == 50


def test_csv_cells_become_what_their_columns_hold() -> None:
    body = (
        " a ,value,zero_report,pauses\r\n"
        'x, 5.50 ,TRUE,"[{""from"": ""2021-03-01""}]"\r\n'
        "\r\n"
        ",,false,\r\n"
        '"1\n2",x,maybe,{'
    )
    first, second, third = rows("csv", body)
    assert first == {
        "a": "x",
        "value": Number("5.50"),
        "zero_report": True,
        "pauses": [{"from": "2021-03-01"}],
    }
    assert second == {"zero_report": False}
    assert isinstance(third, RawObject)
    assert (third["a"], third["value"], third["zero_report"]) == ("1\n2", Number("x"), "maybe")
    assert broken(third["pauses"]) == "malformed"


def test_csv_rows_of_the_wrong_width_are_bad_rows() -> None:
    short, right, long = rows("csv", "a,b\n1\n1,2\n1,2,3\n")
    assert (broken(short), right, broken(long)) == (
        "wrong-column-count",
        {"a": "1", "b": "2"},
        "wrong-column-count",
    )


def test_columns_that_are_unknown_or_twice_bar_the_request_and_the_rest_is_read() -> None:
    flaws = RowErrors()
    assert rows("csv", "a,mood,a,b\n1,2,3,4\n", flaws) == [{"a": "1", "b": "4"}]
    assert [(flaw.code, flaw.pointer, flaw.index) for flaw in flaws.listed()] == [
        ("unknown-field", "/mood", None),
        ("duplicate-column", "/a", None),
    ]
    assert flaws.barred


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('a,b\n"1,2\n', ("bad-request", "malformed")),
        ('a,b\n"1"2,3\n', ("bad-request", "malformed")),
        ("a\n" + "1\n" * 51, ("too-large", "too-many-rows")),
        ("a" * 131_073, ("too-large", "too-large")),
        (b"\xff\xff", ("bad-request", "bad-encoding")),
    ],
)
def test_csv_that_is_refused_as_a_whole(body: str | bytes, problem: tuple[str, str]) -> None:
    assert refusal("csv", body) == problem


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_csv_is_utf8_if_it_can_be_else_gb18030(encoding: str) -> None:
    assert rows("csv", "a\n证照联办\n".encode(encoding)) == [{"a": "证照联办"}]


@pytest.mark.parametrize(
    ("header", "media"),
    [
        ("application/json", Media("json", "utf-8")),
        ("Application/JSON ; charset=UTF-8", Media("json", "utf-8")),
        ('application/x-ndjson; charset="utf8"', Media("ndjson", "utf-8")),
        ("text/csv", Media("csv", None)),
        ("text/csv; header=present", Media("csv", None)),
        ("text/csv; charset=utf-8", Media("csv", "utf-8")),
        ("text/csv; charset=GB2312", Media("csv", "gb18030")),
        ("text/csv;charset=gb18030", Media("csv", "gb18030")),
    ],
)
def test_media_types_that_are_taken(header: str, media: Media) -> None:
    assert media_type(header) == media


@pytest.mark.parametrize(
    "header", ["", "text/html", "text/csv; charset=big5", "application/json; charset=gb18030"]
)
def test_media_types_that_are_not(header: str) -> None:
    with pytest.raises(Unreadable) as caught:
        media_type(header)
    assert caught.value.problem == "unsupported-media-type"


def test_a_declared_encoding_is_believed() -> None:
    media = Media("csv", "utf-8")
    with pytest.raises(Unreadable, match="bad-encoding"):
        read_rows(media, "a\n证照联办".encode("gbk"), COLUMNS, LIMITS, RowErrors())
