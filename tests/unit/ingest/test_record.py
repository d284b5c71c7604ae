"""The record has the columns of the declaration, and says what the rows say."""

from datetime import UTC, datetime

import pytest

from duibiao.contracts.v1 import submission_pb2 as pb
from services.ingest.adapters.record import record
from services.ingest.domain.columns import Columns
from services.ingest.domain.context import Kind
from services.ingest.domain.rows import ROWS, Field
from tests.support.records import read_record

TABLES: dict[Kind, str] = {
    "observation": "observations",
    "case": "cases",
    "progress_report": "reports",
    "approval": "approvals",
}
MESSAGES = {"objects": "Pauses", "object": "Extensions", "labels": "Labels"}
TIMES = ("time", "past")
RECEIVED = datetime(2021, 6, 1, 4, tzinfo=UTC)


def fields_of(table: str) -> dict[str, str]:
    descriptor = pb.Submission.DESCRIPTOR.fields_by_name[table].message_type
    assert descriptor is not None
    return {
        field.name: field.message_type.name for field in descriptor.fields if field.message_type
    }


def message_of(field: Field) -> str:
    return MESSAGES.get(field.type, "Times" if field.type in TIMES else "Texts")


@pytest.mark.parametrize("kind", TABLES)
def test_the_record_has_the_declared_columns(kind: Kind) -> None:
    declared = {field.name: message_of(field) for field in ROWS[kind].fields.values()}
    declared.pop("org")  # which is the record's
    assert fields_of(TABLES[kind]) == declared


@pytest.mark.parametrize(("name", "message"), [("pauses", pb.Pauses), ("extension", pb.Extensions)])
def test_objects_in_a_row_have_the_declared_columns_too(name: str, message: type) -> None:
    declared = {part.name: message_of(part) for part in ROWS["case"].fields[name].parts}
    columns = {
        field.name: field.message_type.name
        for field in message.DESCRIPTOR.fields  # type: ignore[attr-defined]
        if field.message_type is not None
    }
    assert columns == declared


def packed(columns: Columns, received: int, index: list[int] | None = None) -> bytes:
    return record(
        "s", "case", org="tax-bureau", key_id="k", received_at=RECEIVED, received=received,
        columns=columns, index=index,
    )  # fmt: skip


def test_a_text_that_all_rows_share_is_written_once_and_one_of_few_as_its_place() -> None:
    columns: Columns = {
        "case_no": ["1", "2", "3"],
        "indicator": ["days"] * 3,
        "outcome": ["open", "completed", "open"],
        "resolved": [None, "true", None],
        "deadline": [None, None, None],
    }
    cases = pb.Submission.FromString(packed(columns, 3)).cases
    assert (list(cases.case_no.distinct), list(cases.case_no.place)) == (["1", "2", "3"], [])
    assert (list(cases.indicator.distinct), list(cases.indicator.place)) == (["days"], [])
    assert (list(cases.outcome.distinct), list(cases.outcome.place)) == (
        ["open", "completed"],
        [1, 2, 1],
    )
    assert (list(cases.resolved.distinct), list(cases.resolved.place)) == (["true"], [0, 1, 0])
    assert not cases.deadline.delta_us
    assert not cases.stated_at.delta_us


def test_times_are_differences_and_come_back_as_they_were() -> None:
    at = 1_622_520_000_000_000
    assert at == RECEIVED.timestamp() * 1_000_000
    columns: Columns = {"accepted_at": [at - 5, at + 7, at], "completed_at": [at + 1, None, at]}
    data = packed(columns, 3)
    cases = pb.Submission.FromString(data).cases
    assert list(cases.accepted_at.delta_us) == [-5, 12, -7]
    assert (list(cases.completed_at.delta_us), list(cases.completed_at.absent)) == ([1, 0, -1], [1])
    rows = read_record(data).cases
    assert [row.accepted_us for row in rows] == columns["accepted_at"]
    assert [row.completed_us for row in rows] == columns["completed_at"]


def test_rows_that_were_refused_leave_the_places_of_the_others() -> None:
    found = read_record(packed({"case_no": ["b", "d"]}, 4, [1, 3]))
    assert (found.received, found.rejected) == (4, 2)
    assert [(row.index, row.case_no) for row in found.cases] == [(1, "b"), (3, "d")]
    assert read_record(packed({"case_no": []}, 1, [])).cases == []


def test_a_thousand_rows_are_some_thirty_bytes_each() -> None:
    columns: Columns = {
        "case_no": [f"DJ-2021-{n:06}" for n in range(1_000)],
        "indicator": ["mortgage-registration-days"] * 1_000,
        "region": ["610112", "610113"] * 500,
        "accepted_at": [1_615_000_000_000_000 + n * 61_000_000 for n in range(1_000)],
        "completed_at": [1_615_100_000_000_000 + n * 67_000_000 for n in range(1_000)],
        "outcome": ["completed"] * 1_000,
    }
    assert len(packed(columns, 1_000)) < 30_000
