import json
from decimal import Decimal

import pytest

from services.ingest.domain.raw import Invalid, Number, RawObject, kind_of, shown


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("0.000", "0"),
        ("5.50", "5.5"),
        ("100", "100"),
        ("1e2", "100"),
        ("1.25E+1", "12.5"),
        ("25e-1", "2.5"),
        ("999999999999999", "999999999999999"),
        ("123456789.012345", "123456789.012345"),
        ("0.000000000000001", "0.000000000000001"),
        ("1.0000000000000000", "1"),
        ("-5.5", "-5.5"),
    ],
)
def test_a_figure_is_the_decimal_written(text: str, figure: str) -> None:
    read = Number(text).decimal()
    assert isinstance(read, Decimal)
    assert format(read, "f") == figure


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1234567890123456", "too-many-digits"),
        ("0.1234567890123456", "too-many-digits"),
        ("9" * 5000, "too-many-digits"),
        ("1." + "0" * 5000, "too-many-digits"),
        ("1000000000000000", "figure-too-large"),
        ("1e15", "figure-too-large"),
        ("1e400", "figure-too-large"),
        ("1E999999999999999999999", "figure-too-large"),
        ("1e-16", "too-many-decimals"),
        ("0.0000000000000001", "too-many-decimals"),
        ("1E-999999999999999999999", "too-many-decimals"),
    ],
)
def test_a_figure_that_cannot_be_kept_exactly_is_told_why(text: str, code: str) -> None:
    assert Number(text).decimal() == code


@pytest.mark.parametrize(
    "text",
    ["", "NaN", "Infinity", "-Infinity", "+1", ".5", "5.", "007", "1_000", "1,5", "٣", "0x1F",
     "1e", "--1", " 1", "五", "x" * 5000],
)  # fmt: skip
def test_what_is_no_number_in_json_is_none(text: str) -> None:
    assert Number(text).decimal() == "not-a-number"


def test_an_object_remembers_the_keys_that_stood_in_it_twice() -> None:
    pairs = json.loads('{"a":1,"b":2,"a":3,"c":4,"b":5}', object_pairs_hook=RawObject)
    assert pairs == {"a": 3, "b": 5, "c": 4}
    assert pairs.repeated == ("a", "b")
    assert RawObject([("a", 1), ("b", 2)]).repeated == ()


def test_numbers_are_equal_as_they_were_written() -> None:
    assert Number("5.5") == Number("5.5")
    assert Number("5.5") != Number("5.50")
    assert len({Number("5"), Number("5")}) == 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "true or false"),
        ("x", "text"),
        (Number("5"), "a number"),
        ([], "a list"),
        (RawObject(), "an object"),
        (None, "null"),
    ],
)
def test_every_written_value_has_a_word(value: object, words: str) -> None:
    assert kind_of(value)[0] == words


def test_what_is_shown_is_short_and_printable() -> None:
    assert shown("2021Q1") == "2021Q1"
    assert shown(Number("5.50")) == "5.50"
    assert shown("x" * 41) == "x" * 40 + "…"
    assert shown("a\x00b\ud800") == "a�b�"
    assert shown(["a"]) == "['a']"


def test_a_broken_value_carries_its_reason() -> None:
    broken = Invalid("malformed", format="JSON")
    assert (broken.code, broken.names) == ("malformed", {"format": "JSON"})
