"""Atomic, partial and dry run: what one bad row does to the others."""

import pytest

from tests.service.ingest.service import Desk, assert_problem
from tests.support.ingest import case, figure

GOOD, BAD = figure(), figure(region="610103", value=-1)


def test_atomic_keeps_nothing_when_a_row_is_bad(desk: Desk) -> None:
    for query in ("", "?mode=atomic"):
        errors = assert_problem(desk.post("observation", [GOOD, BAD], query=query), 422)
        assert [(e["code"], e["pointer"], e["index"]) for e in errors] == [
            ("below-minimum", "/value", 1)
        ]
    assert desk.count("submissions") == 0


def test_partial_keeps_the_good_rows_and_tells_the_others(desk: Desk) -> None:
    answer = desk.post("observation", [BAD, GOOD], query="?mode=partial")
    assert answer.status_code == 207
    body = answer.json()
    assert (body["received"], body["accepted"], body["rejected"]) == (2, 1, 1)
    assert [(e["code"], e["index"]) for e in body["errors"]] == [("below-minimum", 0)]
    assert body["errors_total"] == 1
    (sent,) = desk.sent()
    assert (sent.received, sent.rejected) == (2, 1)
    assert [row.index for row in sent.observations] == [1]


def test_partial_without_a_fault_is_accepted(desk: Desk) -> None:
    answer = desk.post("observation", [GOOD], query="?mode=partial")
    assert (answer.status_code, answer.json()["errors"]) == (202, [])


def test_partial_with_faults_alone_leaves_a_receipt(desk: Desk) -> None:
    answer = desk.post("observation", [BAD], query="?mode=partial")
    assert answer.status_code == 207
    assert (answer.json()["accepted"], answer.json()["rejected"]) == (0, 1)
    (sent,) = desk.sent()
    assert (sent.received, sent.rejected, len(sent.observations)) == (1, 1, 0)


def test_partial_cannot_save_a_request_of_two_orgs(desk: Desk) -> None:
    rows = [GOOD, figure(region="610103", org="customs")]
    errors = assert_problem(desk.post("observation", rows, query="?mode=partial"), 422)
    assert [(e["code"], e["index"]) for e in errors] == [("other-org", 1)]


def test_partial_cannot_save_a_table_with_an_unknown_column(desk: Desk) -> None:
    body = b"indicator,period,value,mood\ndays,2021Q1,5,good\n"
    answer = desk.post("observation", body, form="csv", query="?mode=partial")
    assert [e["pointer"] for e in assert_problem(answer, 422)] == ["/mood"]


def test_a_line_that_is_no_json_is_one_bad_row(desk: Desk) -> None:
    body = b'{"indicator":"days","period":"2021Q1","value":1}\n{"indicator":\n'
    answer = desk.post("observation", body, form="ndjson", query="?mode=partial")
    assert answer.status_code == 207
    assert [(e["code"], e["index"]) for e in answer.json()["errors"]] == [("malformed", 1)]


def test_both_rows_about_the_same_thing_are_bad(desk: Desk) -> None:
    rows = [GOOD, figure(region="610103"), figure(region="610100", value=6)]
    answer = desk.post("observation", rows, query="?mode=partial")
    assert [(e["code"], e["index"]) for e in answer.json()["errors"]] == [
        ("duplicate-row", 0),
        ("duplicate-row", 2),
    ]
    assert answer.json()["accepted"] == 1


def test_a_dry_run_answers_the_same_and_keeps_nothing(desk: Desk) -> None:
    answer = desk.post("observation", [GOOD], query="?dry_run=true")
    assert answer.status_code == 200
    assert answer.json()["submission_id"] is None
    assert answer.json()["status_url"] is None
    assert answer.json()["accepted"] == 1
    partial = desk.post("observation", [GOOD, BAD], query="?dry_run=true&mode=partial")
    assert (partial.status_code, partial.json()["rejected"]) == (200, 1)
    assert_problem(desk.post("observation", [BAD], query="?dry_run=true"), 422)
    assert desk.count("submissions") == 0


def test_at_most_a_thousand_faults_are_listed_and_all_counted(desk: Desk) -> None:
    rows = [case(case_no=f"N-{n}", outcome="lost", indicator="none") for n in range(800)]
    answer = desk.post("case", rows)
    errors = assert_problem(answer, 422)
    assert len(errors) == 1_000
    assert answer.json()["errors_total"] == 1_600
    assert [e["index"] for e in errors] == [n // 2 for n in range(1_000)]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("?mode=both", "/query/mode"),
        ("?mode=", "/query/mode"),
        ("?mode=partial&mode=atomic", "/query/mode"),
        ("?dry_run=yes", "/query/dry_run"),
        ("?dryrun=true", "/query/dryrun"),
        ("?a/b=1", "/query/a~1b"),
    ],
)
def test_a_parameter_that_is_not_understood_is_refused(
    desk: Desk, query: str, pointer: str
) -> None:
    errors = assert_problem(desk.post("observation", GOOD, query=query), 400)
    assert [e["pointer"] for e in errors] == [pointer]
    assert desk.count("submissions") == 0
