"""A cursor names its position, whatever stands in it that databases keep."""

from hypothesis import given
from hypothesis import strategies as st

from duibiao.web.lists import from_cursor, to_cursor

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(st.lists(st.none() | TEXTS | st.integers(-(2**63), 2**63 - 1), max_size=5))
def test_a_cursor_is_url_safe_and_names_its_position(parts: list[str | int | None]) -> None:
    cursor = to_cursor(tuple(parts))
    assert cursor.isascii()
    assert set("+/= &?#").isdisjoint(cursor)
    assert from_cursor(cursor) == tuple(parts)
