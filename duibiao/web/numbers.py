"""Exact figures as JSON numbers: up to 15 significant digits, rounded to 15 beyond.

A figure that is not whole is never rounded to one that is: a share of 99.99999999999995 % must not
read 100, nor an attainment ratio just below 1 read 1.

The only place where an exact figure becomes a float, because a decimal of at most 15 digits and
the float nearest to it name one another.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Final, overload

DIGITS: Final = 15
_NEAREST: Final = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
_BELOW: Final = Context(prec=DIGITS, rounding=ROUND_FLOOR)
_ABOVE: Final = Context(prec=DIGITS, rounding=ROUND_CEILING)


@overload
def to_number(value: None) -> None: ...
@overload
def to_number(value: Decimal | Fraction | int) -> int | float: ...
def to_number(value: Decimal | Fraction | int | None) -> int | float | None:
    """Return `value` as an int where it is whole, else as the float that prints its digits.

    ValueError for a Decimal that is no finite number.
    """
    if value is None:
        return None
    if isinstance(value, Decimal) and not value.is_finite():
        message = f"not a finite number: {value}"
        raise ValueError(message)
    exact = Fraction(value)
    rounded = _rounded(exact, _NEAREST)
    if exact.denominator != 1 and _whole(rounded):
        beside = _rounded(exact, _BELOW if rounded > exact else _ABOVE)
        rounded = rounded if _whole(beside) else beside
    return int(rounded) if _whole(rounded) else float(rounded)


def _whole(number: Decimal) -> bool:
    return number == number.to_integral_value()


def _rounded(exact: Fraction, context: Context) -> Decimal:
    return context.divide(Decimal(exact.numerator), Decimal(exact.denominator))
