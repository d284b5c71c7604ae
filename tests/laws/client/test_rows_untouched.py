"""Rows reach the product as they stand in the file, however it is divided, read and corrected."""

import csv
import io
import json
import tempfile
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from duibiao.client import RejectedRow, RowError, open_file, write_errors
from duibiao.client.annotations import annotated, members_of, without_added
from duibiao.client.rows import Row, Splitter

ERRORS = (RowError("bad-time", 'No "time", {here}.', "时间，“有误”。"),)
CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = st.text(max_size=6).filter(lambda name: not name.startswith("_"))
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=5)
SPACES = st.text(" \t\r\n", max_size=3)


@st.composite
def written(draw: st.DrawFn, value: object) -> str:
    """Write a value as JSON with spaces wherever they may stand."""
    if isinstance(value, dict):
        members = [
            draw(SPACES) + json.dumps(name) + draw(SPACES) + ":" + draw(written(member))
            for name, member in value.items()
        ]
        return draw(SPACES) + "{" + ",".join(members) + draw(SPACES) + "}" + draw(SPACES)
    if isinstance(value, list):
        return draw(SPACES) + "[" + ",".join(draw(written(item)) for item in value) + "]"
    plain = draw(st.booleans())
    return draw(SPACES) + json.dumps(value, ensure_ascii=plain) + draw(SPACES)


TEXTS = OBJECTS.flatmap(written)


@given(
    contents=st.lists(st.binary(max_size=20), max_size=30),
    first=st.integers(0, 35),
    most_rows=st.integers(1, 10),
    most_bytes=st.integers(1, 60),
)
def test_batches_are_the_rows_in_order(
    contents: list[bytes], first: int, most_rows: int, most_bytes: int
) -> None:
    rows = [Row(line, content) for line, content in enumerate(contents, 1)]
    splitter = Splitter(rows, first)
    batches = []
    while (batch := splitter.batch(most_rows, most_bytes)) is not None:
        batches.append(batch)

    assert [row for batch in batches for row in batch.rows] == rows[first:]
    for batch in batches:
        assert rows[batch.first : batch.first + len(batch.rows)] == list(batch.rows)
        assert len(batch.rows) <= most_rows
        size = sum(len(row.content) for row in batch.rows)
        assert len(batch.rows) == 1 or size <= most_bytes


@given(text=TEXTS)
def test_members_are_those_that_a_parser_finds(text: str) -> None:
    members = members_of(text.encode())

    assert members is not None
    assert {name: json.loads(bytes(value)) for name, value in members.items()} == json.loads(text)


@given(text=TEXTS, line=st.integers(1, 10**9))
def test_a_row_with_reasons_is_the_row_again_without_them(text: str, line: int) -> None:
    shown = annotated(text, line, ERRORS)

    assert json.loads(without_added(shown.encode())) == json.loads(text)
    assert json.loads(shown)["_行号"] == line


@given(text=st.text(max_size=40))
def test_any_text_can_be_shown_and_sent(text: str) -> None:
    shown = annotated(text, 1, ERRORS)

    json.loads(shown)
    without_added(shown.encode("utf-8", "surrogatepass"))


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(OBJECTS, min_size=1, max_size=8), data=st.data())
def test_the_elements_of_a_json_file(rows: list[dict[str, object]], data: st.DataObject) -> None:
    text = data.draw(written(list(rows)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_bytes(text.encode())

        found = [row.content.decode() for row in open_file(path).rows()]

    assert [json.loads(row) for row in found] == rows
    assert all(row in text for row in found)


@settings(max_examples=60, deadline=None)
@given(table=st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=8))
def test_the_records_of_a_csv_file_and_of_its_error_file(table: list[list[str]]) -> None:
    rows = [cells for cells in table if any(cells)]  # blank records are none
    assume(rows)
    header = [f"column-{place}" for place in range(5)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([header, *table])
        source = open_file(path)
        rejected = [RejectedRow(row.line, row.content.decode(), ERRORS) for row in source.rows()]
        errors = write_errors(source, rejected)
        assert errors is not None
        corrected = open_file(errors)

        sent = source.format.body(source.rows())
        again = corrected.format.body(corrected.rows())

    assert again == sent
    assert list(csv.reader(io.StringIO(sent.decode(), newline=""))) == [header, *rows]
