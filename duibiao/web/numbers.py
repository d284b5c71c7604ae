"""Exact figures as JSON numbers: up to 15 significant digits, rounded to 15 beyond.

The only place where an exact figure becomes a float, because a decimal of at most 15 digits and
the float nearest to it name one another.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Final, overload

DIGITS: Final = 15
_FIFTEEN: Final = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)


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
    if isinstance(value, Fraction):
        rounded = _FIFTEEN.divide(Decimal(value.numerator), Decimal(value.denominator))
    else:
        rounded = _FIFTEEN.plus(Decimal(value))
    if not rounded.is_finite():
        message = f"not a finite number: {rounded}"
        raise ValueError(message)
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)
