"""Every rule about one case; what is wrong and where is written out."""

import json
from typing import Any

import pytest

from tests.support.ingest import accepted, case, draft, faults, listed, read, unpacked

Row = dict[str, Any]
OPEN: Row = case(outcome="open", completed_at=None)
EXTENSION: Row = {"days": 1, "document": "延1", "approved_by": "局长"}
PAUSE: Row = {"from": "2021-03-02", "to": "2021-03-04", "ground": "hearing", "document": "1"}


def paused(**fields: Any) -> Row:  # noqa: ANN401 - JSON
    return case(pauses=[PAUSE, PAUSE | fields])


@pytest.mark.parametrize(
    "row",
    [
        case(),
        OPEN,
        case(outcome="refused"),
        case(outcome="withdrawn"),
        OPEN | {"outcome": "withdrawn"},
        case(completed_at="2021-03-01"),
        case(accepted_at="1998-01-05"),
        OPEN | {"accepted_at": "2021-06-01T12:05:00+08:00"},
        case(indicator="limit"),
        case(indicator="share", resolved=True),
        case(indicator="share", resolved=None),
        case(deadline="2030-01-01"),
        case(indicator="own", deadline="2030-01-01"),
        case(deadline="2020-01-01"),
        case(pauses=[]),
        case(pauses=None, extension=None, labels=None),
        OPEN | {"pauses": [PAUSE, {**PAUSE, "to": None}]},
        OPEN | {"pauses": [{**PAUSE, "to": "2022-01-01"}]},
        paused(to="2021-03-02"),
        # Bounds are days in Asia/Shanghai: 23:00 of the day before in UTC is that day's 07:00.
        case(accepted_at="2021-03-02T17:00:00", pauses=[PAUSE]),
        case(accepted_at="2021-03-01T23:00:00Z", pauses=[PAUSE]),
        case(completed_at="2021-03-04", pauses=[PAUSE | {"to": "2021-03-04T18:00:00"}]),
        OPEN | {"outcome": "withdrawn", "pauses": [{**PAUSE, "to": None}]},
        case(indicator="limit", pauses=[PAUSE | {"ground": "supplement"}]),
        case(extension=EXTENSION),
        case(extension=EXTENSION | {"days": 10.0}),
        case(indicator="share", outcome="open", completed_at=None, resolved=False),
        case(labels={}),
        case(labels={"部门": "规划", "b": "x" * 40}),
        case(case_no="x" * 40),
    ],
)
def test_sound_rows(row: Row) -> None:
    assert faults("case", row) == []


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            {},
            ["missing /case_no", "missing /indicator", "missing /accepted_at", "missing /outcome"],
        ),
        (case(case_no=" "), ["empty /case_no"]),
        (case(case_no="A-1\u200b"), ["control-character /case_no"]),
        (case(case_no=7), ["wrong-type /case_no"]),
        (case(case_no="x" * 41), ["too-long /case_no"]),
        (case(case_no="a\nb"), ["control-character /case_no"]),
        (case(indicator="items"), ["no-cases /indicator"]),
        (case(indicator="cost"), ["no-cases /indicator"]),
        (case(indicator="own"), ["deadline-needed /deadline"]),
        (case(indicator="own", deadline=None), ["deadline-needed /deadline"]),
        (case(indicator="weather"), ["unknown-indicator /indicator"]),
        (case(resolved=True), ["not-allowed /resolved"]),
        (case(indicator="share", resolved="yes"), ["wrong-type /resolved"]),
        (case(outcome="lost"), ["not-one-of /outcome"]),
        (case(outcome="open"), ["open-with-completion /completed_at"]),
        (case(completed_at=None), ["outcome-needs-completion /completed_at"]),
        (OPEN | {"outcome": "refused"}, ["outcome-needs-completion /completed_at"]),
        (case(completed_at="never"), ["bad-time /completed_at"]),
        (
            case(completed_at="2021-02-28T23:59:59+08:00"),
            ["completed-before-accepted /completed_at"],
        ),
        (
            case(outcome="withdrawn", completed_at="2021-02-28"),
            ["completed-before-accepted /completed_at"],
        ),
        (case(accepted_at="2021-06-02"), ["in-the-future /accepted_at"]),
        (case(completed_at="2021-06-02"), ["in-the-future /completed_at"]),
        (case(accepted_at=20210301), ["wrong-type /accepted_at"]),
        (case(deadline="whenever"), ["bad-time /deadline"]),
        (case(pauses={}), ["wrong-type /pauses"]),
        (case(pauses=[1]), ["wrong-type /pauses/0"]),
        (case(pauses=[PAUSE] * 51), ["too-many /pauses"]),
        (
            case(pauses=[{}]),
            [
                "missing /pauses/0/from",
                "missing /pauses/0/ground",
                "missing /pauses/0/document",
                "pause-not-ended /pauses/0/to",
            ],
        ),
        (paused(to="2021-03-01"), ["bad-pause /pauses/1/to"]),
        (paused(**{"from": "2020-03-01"}), ["pause-before-acceptance /pauses/1/from"]),
        (
            OPEN | {"pauses": [PAUSE | {"from": "2021-02-28T23:59:59"}]},
            ["pause-before-acceptance /pauses/0/from"],
        ),
        (paused(to="2021-03-09"), ["pause-after-completion /pauses/1/to"]),
        (
            case(outcome="withdrawn", pauses=[PAUSE | {"to": "2021-03-09"}]),
            ["pause-after-completion /pauses/0/to"],
        ),
        (paused(to=None), ["pause-not-ended /pauses/1/to"]),
        (case(outcome="refused", pauses=[PAUSE | {"to": ""}]), ["pause-not-ended /pauses/0/to"]),
        (
            OPEN | {"indicator": "limit", "pauses": [PAUSE | {"ground": "tender"}]},
            ["not-one-of /pauses/0/ground"],
        ),
        (
            case(indicator="share", outcome="open", completed_at=None, resolved=True),
            ["open-but-resolved /resolved"],
        ),
        (paused(ground="holiday"), ["not-one-of /pauses/1/ground"]),
        (paused(document=None), ["missing /pauses/1/document"]),
        (paused(until="x"), ["unknown-field /pauses/1/until"]),
        (
            OPEN | {"pauses": [PAUSE | {"from": "2021-06-02", "to": None}]},
            ["in-the-future /pauses/0/from"],
        ),
        (case(extension=5), ["wrong-type /extension"]),
        (case(extension=EXTENSION | {"days": 0}), ["out-of-range /extension/days"]),
        (case(extension=EXTENSION | {"days": 1001}), ["out-of-range /extension/days"]),
        (case(extension=EXTENSION | {"days": 60}), ["extension-too-long /extension/days"]),
        (case(indicator="limit", extension=EXTENSION), ["extension-too-long /extension/days"]),
        (case(extension=EXTENSION | {"days": 1.5}), ["not-a-whole-number /extension/days"]),
        (
            case(extension={}),
            [
                "missing /extension/days",
                "missing /extension/document",
                "missing /extension/approved_by",
            ],
        ),
        (case(extension=EXTENSION | {"approved_by": None}), ["missing /extension/approved_by"]),
        (case(labels=["a"]), ["wrong-type /labels"]),
        (case(labels={"a": 1}), ["wrong-type /labels/a"]),
        (case(labels={"a": None}), ["missing /labels/a"]),
        (case(labels={"a": "x" * 41}), ["too-long /labels/a"]),
        (case(labels={"x" * 41: "a"}), ["too-long /labels/" + "x" * 40 + "…"]),
        (case(labels={"": "a"}), ["empty /labels/"]),
        (case(labels={str(n): "a" for n in range(11)}), ["too-many /labels"]),
        (case(period="2021Q1"), ["unknown-field /period"]),
    ],
)
def test_what_is_wrong_with_a_row(row: Row, expected: list[str]) -> None:
    assert [f"{code} {pointer}" for code, pointer in faults("case", row)] == expected


def test_a_case_that_was_never_resolved_says_nothing_about_it() -> None:
    (row,) = unpacked(read("case", case(indicator="share"))).cases
    assert not row.HasField("resolved")


@pytest.mark.parametrize(
    ("outcome", "packed"),
    [("completed", "completed"), ("refused", "refused"), ("withdrawn", "withdrawn")],
)
def test_outcomes_travel_by_number(outcome: str, packed: int) -> None:
    (row,) = unpacked(read("case", case(outcome=outcome))).cases
    assert row.outcome == packed


@pytest.mark.parametrize("written", ["A-1", "A-1  ", "\u3000A-1", "\u00a0A-1"])
def test_what_pads_a_number_makes_no_other_case(written: str) -> None:
    posted = draft("case", json.dumps(case(case_no=written), separators=(",", ":")).encode())
    for taken in (accepted(posted), listed(posted)):
        assert [row.case_no for row in unpacked(taken).cases] == ["A-1"]


def test_an_accent_is_the_same_however_it_was_typed() -> None:
    for written in ("\u00e9", "e\u0301"):
        posted = draft("case", json.dumps(case(case_no=written), separators=(",", ":")).encode())
        for taken in (accepted(posted), listed(posted)):
            assert [row.case_no for row in unpacked(taken).cases] == ["\u00e9"]


def test_times_that_clash_are_told_as_they_were_sent() -> None:
    (flaw,) = read("case", case(accepted_at="2021-03-25", completed_at="2021-03-24 09:30")).errors
    assert (flaw.names["completed"], flaw.names["accepted"]) == ("2021-03-24 09:30", "2021-03-25")
    (flaw,) = read("case", case(pauses=[PAUSE | {"to": "2021-03-01"}])).errors
    assert (flaw.names["end"], flaw.names["start"]) == ("2021-03-01", "2021-03-02")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (OPEN | {"accepted_at": "1921-03-01"}, [("unusual-age", "/accepted_at")]),
        (OPEN | {"accepted_at": "2019-06-01"}, [("unusual-age", "/accepted_at")]),
        (OPEN | {"accepted_at": "2019-06-02"}, []),  # 730 days before 2021-06-01
        (OPEN | {"indicator": "limit", "accepted_at": "2021-05-01"},
         [("unusual-age", "/accepted_at")]),
        (OPEN | {"indicator": "limit", "accepted_at": "2021-05-02"}, []),
        (case(accepted_at="1921-03-01"), []),
        (case(pauses=[PAUSE, PAUSE | {"from": "2021-03-03", "to": "2021-03-05"}]),
         [("pauses-overlap", "/pauses")]),
        (OPEN | {"pauses": [PAUSE | {"from": "2021-03-03"}, PAUSE | {"to": None}]},
         [("pauses-overlap", "/pauses")]),
        # One begins on the day the other ends: that day counts in the first alone.
        (case(pauses=[PAUSE, PAUSE | {"from": "2021-03-04", "to": "2021-03-05"}]), []),
        (case(pauses=[PAUSE, PAUSE | {"from": "2021-03-03", "to": "2021-03-03"}]), []),
    ],
)  # fmt: skip
def test_what_is_taken_but_asked_about(row: Row, expected: list[tuple[str, str]]) -> None:
    posted = draft("case", json.dumps(row, separators=(",", ":")).encode())
    quick = accepted(posted)
    assert quick is not None
    for taken in (quick, listed(posted)):
        assert not taken.errors
        assert [(flaw.code, flaw.pointer) for flaw in taken.warnings] == expected


def test_the_quick_way_leaves_a_resolved_open_case_to_the_thorough_one() -> None:
    row = case(indicator="share", outcome="open", completed_at=None, resolved=True)
    assert accepted(draft("case", json.dumps(row, separators=(",", ":")).encode())) is None
