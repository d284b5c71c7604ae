"""Figures of up to fifteen digits are the same on both ends of the wire."""

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from duibiao.web.numbers import to_number


@given(
    st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1),
    st.integers(min_value=-12, max_value=0),
)
def test_fifteen_digits_survive_the_wire_unchanged(digits: int, exponent: int) -> None:
    exact = Decimal(digits).scaleb(exponent)
    sent = msgspec.json.encode(to_number(exact))
    assert msgspec.json.decode(sent, type=Decimal) == exact
