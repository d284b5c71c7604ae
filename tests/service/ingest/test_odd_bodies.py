"""Odd bodies: each gets a 4xx problem in two languages, nothing is kept, and nothing breaks."""

import gzip
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from services.ingest.domain.context import Kind
from services.ingest.domain.submission import Format
from tests.service.ingest.service import Desk, assert_problem
from tests.support.ingest import KINDS, case, figure, report

FORMATS: tuple[Format, ...] = ("json", "ndjson", "csv")
SOUND: dict[Kind, Callable[..., dict[str, Any]]] = {
    "observation": figure,
    "case": case,
    "progress_report": report,
}

# JSON texts where a value is expected; in CSV the same text is the content of a cell.
ODD_NUMBERS = {
    "NaN": "NaN",
    "infinity": "-Infinity",
    "1e999": "1e999",
    "true": "true",
    "text": '"5"',
    "negative": "-1",
    "5000 digits": "9" * 5000,
    "5000 digits of nothing": "0." + "0" * 5000 + "1",
    "an exponent of 5000 digits": "1e" + "9" * 5000,
    "list": "[5]",
    "object": '{"value": 5}',
    "sixteen digits": "1.000000000000001",
    "hexadecimal": "0x10",
    "leading zero": "007",
    "grouped": "1_000",
}
ODD_TEXTS = {
    "lone surrogate": '"\\ud800"',
    "swapped surrogates": '"\\udc00\\ud800"',
    "NUL": '"a\\u0000b"',
    "control character": '"a\\u001bb"',
    "number": "5",
    "flag": "true",
    "very long": json.dumps("长" * 6000),
    "blank": '"   "',
    "list": "[]",
}


def json_body(kind: Kind, field: str, value: str, form: Format) -> bytes:
    row = {name: json.dumps(other) for name, other in SOUND[kind]().items()} | {field: value}
    text = "{" + ",".join(f'"{name}":{other}' for name, other in row.items()) + "}"
    return (f"[{text}]" if form == "json" else text).encode()


def csv_body(kind: Kind, field: str, value: str) -> bytes:
    row = {**SOUND[kind](), field: value}
    cells = ['"' + str(cell).replace('"', '""') + '"' for cell in row.values()]
    return (",".join(row) + "\n" + ",".join(cells) + "\n").encode("utf-8", "surrogatepass")


def refuse(
    desk: Desk,
    kind: Kind,
    form: Format,
    body: bytes,
    *,
    by: str = "tax",
    headers: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    answer = desk.post(kind, body, form=form, by=by, headers=headers)
    errors = assert_problem(answer, 400, 403, 413, 415, 422)
    assert desk.count("submissions") == 0
    assert desk.unsent() == 0
    return errors


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", ODD_NUMBERS)
def test_odd_number(one_desk: Desk, name: str, form: Format) -> None:
    value = ODD_NUMBERS[name]
    body = (
        csv_body("observation", "value", value)
        if form == "csv"
        else json_body("observation", "value", value, form)
    )
    refuse(one_desk, "observation", form, body)


@pytest.mark.parametrize("form", ["json", "ndjson"])
@pytest.mark.parametrize("name", ODD_TEXTS)
@pytest.mark.parametrize("kind", KINDS)
def test_odd_text(one_desk: Desk, kind: Kind, name: str, form: Format) -> None:
    for field in [field for field in SOUND[kind]() if field != "value"]:
        refuse(one_desk, kind, form, json_body(kind, field, ODD_TEXTS[name], form))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cell", ["\x00", "a\x1bb", "长" * 6000, "   "])
def test_odd_cell(one_desk: Desk, kind: Kind, cell: str) -> None:
    for field in SOUND[kind]():
        refuse(one_desk, kind, "csv", csv_body(kind, field, cell))


ODD_JSON = {
    "empty": b"",
    "blank": b" \n ",
    "null": b"null",
    "[null]": b"[null]",
    "[]": b"[]",
    "[[]]": b"[[]]",
    "true": b"true",
    "5": b"5",
    "text": b'"text"',
    "{}": b"{}",
    "cut off": b'[{"indicator": "da',
    "two values": b"{} {}",
    "100,000 open brackets": b"[" * 100_000,
    "100,000 open braces": b'{"a":' * 100_000,
    "100,000 brackets inside": b'[{"value":' + b"[" * 100_000 + b"]" * 100_000 + b"}]",
    "an endless string": b'"' + b'\\"' * 1_000_000,
    "a million values in a row": b'[{"a":[' + b"1," * 1_000_000 + b"1]}]",
    "a million empty rows": b"[" + b"{}," * 1_000_000 + b"{}]",
    "not UTF-8": b'[{"indicator": "\xff\xfe"}]',
    "UTF-16": '[{"indicator": "days"}]'.encode("utf-16"),
    "GBK": '[{"indicator": "天数"}]'.encode("gbk"),
    "surrogates as bytes": b'[{"indicator": "\xed\xa0\x80"}]',
    "a number alone of 5,000 digits": b"9" * 5000,
    "comment": b"[/* none */]",
    "single quotes": b"[{'indicator': 'days'}]",
    "trailing comma": b"[{},]",
    "NUL bytes": b"\x00\x00\x00\x00",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ODD_JSON)
@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_odd_json(one_desk: Desk, kind: Kind, name: str, form: Format) -> None:
    refuse(one_desk, kind, form, ODD_JSON[name])


NESTED = {
    "too deep": ('{"a":' + "[" * 12 + "]" * 12 + "}", 400, "too-deep"),
    "too many": ('{"a":[' + "1," * 1_500 + "1]}", 413, "too-many"),
    "not UTF-8": ('{"a":"\xff"}', 400, "bad-encoding"),
}


@pytest.mark.parametrize("field", ["labels", "pauses", "extension"])
@pytest.mark.parametrize("name", NESTED)
def test_odd_nested_value(one_desk: Desk, name: str, field: str) -> None:
    value, status, code = NESTED[name]
    for nested in (value, f"[{value}]"):
        body = json_body("case", field, nested, "json").decode().encode("latin-1")
        answer = one_desk.post("case", body, form="json")
        assert [error["code"] for error in assert_problem(answer, status)] == [code]
        assert one_desk.count("submissions") == 0


@pytest.mark.parametrize("form", FORMATS)
def test_a_mark_and_nothing_is_an_empty_body(one_desk: Desk, form: Format) -> None:
    answer = one_desk.post("case", b"\xef\xbb\xbf", form=form)
    assert [error["code"] for error in assert_problem(answer, 400)] == ["empty-body"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_duplicate_keys(one_desk: Desk, kind: Kind, form: Format) -> None:
    name, value = next(iter(SOUND[kind]().items()))
    row = json.dumps(SOUND[kind]())
    for colon in (":", " :", ": "):
        twice = f'{row[:-1]},"{name}"{colon}{json.dumps(value)}}}'.encode()
        errors = refuse(one_desk, kind, form, twice)
        assert [(error["code"], error["index"]) for error in errors] == [("duplicate-key", 0)]


ODD_TABLES = {
    "empty": b"",
    "a mark and nothing": b"\xef\xbb\xbf",
    "only a header": b"indicator,period,value\n",
    "an unknown column": b"indicator,period,colour\n1,2,3\n",
    "a column twice": b"indicator,indicator\n1,2\n",
    "no column at all": b"\n\n\n",
    "too few cells": b"indicator,period,value\ndays\n",
    "too many cells": b"indicator,period,value\ndays,2021Q1,5,6\n",
    "an open quote": b'indicator,period,value\n"days,2021Q1,5\n',
    "text after a quote": b'indicator,period,value\n"days"x,2021Q1,5\n',
    "neither UTF-8 nor GB18030": b"indicator,period,value\n\xff\xff,2021Q1,5\n",
    "UTF-16": "indicator,period,value\ndays,2021Q1,5\n".encode("utf-16"),
    "NUL": b"indicator,period,value\n\x00,2021Q1,5\n",
    "a line without end": b"indicator," * 200_000,
    "a cell without end": b"indicator\n" + b"x" * 200_000,
    "a million empty rows": b"indicator\n" + b"x\n" * 1_000_000,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ODD_TABLES)
def test_odd_table(one_desk: Desk, kind: Kind, name: str) -> None:
    refuse(one_desk, kind, "csv", ODD_TABLES[name])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMATS)
def test_one_row_too_many(one_desk: Desk, kind: Kind, form: Format) -> None:
    rows = [SOUND[kind]()] * 10_001
    if form == "csv":
        lines = [",".join(rows[0]), *[",".join(map(str, row.values())) for row in rows]]
        body = "\n".join(lines).encode()
    elif form == "ndjson":
        body = "\n".join(json.dumps(row) for row in rows).encode()
    else:
        body = json.dumps(rows).encode()
    errors = refuse(one_desk, kind, form, body)
    assert [error["code"] for error in errors] == ["too-many-rows"]


UNKNOWN: dict[Kind, dict[str, Any]] = {
    "observation": {"indicator": "weather", "region": "110000", "period": "2021W1"},
    "case": {"indicator": "weather", "region": "110000", "outcome": "lost"},
    "progress_report": {"measure": "99.9", "milestone": "99.9-a", "state": "maybe"},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMATS)
def test_unknown_codes_and_fields_are_all_told(one_desk: Desk, kind: Kind, form: Format) -> None:
    row = SOUND[kind]() | UNKNOWN[kind] | {"weather": "fine", "org": "nobody"}
    if form == "csv":
        body = (",".join(row) + "\n" + ",".join(map(str, row.values()))).encode()
    else:
        body = json.dumps(row).encode()
    errors = refuse(one_desk, kind, form, body, by="office")
    told = {error["pointer"] for error in errors}
    expected = {f"/{field}" for field in [*UNKNOWN[kind], "weather", "org"]}
    # Of an unknown measure nobody can say which milestones it has.
    assert told == expected - {"/milestone"}


def bomb(unpacked: int) -> bytes:
    """Return `unpacked` zeros as gzip, about a thousandth of their size."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as stream:
        for _ in range(unpacked // 1_000_000):
            stream.write(bytes(1_000_000))
    return packed.getvalue()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_gzip_that_is_none_or_cut_off(one_desk: Desk, kind: Kind, form: Format) -> None:
    sound = gzip.compress(json.dumps(SOUND[kind]()).encode())
    gzipped = {"Content-Encoding": "gzip"}
    for body in (b"", b"plain", sound[:-1], sound[:10], sound + b"more", sound[:-8] + bytes(8)):
        errors = refuse(one_desk, kind, form, body, headers=gzipped)
        assert [error["code"] for error in errors] == ["bad-compression"]


def test_a_bomb_of_300_megabytes_never_unfolds(one_desk: Desk) -> None:
    body = bomb(300_000_000)
    assert len(body) < 400_000
    errors = refuse(one_desk, "observation", "json", body, headers={"Content-Encoding": "gzip"})
    assert [error["code"] for error in errors] == ["ratio-too-large"]


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip", "zstd, gzip", "gzip;q=1"])
def test_a_coding_that_is_not_taken(one_desk: Desk, coding: str) -> None:
    answer = one_desk.post("case", gzip.compress(b"[]"), headers={"Content-Encoding": coding})
    errors = assert_problem(answer, 415)
    assert [error["code"] for error in errors] == ["unsupported-encoding"]
    assert answer.headers["Accept-Encoding"] == "gzip, zstd"


@pytest.mark.parametrize(
    "media", ["", "text/plain", "application/xml", "application/json; charset=gbk", "json", ";"]
)
def test_a_media_type_that_is_not_taken(one_desk: Desk, media: str) -> None:
    answer = one_desk.post("case", case(), headers={"Content-Type": media})
    errors = assert_problem(answer, 415)
    assert [error["code"] for error in errors] == ["unsupported-media-type"]
