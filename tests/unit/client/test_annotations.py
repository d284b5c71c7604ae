"""Rows with reasons beside them, and the same rows without them again."""

import json

import pytest

from duibiao.client import RowError
from duibiao.client.annotations import annotated, members_of, reasons, without_added

LATE = RowError("bad-time", "accepted_at is no time.", "“accepted_at”不是有效的时间。")
WORD = RowError("not-one-of", "outcome must be one of …", "“outcome”只能是……之一。")


def test_reasons_are_one_line_in_each_language() -> None:
    assert reasons([LATE, WORD]) == (
        "“accepted_at”不是有效的时间；“outcome”只能是……之一",
        "[bad-time] accepted_at is no time; [not-one-of] outcome must be one of …",
    )


def test_no_reasons() -> None:
    assert reasons([]) == ("", "")


def test_the_reasons_stand_before_the_row() -> None:
    text = annotated('{"case_no":"7"}', 8, [LATE])

    assert list(json.loads(text).items()) == [
        ("_行号", 8),
        ("_错误", "“accepted_at”不是有效的时间"),
        ("_errors", "[bad-time] accepted_at is no time"),
        ("case_no", "7"),
    ]


@pytest.mark.parametrize("row", ["{}", '{"a":1}', '{ "a" : 1.50 , "b":[{"_行号":1}] }'])
def test_a_corrected_row_is_sent_as_it_was(row: str) -> None:
    sent = without_added(annotated(row, 1, [LATE]).encode()).decode()

    assert json.loads(sent) == json.loads(row)


def test_no_digit_is_lost() -> None:
    row = '{"value":5.50,"n":12345678901234567890.123456789}'

    assert without_added(annotated(row, 1, [LATE]).encode()).decode() == row


def test_a_repeated_name_is_left_for_the_product_to_reject() -> None:
    shown = annotated('{"value":5.5,"value":6.5}', 1, [LATE]).encode()

    assert b'"value":5.5,"value":6.5' in shown
    assert without_added(shown) == shown


@pytest.mark.parametrize("row", ["not json", '{"a":', "[1]", "5", '"text"', '{"a":1} more'])
def test_a_row_that_is_no_object_is_kept_as_text(row: str) -> None:
    text = annotated(row, 3, [LATE])

    assert json.loads(text)["_原文"] == row
    assert without_added(text.encode()) == b"{}"


@pytest.mark.parametrize(
    "row",
    [
        b'{"a":1}',
        b'{ "a" : 1 }',
        b'{"_mine":1}',
        b'{"a":{"_errors":1}}',
        b'{"a":"\\"_errors\\""}',
        b'["_errors"]',
        b'{"_errors":',
        b'{"_errors": "\xff"}',
        b"",
    ],
)
def test_a_row_without_added_members_is_not_touched(row: bytes) -> None:
    assert without_added(row) == row


def test_added_members_go_wherever_they_stand() -> None:
    row = '{"a":1,"_errors":"x","b":2,"_错误":"y"}'.encode()

    assert without_added(row) == b'{"a":1,"b":2}'


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("{}", {}),
        ('{"a" : [1, {"b": 2}] ,"c":null}', {"a": b'[1, {"b": 2}]', "c": b"null"}),
        ('{"\\u4e2d":"\\n"}', {"中": b'"\\n"'}),
    ],
)
def test_members_of_an_object(text: str, members: dict[str, bytes]) -> None:
    found = members_of(text.encode())
    assert found is not None
    assert {name: bytes(value) for name, value in found.items()} == members


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '{"a":1,}', "{}{}", '{"a":' * 100_000])
def test_what_is_no_object_has_no_members(text: str) -> None:
    assert members_of(text.encode()) is None
