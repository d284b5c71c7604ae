"""Rows as JSON, to the digit; and streams of rows cut into requests."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType

import pytest

from duibiao.client.bodies import JSON, NDJSON, Chunk, Cutter, Form, encoded, one_or_many


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
    with pytest.raises(TypeError, match="cannot stand"):
        encoded({"value": object()})


def test_one_row_or_many() -> None:
    row = {"case_no": "1"}
    figure = Figure("a", Decimal(1), datetime(2021, 1, 1, tzinfo=UTC))

    assert list(one_or_many(row)) == [row]
    assert list(one_or_many(figure)) == [figure]
    assert list(one_or_many([row, figure])) == [row, figure]
    assert list(one_or_many(row for _ in range(2))) == [row, row]


@pytest.mark.parametrize("rows", ["text", b"bytes", 5, None])
def test_what_are_no_rows(rows: object) -> None:
    with pytest.raises(TypeError, match="rows are"):
        list(one_or_many(rows))


def test_a_body_of_each_form() -> None:
    rows = [b"{}", b"{}"]

    assert JSON.body(rows) == b"[{},{}]"
    assert NDJSON.body(rows) == b"{}\n{}\n"
    assert Form("text/csv", ".csv", head=b"a\n").body([b"1\n", b"2\n"]) == b"a\n1\n2\n"


def stream(count: int) -> Iterator[bytes]:
    return (b"%d" % number for number in range(count))


def cut_all(cutter: Cutter, rows: int, size: int = 1000) -> list[Chunk]:
    chunks = []
    while (chunk := cutter.cut(rows, size)) is not None:
        chunks.append(chunk)
    return chunks


def test_chunks_hold_the_most_rows_and_the_rest() -> None:
    chunks = cut_all(Cutter(stream(7)), 3)

    assert chunks == [
        Chunk(0, (b"0", b"1", b"2")),
        Chunk(3, (b"3", b"4", b"5")),
        Chunk(6, (b"6",)),
    ]


def test_a_stream_that_ends_with_a_chunk() -> None:
    assert [len(chunk.rows) for chunk in cut_all(Cutter(stream(6)), 3)] == [3, 3]


def test_no_rows_are_no_chunk() -> None:
    assert Cutter(stream(0)).cut(3, 1000) is None


def test_a_chunk_is_no_larger_than_allowed() -> None:
    rows = [b"x" * 40, b"y" * 40, b"z" * 40]

    chunks = cut_all(Cutter(rows), 10, size=100)

    assert [chunk.rows for chunk in chunks] == [(rows[0], rows[1]), (rows[2],)]
    assert [chunk.first for chunk in chunks] == [0, 2]


def test_a_row_too_large_goes_alone() -> None:
    rows = [b"a", b"x" * 500, b"b"]

    assert [chunk.rows for chunk in cut_all(Cutter(rows), 10, size=100)] == [
        (b"a",),
        (b"x" * 500,),
        (b"b",),
    ]


def test_a_later_start_leaves_out_the_rows_before() -> None:
    assert cut_all(Cutter(stream(5), first=3), 10) == [Chunk(3, (b"3", b"4"))]


def test_a_start_beyond_the_end() -> None:
    assert Cutter(stream(5), first=9).cut(10, 1000) is None


@pytest.mark.parametrize(("rows", "left", "right"), [(2, 1, 1), (3, 2, 1), (10, 5, 5)])
def test_halves_are_the_same_rows(rows: int, left: int, right: int) -> None:
    chunk = Chunk(7, tuple(stream(rows)))

    first, second = chunk.halves()

    assert (len(first.rows), len(second.rows)) == (left, right)
    assert first.rows + second.rows == chunk.rows
    assert (first.first, second.first) == (7, 7 + left)
