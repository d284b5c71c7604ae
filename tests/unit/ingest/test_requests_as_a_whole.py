"""Rows together: whose they are, and that none is said twice."""

import pytest

from services.ingest.domain.context import Kind, Sender
from services.ingest.domain.submission import Format
from tests.support.ingest import (
    OFFICE,
    OURS,
    case,
    draft,
    figure,
    listed,
    read,
    report,
    told,
    unpacked,
)
from tests.support.registers import CUSTOMS, TAX


def test_rows_that_are_no_objects_are_told_and_the_others_read() -> None:
    taken = read("observation", *[None, figure(), 5, "text", [], True])
    assert told(taken.errors) == [("not-an-object", None, index) for index in (0, 2, 3, 4, 5)]
    assert (taken.received, taken.rejected, taken.problem) == (6, 5, None)
    assert [row.index for row in unpacked(taken).observations] == [1]


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("observation", figure(), figure(region="610100", value=7)),
        ("observation", figure(region=""), figure(region=None, value=7)),
        ("case", case(), case(region="610103", outcome="refused")),
        ("case", case(), case(case_no=" A-1\u3000")),
        ("case", case(case_no="\u00e9-1"), case(case_no="e\u0301-1")),
        ("progress_report", report(), report(milestone="", state="not_started")),
        ("progress_report", report(milestone="1.1-a"), report(milestone="1.1-a", summary="x")),
    ],
)
def test_two_rows_about_the_same_thing(
    kind: Kind, first: dict[str, object], second: dict[str, object]
) -> None:
    taken = read(kind, first, second)
    assert told(taken.errors) == [("duplicate-row", None, 0), ("duplicate-row", None, 1)]
    assert [flaw.names["duplicate_of"] for flaw in taken.errors] == [1, 0]
    assert taken.rejected == 2


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("observation", figure(), figure(region="610103")),
        ("observation", figure(), figure(period="202101")),
        ("observation", figure(), figure(indicator="limit")),
        ("case", case(), case(case_no="A-2")),
        ("case", case(), case(indicator="limit")),
        ("progress_report", report(), report(milestone="1.1-a")),
        ("progress_report", report(), report(period="2021Q2")),
    ],
)
def test_two_rows_about_different_things(
    kind: Kind, first: dict[str, object], second: dict[str, object]
) -> None:
    assert read(kind, first, second).errors == ()


def test_a_twin_is_told_though_the_row_has_another_fault() -> None:
    taken = read("observation", figure(value=-1), figure(), figure())
    assert told(taken.errors) == [
        ("below-minimum", "/value", 0),
        ("duplicate-row", None, 0),
        ("duplicate-row", None, 1),
        ("duplicate-row", None, 2),
    ]
    assert [flaw.names["duplicate_of"] for flaw in taken.errors[1:]] == [1, 0, 0]


def test_rows_whose_identity_cannot_be_read_are_no_twins() -> None:
    taken = read("observation", figure(period=5), figure(period=5), {}, {})
    assert "duplicate-row" not in {flaw.code for flaw in taken.errors}


@pytest.mark.parametrize(
    ("sender", "orgs", "org", "codes", "problem"),
    [
        (OURS, [None, TAX, ""], TAX, [], None),
        (OURS, [CUSTOMS], None, ["other-org"], "forbidden"),
        (OURS, [CUSTOMS, CUSTOMS], None, ["other-org", "other-org"], "forbidden"),
        (OURS, [None, CUSTOMS], None, ["other-org"], "invalid"),
        (OFFICE, [TAX, TAX], TAX, [], None),
        (OFFICE, [TAX, CUSTOMS, None], None, ["mixed-orgs", "org-required"], "invalid"),
        (OFFICE, [None], None, ["org-required"], "invalid"),
        (OFFICE, ["ghosts"], None, ["unknown-org"], "invalid"),
    ],
)
def test_a_submission_is_of_one_org(
    sender: Sender, orgs: list[str | None], org: str | None, codes: list[str], problem: str | None
) -> None:
    regions = ("610100", "610103", "610122")
    rows = [figure(org=o, region=r) for o, r in zip(orgs, regions, strict=False)]
    taken = read("observation", *rows, sender=sender)
    assert [flaw.code for flaw in taken.errors] == codes
    assert (taken.org, taken.problem) == (org, problem)


def test_an_org_that_is_no_text_is_a_fault_of_its_row() -> None:
    taken = read("observation", figure(org=5), figure(region="610103"))
    assert told(taken.errors) == [("wrong-type", "/org", 0)]
    assert (taken.org, taken.problem) == (TAX, None)


def test_other_faults_are_told_though_the_org_is_not_settled() -> None:
    taken = read("observation", figure(org=CUSTOMS, value=-1, indicator="theirs"))
    assert told(taken.errors) == [("other-org", "/org", 0), ("below-minimum", "/value", 0)]


def test_a_row_that_is_others_to_report_is_told_beside_rows_of_others() -> None:
    mine = figure(indicator="theirs")
    taken = read("observation", mine, figure(org=CUSTOMS))
    assert told(taken.errors) == [("not-yours", "/indicator", 0), ("other-org", "/org", 1)]
    both = [figure(org=TAX, indicator="theirs"), figure(org=CUSTOMS)]
    taken = read("observation", *both, sender=OFFICE)
    assert told(taken.errors) == [("not-yours", "/indicator", 0), ("mixed-orgs", "/org", 1)]


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("json", b"[]"),
        ("json", b" [\n] "),
        ("ndjson", b"\n \r\n"),
        ("csv", b"indicator,period\n"),
        ("csv", b"indicator,period\n,\n"),
    ],
)
def test_a_body_without_rows(form: Format, body: bytes) -> None:
    taken = listed(draft("observation", body, form))
    assert told(taken.errors) == [("empty-body", None, None)]
    blank = form == "ndjson"
    assert (taken.received, taken.problem) == (0, "bad-request" if blank else "invalid")
