"""A figure travels exactly as it was written, whatever the format and the way it was written."""

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.raw import DIGITS, Number
from services.ingest.domain.submission import Format
from tests.support.ingest import accepted, draft, listed, unpacked


@st.composite
def figures(draw: st.DrawFn) -> Decimal:
    """Draw figures of at most fifteen digits that the test's indicator takes (1 and more)."""
    whole = draw(st.integers(1, 10 ** draw(st.integers(1, DIGITS)) - 1))
    places = draw(st.integers(0, len(str(whole)) - 1))
    return Decimal(whole).scaleb(-places)


def writings(figure: Decimal) -> list[str]:
    """Return some of the ways in which JSON can write a figure."""
    plain = format(figure, "f")
    longer = plain + "0" if "." in plain else plain + ".0"
    exponent = f"{figure:E}"
    return [plain, longer, longer + "000", exponent, exponent.lower().replace("e+", "e")]


def body(text: str, form: Format) -> bytes:
    if form == "csv":
        return f"indicator,period,value\nlimit,2021Q1,{text}\n".encode()
    return f'{{"indicator":"limit","period":"2021Q1","value":{text}}}'.encode()


@given(figures(), st.sampled_from(["json", "ndjson", "csv"]))
def test_no_digit_is_lost_and_none_is_invented(figure: Decimal, form: Format) -> None:
    for text in writings(figure):
        posted = draft("observation", body(text, form), form)
        for taken in (listed(posted), accepted(posted) or listed(posted)):
            assert taken.errors == (), (text, taken.errors)
            (row,) = unpacked(taken).observations
            assert Decimal(row.value) == figure
            assert "E" not in row.value.upper()
            assert row.value == format(figure.normalize(), "f")


@given(figures())
def test_what_a_json_library_makes_of_it_is_the_same_figure(figure: Decimal) -> None:
    """Clients hold figures as floats; up to fifteen digits that changes nothing."""
    posted = draft("observation", body(json.dumps(float(figure)), "json"))
    (row,) = unpacked(accepted(posted) or listed(posted)).observations
    assert Decimal(row.value) == figure


@given(st.integers(10**DIGITS, 10**40), st.integers(0, 60))
def test_a_sixteenth_digit_is_refused(whole: int, places: int) -> None:
    figure = Decimal(f"{whole}E-{places}")  # arithmetic would round it to 28 digits
    read = Number(format(figure, "f")).decimal()
    digits = str(whole).rstrip("0")
    last_place = len(str(whole)) - len(digits) - places
    if len(digits) > DIGITS:
        assert read == "too-many-digits"
    elif figure >= 10**15:
        assert read == "figure-too-large"
    elif last_place < -DIGITS:
        assert read == "too-many-decimals"
    else:
        assert read == figure
