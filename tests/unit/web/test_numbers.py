from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest

from duibiao.web.numbers import to_number


@pytest.mark.parametrize(
    ("exact", "text"),
    [
        (Decimal("5.5"), "5.5"),
        (Decimal("5.50"), "5.5"),
        (Decimal(60), "60"),
        (Decimal("60.0"), "60"),
        (Decimal("-0.0"), "0"),
        (Decimal("1E+3"), "1000"),
        (0, "0"),
        (74, "74"),
        (Fraction(11, 2), "5.5"),
        (Fraction(10, 1), "10"),
        (Fraction(1, 3), "0.333333333333333"),
        (Fraction(2, 3), "0.666666666666667"),
        (Decimal("123456789.123456"), "123456789.123456"),
        (Decimal("0.1234567890123456"), "0.123456789012346"),
        (Fraction(200, 3), "66.6666666666667"),
        (Fraction(1999999999999997, 1999999999999998), "0.999999999999999"),
        (Fraction(1999999999999998, 1999999999999997), "1.00000000000001"),
        (Decimal("99.99999999999999999"), "99.9999999999999"),
        (Decimal("5.49999999999999999"), "5.5"),
        (Decimal("1234567890123456.5"), "1234567890123460"),
    ],
)
def test_an_exact_figure_is_the_json_number_of_its_digits(
    exact: Decimal | Fraction | int, text: str
) -> None:
    assert msgspec.json.encode(to_number(exact)).decode() == text


def test_nothing_stays_nothing() -> None:
    assert to_number(None) is None


@pytest.mark.parametrize("odd", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_finite_number_is_no_figure(odd: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        to_number(Decimal(odd))
