"""A body read some bytes at a time gives what it gives as a whole, whatever is wrong with it."""

import json
from io import StringIO
from unittest.mock import patch

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from services.ingest.adapters.formats import Unreadable, encodings
from services.ingest.adapters.formats.jsonoutline import measure
from services.ingest.adapters.formats.jsonvalues import values
from services.ingest.domain.posting import Format
from services.ingest.domain.terms import Kind, Sender
from services.ingest.ports import Taken
from tests.laws.ingest.test_formats_agree import distinct, written
from tests.laws.ingest.test_two_ways import csv_bodies, json_bodies
from tests.support.ingest import KINDS, LIMITS, OFFICE, OURS, draft, quickly, thoroughly
from tests.support.ingest import unpacked as record_of
from tests.support.odd_bodies import bodies, damaged

FORMS: tuple[Format, ...] = ("json", "ndjson", "csv", "xlsx")
STEPS = st.integers(1, 50) | st.integers(1, 500)
SENDERS = st.sampled_from([OURS, OURS, OFFICE])
TOO_DEEP = "[" * 9


@st.composite
def sound(draw: st.DrawFn, kind: Kind, form: Format) -> bytes:
    """Draw sound rows in one of the ways in which people write a format."""
    found = written(draw(distinct(kind)), form)
    if form == "csv":
        quoted = found[0].decode()
        found += [quoted.encode("gb18030", "replace"), quoted.replace("\r\n", "\n").encode()]
    return draw(st.sampled_from(found))


def drawn(kind: Kind, form: Format) -> st.SearchStrategy[bytes]:
    """Draw a body, sound or not: odd rows, odd bytes, both damaged."""
    choices = [bodies(kind, form), sound(kind, form)]
    if form != "xlsx":  # whose file has the time of its making in it
        choices.append(damaged(sound(kind, form)))
    if kind != "progress_report" and form in ("json", "ndjson"):
        choices += [json_bodies(kind, form), damaged(json_bodies(kind, form))]
    if kind != "progress_report" and form == "csv":
        choices += [csv_bodies(kind), damaged(csv_bodies(kind))]
    return st.one_of(choices)


def outcome(taken: Taken) -> tuple[object, ...]:
    """Return everything that a body gave, its record as rows and not as bytes."""
    flaws = [(f.code, f.pointer, f.index, dict(f.names), f.line) for f in taken.flaws]
    warnings = [(f.code, f.pointer, f.index, dict(f.names), f.line) for f in taken.warnings]
    told = flaws, taken.flaws_total, warnings, taken.warnings_total, taken.problem
    counts = taken.received, taken.rejected
    return taken.org, counts, told, taken.encoding, bool(taken.payload), record_of(taken)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=100, deadline=None)
@given(data=st.data(), step=STEPS, sender=SENDERS)
def test_in_pieces_it_is_what_it_is_as_a_whole(
    kind: Kind, form: Format, data: st.DataObject, step: int, sender: Sender
) -> None:
    body = data.draw(drawn(kind, form))
    whole = outcome(thoroughly(draft(kind, body, form, sender)))
    posted = draft(kind, body, form, sender)
    with patch.object(encodings, "STEP", step):
        assert outcome(thoroughly(posted)) == whole
        quick = quickly(posted)
    event(f"{'quick' if quick else 'given up'}, {'pieces' if len(body) > step else 'whole'}")
    if quick is not None:
        assert outcome(quick) == whole


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
@given(text=JSON_TEXTS | JSON_TEXTS.map(lambda text: f"[{text}]"), step=st.integers(1, 50))
def test_values_and_faults_of_json_are_those_of_the_library(text: str, step: int) -> None:
    """Words, line and column, as it tells them of the text as a whole."""
    reader = json.JSONDecoder()
    try:
        begin = len(text) - len(text.lstrip(" \t\r\n"))
        value, end = reader.raw_decode(text, begin)
        if text[end:].strip(" \t\r\n"):
            raise json.JSONDecodeError("Extra data", text, end)  # noqa: TRY301 - as loads does
    except json.JSONDecodeError as error:
        expected = f"{error.msg} (line {error.lineno}, column {error.colno})"
        with pytest.raises(Unreadable) as caught:
            list(values(StringIO(text, newline="\n"), step))
        reason = caught.value.flaw.names["reason"]
        assert isinstance(reason, tuple)
        assert reason[0] == expected
    else:
        found = list(values(StringIO(text, newline="\n"), step))
        assert len(found) == (len(value) if isinstance(value, list) else 1)


@settings(max_examples=300, deadline=None)
@given(text=JSON_TEXTS | JSON_TEXTS.map(lambda text: TOO_DEEP[:7] + text), step=st.integers(1, 9))
def test_an_outline_in_pieces_is_that_of_the_whole(text: str, step: int) -> None:
    body = text.encode()
    pieces = [body[at : at + step] for at in range(0, len(body), step)]
    assert measured([body]) == measured(pieces)


def measured(pieces: list[bytes]) -> str | None:
    try:
        measure(pieces, LIMITS, array=True)
    except Unreadable as unreadable:
        return unreadable.flaw.code
    return None
