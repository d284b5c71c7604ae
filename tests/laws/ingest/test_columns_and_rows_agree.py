"""What columns accept is what going through row by row accepts, and has no fault at all."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from services.ingest.adapters.decoding import decode
from services.ingest.domain.context import Kind, Sender
from services.ingest.domain.rows import ROWS
from services.ingest.domain.submission import DecodedSubmission, Format
from tests.laws.ingest.odd_bodies import bodies, damaged
from tests.laws.ingest.test_formats_agree import distinct, written
from tests.support.ingest import (
    KINDS,
    OFFICE,
    OURS,
    accepted,
    case,
    draft,
    figure,
    listed,
    report,
    terms,
    unpacked,
)
from tests.support.registers import CUSTOMS, TAX

Row = dict[str, str]  # field -> the JSON text of its value

NUMBERS = st.one_of(
    st.integers(0, 10**16).map(str),
    st.decimals(0, 1200, places=2).map(str),
    st.floats(0, 1000).map(repr),
    st.sampled_from([
        "0", "-0", "00", "5.50", "5.", ".5", "1e2", "1E-2", "-1", "100.0", "0.1000000000000001",
        "123456789012345", "1234567890123456", "0.000000000000001", "1e999", "NaN", "Infinity",
        "true", '"5"', "null", "[]", "{}", "1_000", "٣",
    ]),
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=12).map(json.dumps),
    st.text(max_size=12).map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.sampled_from([
        '""', '" "', '"\\ud800"', '"\\u0000"', '"a\\"b"', '"x\\":1"', '"a : b"', '"line\\nbreak"',
        '"\\u0061"', "null", "5", "true", "[]",
        '" a "', '"a\u3000"', '"e\u0301"', '"a\u200b"', '"' + "x" * 250 + '"', '"\x7f"', '"\u2028"',
    ]),
)  # fmt: skip
TIMES = st.one_of(
    st.datetimes().map(lambda moment: json.dumps(moment.isoformat())),
    st.dates().map(lambda day: json.dumps(day.isoformat())),
    st.sampled_from([
        '"2021-03-01"', '"2021-03-01T10:00:00+08:00"', '"2021-03-01 10:00"', '"2021-03-01T10:00Z"',
        '"2021-03-01t10:00:00.1234567z"', '"2021-02-29"', '"20210301"', '"2021-W10-1"', '"nie"',
        '"2021-06-01T12:04:59+08:00"', '"2021-06-01T12:05:01+08:00"', '"0001-01-01"',
        '"9999-12-31T23:59:59-23:59"', '""', "null", "5",
    ]),
)  # fmt: skip
PADDING = [("", " "), (" ", ""), ("  ", "\u3000")]
ORGS = st.sampled_from([json.dumps(TAX), json.dumps(CUSTOMS), '"nobody"', '""', "null", "1"])


def words(*known: str) -> st.SearchStrategy[str]:
    padded = (f"{before}{word}{after}" for word in known for before, after in PADDING)
    return st.one_of(
        st.sampled_from(known).map(json.dumps), st.sampled_from([*padded]).map(json.dumps), TEXTS
    )


FIGURE_FIELDS: dict[str, st.SearchStrategy[str]] = {
    "indicator": words("days", "limit", "share", "items", "monthly", "theirs"),
    "region": words("610100", "610103", "610122"),
    "period": words("2021", "2021S1", "2021Q1", "2021Q2", "2021Q3", "202105", "20210601"),
    "value": NUMBERS,
    "numerator": NUMBERS,
    "denominator": NUMBERS,
    "sample_size": NUMBERS,
    "status": words("normal", "not_applicable"),
    "comment": TEXTS,
    "stated_at": TIMES,
    "org": ORGS,
    "bogus": TEXTS,
}
PAUSES = st.sampled_from([
    "[]", "null", "{}", '[{"from": "2021-03-02", "ground": "hearing", "document": "1"}]',
    '[{"from":"2021-03-02","to":"2021-03-04","ground":"tender","document":"二"}]',
    '[{"from":"2021-03-02","from":"2021-03-02","ground":"tender","document":"2"}]',
    '[{"from":"2021-03-05","to":"2021-03-04","ground":"tender","document":"2"}]',
    "[null]", '[{"from":"2021-03-02","ground":"whim","document":"2"}]',
])  # fmt: skip
LABELS = st.one_of(
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=12).map(json.dumps),
    st.sampled_from(
        ['{"a":"b"}', '{"a": "b"}', '{"a":"b","a":"b"}', '{"a":1}', '{"a":null}', "[]"]
    ),
)
CASE_FIELDS: dict[str, st.SearchStrategy[str]] = {
    "case_no": words("A-1", "A-2", "A-3"),
    "indicator": words("days", "limit", "share", "items", "cost", "theirs"),
    "region": words("610100", "610103"),
    "accepted_at": TIMES,
    "completed_at": TIMES,
    "outcome": words("open", "completed", "refused", "withdrawn"),
    "resolved": st.sampled_from(["true", "false", "null", '"true"', "1"]),
    "deadline": TIMES,
    "pauses": PAUSES,
    "extension": st.sampled_from(
        [
            '{"days":5,"document":"d"}',
            '{"days":0,"document":"d"}',
            "{}",
            "null",
            '{"days":5.0,"document":"d"}',
        ]
    ),
    "stated_at": TIMES,
    "org": ORGS,
    "labels": LABELS,
    "bogus": TEXTS,
}
REPORT_FIELDS: dict[str, st.SearchStrategy[str]] = {
    "measure": words("1.1", "1.2"),
    "milestone": words("1.1-a"),
    "period": words("2021", "2021Q1", "202103"),
    "state": words("not_started", "in_progress", "done"),
    "done_on": TIMES,
    "summary": TEXTS,
    "zero_report": st.sampled_from(["true", "false", "null"]),
    "received_on": TIMES,
    "org": ORGS,
}
STRANGE: dict[Kind, dict[str, st.SearchStrategy[str]]] = {
    "observation": FIGURE_FIELDS,
    "case": CASE_FIELDS,
    "progress_report": REPORT_FIELDS,
}
SOUND: dict[Kind, Callable[..., dict[str, Any]]] = {
    "observation": figure,
    "case": case,
    "progress_report": report,
}
TOLD_APART: dict[Kind, tuple[str, tuple[str, ...]]] = {
    "observation": ("region", ("610100", "610103", "610122", "610100")),
    "case": ("case_no", ("A-0", "A-1", "A-2", "A-3")),
    "progress_report": ("period", ("2021Q1", "2021", "202101", "202102")),
}


@st.composite
def rows(draw: st.DrawFn, kind: Kind) -> list[list[tuple[str, str]]]:
    """Draw rows that are sound but for a few fields; a field may stand there twice."""
    drawn = []
    for number in range(draw(st.integers(1, 4))):
        name, values = TOLD_APART[kind]
        sound = SOUND[kind](**{name: values[number]})
        before, after = draw(st.sampled_from([("", ""), ("", ""), *PADDING]))
        for name in sound:
            if ROWS[kind].fields[name].type in ("code", "choice"):
                sound[name] = f"{before}{sound[name]}{after}"
        row = [(name, json.dumps(value)) for name, value in sound.items()]
        for name in draw(st.lists(st.sampled_from(sorted(STRANGE[kind])), max_size=2)):
            pair = (name, draw(STRANGE[kind][name]))
            if draw(st.integers(0, 7)):
                row = [(other, value) for other, value in row if other != name]
            row.append(pair)
        drawn.append(row)
    return drawn


@st.composite
def json_bodies(draw: st.DrawFn, kind: Kind, form: Format) -> bytes:
    """Draw a body, with odd whitespace and escapes here and there."""
    comma = draw(st.sampled_from([",", ", ", ",\n"]))
    colons = st.sampled_from([":", ": ", ":", ":", ":", ":", ":\t", " :", "\n:"])
    if form == "ndjson":
        comma = comma.strip("\n")
    texts = []
    for row in draw(rows(kind)):
        names = [(_escaped(name) if not draw(st.integers(0, 30)) else name) for name, _ in row]
        texts.append(
            "{"
            + comma.join(
                f'"{name}"{draw(colons)}{value}'
                for name, (_, value) in zip(names, row, strict=True)
            )
            + "}"
        )
    if form == "ndjson":
        body = draw(st.sampled_from(["\n", "\r\n", "\n\n", " ", ""])).join(texts)
    else:
        body = "[" + comma.join(texts) + "]" if len(texts) > 1 else texts[0]
    tail = draw(st.sampled_from(["", "\n", " ", "", "x", "\x00"]))
    return (body + tail).encode("utf-8", "surrogatepass")


def _escaped(name: str) -> str:
    return f"\\u{ord(name[0]):04x}{name[1:]}"


@st.composite
def csv_bodies(draw: st.DrawFn, kind: Kind) -> bytes:
    """Draw a table whose cells hold what the JSON values hold, some of them quoted badly."""
    drawn = [dict(row) for row in draw(rows(kind))]
    columns = [name for name in ROWS[kind].fields if any(name in row for row in drawn)]
    lines = [",".join(columns)]
    for row in drawn:
        cells = [_cell(row.get(name, "null")) for name in columns]
        lines.append(",".join(cells) + draw(st.sampled_from(["", "", "", ",", '"'])))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]))
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    return ending.join(lines).encode(encoding, "replace")


def _cell(value: str) -> str:
    try:
        read = json.loads(value)
    except ValueError:
        read = value
    text = "" if read is None else read if isinstance(read, str) else value
    return '"' + text.replace('"', '""') + '"'


SENDERS = st.sampled_from([OURS, OURS, OFFICE])


def outcome(taken: DecodedSubmission) -> tuple[object, ...]:
    """Return everything that a body gave, its record as rows and not as bytes."""
    warnings = [(w.code, w.pointer, w.index, dict(w.names)) for w in taken.warnings]
    counts = taken.received, taken.rejected, taken.warnings_total
    return taken.org, counts, warnings, taken.encoding, unpacked(taken)


def agree(kind: Kind, form: Format, body: bytes, sender: Sender) -> None:
    posted = draft(kind, body, form, sender)
    by_columns, by_rows = accepted(posted), listed(posted)
    event(f"{kind} {form}: {by_columns is not None}, {min(len(by_rows.errors), 3)} flaws")
    if by_columns is not None:
        assert by_rows.errors_total == 0
        assert by_rows.problem is None
        assert outcome(by_columns) == outcome(by_rows)
    elif form != "xlsx" and decode(kind, posted.media, body, terms(sender)) is not None:
        assert by_rows.errors_total > 0


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=300, deadline=None)
@given(st.data(), SENDERS)
def test_json_is_taken_the_same_by_columns_as_row_by_row(
    kind: Kind, data: st.DataObject, sender: Sender
) -> None:
    agree(kind, "json", data.draw(json_bodies(kind, "json")), sender)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=200, deadline=None)
@given(st.data(), SENDERS)
def test_ndjson_is_taken_the_same_by_columns_as_row_by_row(
    kind: Kind, data: st.DataObject, sender: Sender
) -> None:
    agree(kind, "ndjson", data.draw(json_bodies(kind, "ndjson")), sender)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=200, deadline=None)
@given(st.data(), SENDERS)
def test_csv_is_taken_the_same_by_columns_as_row_by_row(
    kind: Kind, data: st.DataObject, sender: Sender
) -> None:
    agree(kind, "csv", data.draw(csv_bodies(kind)), sender)


@pytest.mark.parametrize("form", ["json", "ndjson", "csv"])
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=100, deadline=None)
@given(data=st.data(), sender=SENDERS)
def test_odd_and_damaged_bodies_too(
    kind: Kind, form: Format, data: st.DataObject, sender: Sender
) -> None:
    sound = st.sampled_from(written(data.draw(distinct(kind)), form))
    agree(kind, form, data.draw(bodies(kind, form) | sound | damaged(sound)), sender)
