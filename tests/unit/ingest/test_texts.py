import pytest

from duibiao.texts import text_error, tidied
from services.ingest.domain.raw import escaped


@pytest.mark.parametrize(
    "text", ["A-1", "陕A〔2021〕6号", "a b", "x" * 10, "\U0001f600", "\u00a0x"]
)
def test_fit_texts(text: str) -> None:
    assert text_error(text, 12, 2021) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x" * 13, "too-long"),
        ("", "empty"),
        (" \u3000", "empty"),
        ("a\x00\x01", "nul-character"),
        ("a\ud800", "surrogate"),
        ("a\udc00\x01", "surrogate"),
        ("a\x01", "control-character"),
        ("a\x7f", "control-character"),
        ("a\x85b", "control-character"),
        ("a\nb", "control-character"),
        ("a\u200b", "control-character"),
        ("\ufeffa", "control-character"),
        ("a\u202eb", "control-character"),
    ],
)
def test_unfit_texts(text: str, code: str) -> None:
    assert text_error(text, 12, 2021) == code


def test_line_breaks_may_stand_in_longer_text() -> None:
    assert text_error("a\r\n\tb", 12, 2021, allowed="\t\r\n") is None
    assert text_error("a\x0bb", 12, 2021, allowed="\t\r\n") == "control-character"


def test_joined_signs_may_stand_in_longer_text() -> None:
    assert text_error("\U0001f469\u200d\U0001f4bb", 12, 2021, allowed="\n") is None


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("A-1", "A-1"),
        ("A-1  ", "A-1"),
        ("\u3000A 1\u00a0", "A 1"),
        ("e\u0301-1", "\u00e9-1"),
        ("（2021）1", "（2021）1"),
        ("①", "①"),
    ],
)
def test_names_are_tidied(written: str, compared: str) -> None:
    assert tidied(written) == compared


def test_names_in_pointers_are_escaped_and_short() -> None:
    assert escaped("a/b~c") == "a~1b~0c"
    assert escaped("\ud800") == "�"
    assert len(escaped("x" * 5000)) == 41
