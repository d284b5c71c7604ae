"""Faults of JSON are told as the standard library tells them, after its brackets were measured."""

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.ingest.adapters.formats import Unreadable
from services.ingest.adapters.formats.jsontext import json_rows
from tests.support.ingest import LIMITS

JSON_TEXTS = st.one_of(
    st.text('[]{}",:\\\n 0123456789.eE+-truefalsnu', max_size=60),
    st.lists(
        st.sampled_from(
            ['"', '\\"', "\\u00e9", "\\u12", "\\x", "[", "]", "{", "}", ",", ":", "\n", " ", "é",
             "true", "nul", "-", "1.5e", "1E+2", "NaN", "-Infinity", "\t", '"a"', "x" * 20]
        ),
        max_size=25,
    ).map("".join),
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(text=JSON_TEXTS | JSON_TEXTS.map(lambda text: f"[{text}]"))
def test_values_and_faults_of_json_are_those_of_the_library(text: str) -> None:
    """Words, line and column, as it tells them."""
    try:
        value = json.JSONDecoder().decode(text)
    except json.JSONDecodeError as error:
        expected = f"{error.msg} (line {error.lineno}, column {error.colno})"
        with pytest.raises(Unreadable) as caught:
            json_rows(text, LIMITS)
        reason = caught.value.error.names.get("reason")
        assume(reason is not None)  # brackets that go too deep are told first
        assert isinstance(reason, tuple)
        assert reason[0] == expected
    else:
        found = json_rows(text, LIMITS)
        assert len(found) == (len(value) if isinstance(value, list) else 1)
