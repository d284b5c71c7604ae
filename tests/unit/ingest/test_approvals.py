"""Every rule about a decision of the office on an extension or a pause."""

from typing import Any

import pytest

from tests.support.ingest import OFFICE, OURS, faults, read, unpacked
from tests.support.registers import CUSTOMS, TAX

Row = dict[str, Any]
GRANT: Row = {
    "org": TAX,
    "indicator": "asks",
    "case_no": "A-1",
    "document": "延1",
    "days": 5,
    "reason": "同意",
}


def test_a_decision_travels_as_it_was_stated() -> None:
    (row,) = unpacked(read("approval", GRANT | {"days": 0}, sender=OFFICE)).approvals
    assert (row.indicator, row.case_no, row.document, row.days, row.reason) == (
        "asks",
        "A-1",
        "延1",
        0,
        "同意",
    )


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (GRANT, []),
        (GRANT | {"days": -1}, ["below-minimum /days"]),
        (GRANT | {"days": 1001}, ["out-of-range /days"]),
        (GRANT | {"days": 0.5}, ["not-a-whole-number /days"]),
        (GRANT | {"reason": None}, ["missing /reason"]),
        (GRANT | {"document": ""}, ["missing /document"]),
        (GRANT | {"indicator": "days"}, ["no-approval-asked /indicator"]),
        (GRANT | {"org": CUSTOMS}, ["not-yours /indicator"]),
        (GRANT | {"case": "A-1"}, ["unknown-field /case"]),
    ],
)
def test_what_is_wrong_with_a_decision(row: Row, expected: list[str]) -> None:
    found = faults("approval", row, sender=OFFICE)
    assert [f"{code} {pointer}" for code, pointer in found] == expected


def test_only_the_office_decides() -> None:
    assert faults("approval", GRANT, sender=OURS) == [("office-only", "/days")]


def test_two_decisions_on_one_document_are_a_fault_of_each() -> None:
    taken = read("approval", GRANT, GRANT | {"days": 0}, sender=OFFICE)
    assert [flaw.code for flaw in taken.errors] == ["duplicate-row", "duplicate-row"]
