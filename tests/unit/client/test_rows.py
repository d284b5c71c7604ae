"""Rows as JSON, to the digit; and their division into requests."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType

import pytest

from duibiao.client.rows import JSON, NDJSON, Format, Objects, Row, Splitter, encoded


@dataclass(frozen=True, slots=True)
class Figure:
    indicator: str
    value: Decimal
    stated_at: datetime
    region: str | None = None


def test_a_mapping_becomes_an_object() -> None:
    assert encoded({"indicator": "a", "value": 5}) == b'{"indicator":"a","value":5}'


def test_any_mapping_will_do() -> None:
    row: Mapping[str, object] = MappingProxyType({"labels": MappingProxyType({"a": "b"})})

    assert encoded(row) == b'{"labels":{"a":"b"}}'


def test_a_dataclass_becomes_an_object() -> None:
    row = Figure("a", Decimal("5.50"), datetime(2021, 6, 1, 4, tzinfo=UTC))

    assert encoded(row) == (
        b'{"indicator":"a","value":5.50,"stated_at":"2021-06-01T04:00:00Z","region":null}'
    )


@pytest.mark.parametrize("figure", ["5.5", "0.1", "123456789012345", "99.99999999999", "0"])
def test_a_decimal_keeps_its_digits(figure: str) -> None:
    assert encoded({"value": Decimal(figure)}) == f'{{"value":{figure}}}'.encode()


def test_days_and_nested_values() -> None:
    row = {"done_on": date(2021, 3, 25), "pauses": ({"from": "2021-01-01"},), "zero_report": True}

    assert json.loads(encoded(row)) == {
        "done_on": "2021-03-25",
        "pauses": [{"from": "2021-01-01"}],
        "zero_report": True,
    }


def test_chinese_stays_chinese() -> None:
    assert encoded({"comment": "不适用"}).decode() == '{"comment":"不适用"}'


@pytest.mark.parametrize("figure", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_figure_is_not_sent_as_nothing(figure: float) -> None:
    with pytest.raises(ValueError, match="value"):
        encoded({"value": figure})


@pytest.mark.parametrize("row", ["text", b"bytes", 5, None, [1], Figure])
def test_a_row_is_a_mapping_or_a_dataclass(row: object) -> None:
    with pytest.raises(TypeError, match="a row is"):
        encoded(row)


def test_a_value_that_json_cannot_hold() -> None:
    with pytest.raises(TypeError, match="must not contain"):
        encoded({"value": object()})


def contents(rows: object) -> list[bytes]:
    return [row.content for row in Objects(rows).rows()]


def test_one_row_or_many() -> None:
    row = {"case_no": "1"}
    figure = Figure("a", Decimal(1), datetime(2021, 1, 1, tzinfo=UTC))

    assert contents(row) == [encoded(row)]
    assert contents(figure) == [encoded(figure)]
    assert contents([row, figure]) == [encoded(row), encoded(figure)]
    assert contents(row for _ in range(2)) == [encoded(row)] * 2
    assert [one.line for one in Objects([row, row]).rows()] == [1, 2]


@pytest.mark.parametrize("rows", ["text", b"bytes", 5, None])
def test_what_are_no_rows(rows: object) -> None:
    with pytest.raises(TypeError, match="rows are"):
        Objects(rows)


def test_a_body_of_each_format() -> None:
    rows = [Row(1, b"{}"), Row(2, b"{}")]

    assert JSON.body(rows) == b"[{},{}]"
    assert NDJSON.body(rows) == b"{}\n{}\n"
    assert Format("text/csv", b"a\n").body([Row(2, b"1\n"), Row(3, b"2\n")]) == b"a\n1\n2\n"


def stream(*contents: bytes) -> Iterator[Row]:
    return (Row(line, content) for line, content in enumerate(contents, 1))


def numbers(count: int) -> Iterator[Row]:
    return stream(*(b"%d" % number for number in range(count)))


def divided(splitter: Splitter, rows: int, size: int = 1000) -> list[tuple[int, list[bytes]]]:
    batches = []
    while (batch := splitter.batch(rows, size)) is not None:
        batches.append((batch.first, [row.content for row in batch.rows]))
    return batches


def test_batches_hold_the_most_rows_and_the_rest() -> None:
    assert divided(Splitter(numbers(7)), 3) == [
        (0, [b"0", b"1", b"2"]),
        (3, [b"3", b"4", b"5"]),
        (6, [b"6"]),
    ]


def test_rows_that_end_with_a_batch() -> None:
    assert [len(rows) for _, rows in divided(Splitter(numbers(6)), 3)] == [3, 3]


def test_no_rows_are_no_batch() -> None:
    assert Splitter(numbers(0)).batch(3) is None


def test_a_batch_is_no_larger_than_allowed() -> None:
    rows = [b"x" * 40, b"y" * 40, b"z" * 40]

    assert divided(Splitter(stream(*rows)), 10, size=100) == [(0, rows[:2]), (2, rows[2:])]


def test_a_row_too_large_goes_alone() -> None:
    rows = [b"a", b"x" * 500, b"b"]

    assert divided(Splitter(stream(*rows)), 10, size=100) == [
        (0, [b"a"]),
        (1, [b"x" * 500]),
        (2, [b"b"]),
    ]


def test_a_later_start_leaves_out_the_rows_before() -> None:
    assert divided(Splitter(numbers(5), first=3), 10) == [(3, [b"3", b"4"])]


def test_a_start_beyond_the_end() -> None:
    assert Splitter(numbers(5), first=9).batch(10) is None


def test_what_is_taken_back_comes_again_with_what_follows() -> None:
    splitter = Splitter(numbers(7), first=1)
    batch = splitter.batch(4)
    assert batch is not None

    splitter.take_back(batch)

    assert divided(splitter, 3) == [(1, [b"1", b"2", b"3"]), (4, [b"4", b"5", b"6"])]
