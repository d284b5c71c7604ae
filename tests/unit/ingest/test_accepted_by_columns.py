"""Columns accept what is plainly right, and leave everything else to be listed row by row."""

import json
from typing import Any
from unittest.mock import Mock

import pytest

from services.ingest.adapters.decoding import decode
from services.ingest.domain.checking import check_row
from services.ingest.domain.columnwise import check_columns
from services.ingest.domain.context import Kind, Sender
from services.ingest.domain.shapes import ShapeCache
from services.ingest.domain.submission import Format, Media
from tests.support.ingest import (
    OFFICE,
    OURS,
    accepted,
    case,
    draft,
    figure,
    listed,
    terms,
    unpacked,
)
from tests.support.registers import CUSTOMS, TAX

PAUSES = [{"from": "2021-03-02", "to": "2021-03-04", "ground": "tender", "document": "招1"}]
EXTENSION = {"days": 5, "document": "延1", "approved_by": "局长"}
DEEP: list[Any] = [[[[[[[[[[[[]]]]]]]]]]]]
TWO = [figure(), figure(region="610103", value=7.25)]


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("kind", "form", "body"),
    [
        ("observation", "json", compact(figure())),
        ("observation", "json", json.dumps(TWO).encode()),
        ("observation", "json", json.dumps(TWO, indent=2).encode()),
        ("observation", "json", compact(figure(value=12.0, sample_size=12.0))),
        ("observation", "json", b'{"indicator":"days","period":"2021Q1","value":5.50}'),
        ("observation", "json", compact(figure(comment="一季度", stated_at="2021-04-01"))),
        ("observation", "json", compact(figure(region=None, status=None, comment=None))),
        ("observation", "json", compact(figure(region="", status="", comment=""))),
        (
            "observation",
            "json",
            compact(figure(indicator="share", value=None, numerator=1, denominator=2)),
        ),
        (
            "observation",
            "json",
            compact(figure(value=None, status="not_applicable", comment="停办")),
        ),
        ("observation", "ndjson", b"\n".join(map(compact, TWO)) + b"\n"),
        ("observation", "ndjson", b"\r\n".join(map(compact, TWO))),
        ("observation", "csv", b"indicator,period,value,comment\ndays,2021Q1,5.50,\n"),
        ("observation", "csv", "indicator,period,value,comment\ndays,2021Q1,5,季\n".encode("gbk")),
        ("case", "json", compact([case(), case(case_no="A-2", outcome="refused")])),
        ("case", "json", compact(case(outcome="open", completed_at=None, deadline="2021-07-01"))),
        ("case", "json", compact(case(indicator="share", resolved=True, labels={"a": "b"}))),
        ("case", "json", compact([case(pauses=PAUSES), case(case_no="A-2")])),
        ("case", "json", compact(case(extension=EXTENSION))),
        (
            "case",
            "csv",
            b"case_no,indicator,accepted_at,outcome,resolved\nA,share,2021-03-01,open,FALSE\n",
        ),
    ],
)
def test_what_is_right_is_accepted(kind: Kind, form: Format, body: bytes) -> None:
    posted = draft(kind, body, form)
    by_columns = accepted(posted)
    assert by_columns is not None
    assert unpacked(by_columns) == unpacked(listed(posted))


SPACED = b'{"indicator":"days","period":"2021Q1","value":1,"value" :2}'


@pytest.mark.parametrize(
    ("kind", "form", "body"),
    [
        ("observation", "json", SPACED),
        ("observation", "json", SPACED.replace(b" :", b":")),
        ("observation", "json", SPACED.replace(b" :", b"\n:")),
        ("observation", "json", SPACED.replace(b'"value" :2', b'"valu\\u0065":2')),
        ("case", "json", compact(case(pauses=PAUSES)).replace(b'"ground"', b'"to":null,"ground"')),
        ("case", "json", compact(case(labels={"a": "b"})).replace(b'"a":', b'"a":"c","a":')),
        ("observation", "json", compact([figure(), figure()])),
        ("observation", "json", compact(figure(value=None))),
        ("observation", "json", compact(figure(value="5"))),
        ("observation", "json", compact(figure(indicator="items", sample_size=5))),
        ("observation", "json", compact(figure(value=1000.5))),
        ("observation", "json", compact(figure(period=None))),
        ("observation", "json", compact(figure(mood=1))),
        ("observation", "json", b"[]"),
        ("observation", "json", b"[null]"),
        ("observation", "ndjson", compact(figure()) + compact(figure(region="610103"))),
        ("observation", "ndjson", compact(figure()).replace(b",", b",\n", 1)),
        ("observation", "csv", b"indicator,period,value\ndays,2021Q1,5,\n"),
        ("observation", "csv", b"indicator,period,value,mood\ndays,2021Q1,5,\n"),
        ("observation", "csv", b"indicator,period,value\n"),
        ("observation", "csv", b"\xff\xff"),
        ("case", "json", compact([case(case_no=f"N-{n}") for n in range(51)])),
        ("case", "json", compact(case(pauses=[{}]))),
        ("case", "json", compact(case(labels={"a": "\x00"}))),
        ("case", "json", compact(case(labels={"a": "b", "电话": "1"}))),
        ("case", "json", compact(case(labels={str(n): "b" for n in range(11)}))),
        ("case", "json", compact(case(labels={"a": DEEP}))),
        ("case", "json", compact(case(pauses=DEEP))),
        ("case", "json", compact(case(extension={"days": [1] * 1_500}))),
        ("case", "json", compact(case(extension={"document": "é"})).decode().encode("latin-1")),
        ("observation", "json", compact(figure(indicator="days ", value=5000))),
        ("observation", "json", compact(figure(indicator="\u3000days", value=1000.5))),
        ("case", "json", compact(case(deadline="soon"))),
        ("case", "json", compact(case(resolved=True))),
        ("progress_report", "json", b"{}"),
    ],
)
def test_what_has_a_fault_is_left_to_be_listed(kind: Kind, form: Format, body: bytes) -> None:
    assert accepted(draft(kind, body, form)) is None


def test_an_open_case_is_asked_about_however_its_indicator_is_padded() -> None:
    for indicator in ("days", " days", "days "):
        row = case(indicator=indicator, accepted_at="2019-06-01", outcome="open", completed_at=None)
        taken = accepted(draft("case", compact(row)))
        assert taken is not None
        assert [warning.code for warning in taken.warnings] == ["unusual-age"]


def test_labels_do_not_make_a_row_one_to_be_checked_by_itself() -> None:
    rows = [{"case_no": "A-1", "labels": {"a": "b"}}, {"case_no": "A-2", "labels": {}}]
    body = compact([case(**row) for row in rows])
    decoded = decode("case", Media("json", "utf-8"), body, terms())
    assert decoded is not None
    checked = check_columns("case", decoded.columns, 2, terms(), ShapeCache())
    assert checked is not None
    assert not checked.doubtful
    assert checked.columns["labels"] == [{"a": "b"}, None]


def test_columns_give_up_after_a_few_shapes_that_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = Mock(wraps=check_row)
    monkeypatch.setattr("services.ingest.domain.shapes.check_row", checked)
    rows = [figure(indicator=f"i-{n}") for n in range(45)]
    assert accepted(draft("observation", compact(rows))) is None
    assert checked.call_count < 25


def test_a_period_that_was_left_out_is_not_mistaken_for_a_case() -> None:
    """Names of cases, which have no period, are remembered beside those of figures."""
    assert accepted(draft("case", compact(case()))) is not None
    for period in (None, ""):
        assert accepted(draft("observation", compact(figure(period=period)))) is None
    assert accepted(draft("observation", compact({"indicator": "days", "value": 5}))) is None


@pytest.mark.parametrize(
    ("sender", "orgs", "org"),
    [
        (OURS, [TAX, None], TAX),
        (OURS, [CUSTOMS], None),
        (OURS, [None, CUSTOMS], None),
        (OFFICE, [CUSTOMS, CUSTOMS], CUSTOMS),
        (OFFICE, [TAX, CUSTOMS], None),
        (OFFICE, [TAX, None], None),
        (OFFICE, [None], None),
        (OFFICE, ["ghosts"], None),
    ],
)
def test_whose_rows(sender: Sender, orgs: list[Any], org: str | None) -> None:
    regions = ("610100", "610103")
    rows = [figure(org=o, region=r) for o, r in zip(orgs, regions, strict=False)]
    taken = accepted(draft("observation", compact(rows), sender=sender))
    assert (None if taken is None else taken.org) == org
