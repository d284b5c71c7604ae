"""The same rows in any format make the same record; rows without a fault are all taken."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.domain.context import Kind
from services.ingest.domain.submission import Format
from tests.support.ingest import KINDS, accepted, draft, listed, unpacked
from tests.support.spreadsheets import exported

Row = dict[str, Any]
LETTERS = st.characters(exclude_categories=["C", "Z"], codec="utf-8")
NAMES = st.text(LETTERS, min_size=1, max_size=12)
NOTES = st.text(st.sampled_from("一二三，“”,;'\"\\ab\n 空") | LETTERS, max_size=20).filter(
    lambda text: bool(text.strip())
)
FIGURES = st.decimals(1, 400, places=2).map(float)
BEGIN = datetime(2021, 1, 1, tzinfo=UTC)
TIMES = st.integers(0, 100 * 86_400).map(lambda s: (BEGIN + timedelta(seconds=s)).isoformat())


@st.composite
def observations(draw: st.DrawFn) -> Row:
    row: Row = {
        "indicator": draw(st.sampled_from(["days", "limit", "share", "items"])),
        "region": draw(st.sampled_from([None, "610100", "610103", "610122"])),
        "period": draw(st.sampled_from(["2020Q4", "2021Q1", "202102", "20210315"])),
        "comment": draw(st.none() | NOTES),
        "stated_at": draw(st.none() | TIMES),
    }
    if row["indicator"] == "share" and draw(st.booleans()):
        whole = draw(st.integers(1, 1_000))
        return row | {"numerator": draw(st.integers(0, whole)), "denominator": whole}
    if draw(st.integers(0, 5)) == 0:
        return row | {"status": "not_applicable", "comment": draw(NOTES)}
    row["value"] = (
        draw(st.floats(0, 100).map(lambda x: round(x, 3)))
        if row["indicator"] == "share"
        else draw(FIGURES)
    )
    if row["indicator"] != "items":
        row["sample_size"] = draw(st.none() | st.integers(1, 10**6))
    return row


@st.composite
def cases(draw: st.DrawFn) -> Row:
    accepted = draw(st.integers(0, 100))
    row: Row = {
        "case_no": draw(NAMES),
        "indicator": draw(st.sampled_from(["days", "limit", "share"])),
        "accepted_at": (BEGIN + timedelta(days=accepted)).isoformat(),
        "outcome": draw(st.sampled_from(["open", "completed", "refused", "withdrawn"])),
        "deadline": draw(st.none() | TIMES),
        "labels": draw(st.none() | st.dictionaries(NAMES, NAMES, max_size=3)),
    }
    last = None
    if row["outcome"] in ("completed", "refused"):
        took = timedelta(hours=draw(st.integers(0, 800)))
        row["completed_at"] = (BEGIN + timedelta(days=accepted) + took).isoformat()
        last = accepted + took.days
    if row["indicator"] == "share":
        row["resolved"] = draw(st.none() | st.booleans()) and row["outcome"] != "open"
    if draw(st.booleans()):
        row["pauses"] = draw(st.lists(pauses(accepted, last), max_size=2))
    if row["indicator"] != "limit" and draw(st.booleans()):
        row["extension"] = draw(
            st.fixed_dictionaries(
                {"days": st.integers(1, 10), "document": NAMES, "approved_by": NAMES}
            )
        )
    return row


@st.composite
def pauses(draw: st.DrawFn, accepted: int, completed: int | None) -> Row:
    """Draw a pause between two days after BEGIN; it may go on where the case does."""
    last = 100 if completed is None else completed
    begin = draw(st.integers(accepted, last))
    ends = st.integers(begin, last)
    end = draw(ends if completed is not None else ends | st.none())
    return {
        "from": (BEGIN + timedelta(days=begin)).date().isoformat(),
        "to": None if end is None else (BEGIN + timedelta(days=end)).date().isoformat(),
        "ground": draw(st.sampled_from(("hearing", "supplement"))),
        "document": draw(NAMES),
    }


Content = dict[str, st.SearchStrategy[Any]]
ABOUT = st.fixed_dictionaries(
    {
        "measure": st.just("1.1"),
        "period": st.sampled_from(["2021Q1", "2021Q2"]),
        "milestone": st.sampled_from([None, "1.1-a"]),
        "stated_at": st.none() | TIMES,
    }
)
UNDER_WAY: Content = {
    "state": st.sampled_from(["not_started", "in_progress"]),
    "summary": st.none() | NOTES,
    "zero_report": st.sampled_from([None, False]),
}
DONE: Content = {"state": st.just("done"), "done_on": st.just("2021-05-31"), "summary": NOTES}
NOTHING: Content = {"zero_report": st.just(value=True)}
REPORTS = st.builds(
    lambda about, content: about | content,
    ABOUT,
    st.one_of([st.fixed_dictionaries(content) for content in (UNDER_WAY, DONE, NOTHING)]),
)
ROWS: dict[Kind, tuple[st.SearchStrategy[Row], tuple[str, ...]]] = {
    "observation": (observations(), ("indicator", "region", "period")),
    "case": (cases(), ("case_no", "indicator")),
    "progress_report": (REPORTS, ("measure", "milestone", "period")),
}


def distinct(kind: Kind) -> st.SearchStrategy[list[Row]]:
    """Draw rows no two of which are about the same thing."""
    row, identity = ROWS[kind]

    def of(row: Row) -> tuple[object, ...]:
        return tuple(row.get(name) or {"region": "610100"}.get(name) for name in identity)

    return st.lists(row, min_size=1, max_size=6, unique_by=of)


def written(rows: list[Row], form: Format) -> list[bytes]:
    """Return the rows in a format, in a few of the ways in which people write it."""
    if form == "json":
        return [
            json.dumps(rows).encode(),
            json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode(),
            b"\xef\xbb\xbf" + json.dumps(rows, indent=1).encode(),
        ]
    if form == "ndjson":
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        return ["\n".join(lines).encode(), ("\r\n".join(lines) + "\r\n").encode()]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if form == "xlsx":
        cells = [{name: _cell(value) for name, value in row.items()} for row in rows]
        return [exported(columns, cells)]
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(columns)
    for row in rows:
        writer.writerow(_cell(row.get(name)) for name in columns)
    return [table.getvalue().encode(), table.getvalue().encode("utf-8-sig")]


def _cell(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=120, deadline=None)
@given(st.data())
def test_the_same_rows_make_the_same_record(kind: Kind, data: st.DataObject) -> None:
    rows = data.draw(distinct(kind))
    records = []
    for form in ("json", "ndjson", "csv", "xlsx"):
        for body in written(rows, form):
            posted = draft(kind, body, form)
            taken = accepted(posted) or listed(posted)
            assert not taken.errors, (body, taken.errors)
            records.append(unpacked(taken))
    assert all(record == records[0] for record in records)
    assert records[0].received == len(rows)
