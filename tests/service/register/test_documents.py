"""Reading YAML: what a value is, which line it stands in, and what YAML a register refuses."""

from datetime import date
from decimal import Decimal

import pytest

from duibiao.register.documents import Document, read_document
from duibiao.register.field_types import day
from tests.service.register.register_files import told


def read(text: str) -> Document:
    document = read_document("file.yaml", text.encode())
    assert document.errors == []
    return document


def refused(content: bytes) -> list[str]:
    return told(tuple(read_document("file.yaml", content).errors))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("60", 60),
        ("-1", -1),
        ("5.5", Decimal("5.5")),
        ("5.50", Decimal("5.50")),
        ('"6.3"', "6.3"),
        ("true", True),
        ("false", False),
        ("", None),
        ("null", None),
        ("2021-03-31", "2021-03-31"),
        ("09:00", "09:00"),
        ("1:30", "1:30"),
        ("010", "010"),
        ("0x1F", "0x1F"),
        ("1e3", "1e3"),
        ("yes", "yes"),
        ("on", "on"),
        (".inf", ".inf"),
        ("1" * 16, "1" * 16),
        ("市税务局", "市税务局"),
    ],
)
def test_a_plain_value_is_what_was_typed(written: str, value: object) -> None:
    found = read(f"key: {written}\n").data["key"]
    assert found == value
    assert type(found) is type(value)


def test_every_value_knows_its_line() -> None:
    document = read("a:\n  - x: 1\n    y: [p,\n      q]\n  - z\nb: 2\n")
    assert document.line(("a",)) == 1
    assert document.line(("a", 0, "x")) == 2
    assert document.line(("a", 0, "y", 1)) == 4
    assert document.line(("a", 1)) == 5
    assert document.line(("b",)) == 6


def test_an_absent_value_is_told_where_it_should_stand() -> None:
    document = read("a:\n  - x: 1\n  - z: 2\n")
    assert document.line(("a", 1, "missing", "deeper")) == 3
    assert document.line(("nothing",)) == 1


@pytest.mark.parametrize(
    ("content", "told_as"),
    [
        (b"a: 1\nb: 2\na: 3\n", "file.yaml:3: the key a stands twice"),
        (b"a: &x 1\nb: *x\n", "file.yaml:2: an alias; write it out"),
        (b"a: 1\nb: !!python/object:os.system 1\n", "a tag tag:yaml.org,2002:python/object"),
        (b"a: 1\nb: !secret 1\n", "file.yaml:2: a tag !secret; leave it out"),
        (b"a: 1\nb: \xff\n", "file.yaml:2: the file is not UTF-8"),
        ("a: 1\nb: 市".encode("gb18030"), "file.yaml:2: the file is not UTF-8"),
        (b"a: 1\n\tb: 2\n", "file.yaml:2: not YAML"),
        (b"a: [1, 2\nb: 3\n", "file.yaml:2: not YAML"),
        (b"a: 1\n---\nb: 2\n", "file.yaml:2: not YAML"),
        (b"a: 1\nb: \x07\n", "file.yaml:2: a character YAML does not allow"),
        (b"? [a]\n: 1\n", "file.yaml:1: a key that is no word"),
        (b'a: 1\nb: "tax-bureau "\n', "file.yaml:2: stray space around the text"),
        (b"a: 1\nb: >\n  folded\n", "file.yaml:2: stray space around the text"),
        (b"a: " + b"[" * 60 + b"]" * 60, "file.yaml:1: nested too deeply"),
        (b"a: " + b"[" * 500 + b"]" * 500, "file.yaml:1: nested too deeply"),
    ],
)
def test_yaml_that_could_be_read_two_ways_is_refused(content: bytes, told_as: str) -> None:
    assert any(told_as in fault for fault in refused(content))


def test_every_repeated_key_of_a_file_is_told() -> None:
    assert refused(b"a: 1\na: 2\nb: {c: 1, c: 2}\n") == [
        "file.yaml:2: the key a stands twice",
        "file.yaml:3: the key c stands twice",
    ]


def test_a_mark_of_byte_order_is_no_fault() -> None:
    assert read("\ufeffa: 1\n").data == {"a": 1}


def test_an_empty_file_holds_nothing() -> None:
    assert read("# nothing yet\n").data is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2021-02-28", date(2021, 2, 28)),
        ("2021-02-29", None),
        ("20210228", None),
        ("2021-W08-7", None),
        ("2021-2-28", None),
        ("２０２１-02-28", None),
        ("", None),
    ],
)
def test_a_day_is_written_one_way(text: str, found: date | None) -> None:
    assert day(text) == found
