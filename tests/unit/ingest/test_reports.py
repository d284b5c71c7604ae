"""Every rule about one progress report; what is wrong and where is written out."""

from typing import Any

import pytest

from services.ingest.domain.context import Sender
from tests.support.ingest import OFFICE, OURS, faults, report
from tests.support.registers import TAX

Row = dict[str, Any]
DONE = report(state="done", done_on="2021-03-01", summary="已印发")
BY_OFFICE = report(org=TAX, received_on="2021-03-25")


@pytest.mark.parametrize(
    ("row", "sender"),
    [
        (report(), OURS),
        (report(state="done", done_on="2021-06-01", summary="已印发"), OURS),
        (report(milestone="1.1-a", summary="第一行\n第二行"), OURS),
        (report(state=None, zero_report=True), OURS),
        (report(state=None, zero_report=True, milestone="1.1-a"), OURS),
        (report(zero_report=False), OURS),
        (report(period="2021Q2"), OURS),
        (BY_OFFICE, OFFICE),
    ],
)
def test_sound_rows(row: Row, sender: Sender) -> None:
    assert faults("progress_report", row, sender) == []


@pytest.mark.parametrize(
    ("row", "sender", "expected"),
    [
        ({}, OURS, ["missing /measure", "missing /period", "missing /state"]),
        (report(measure="9.9"), OURS, ["unknown-measure /measure"]),
        (report(measure=1.1), OURS, ["wrong-type /measure"]),
        (report(measure="1.2"), OURS, ["not-yours /measure"]),
        (report(milestone="9.9-a"), OURS, ["unknown-milestone /milestone"]),
        (report(measure="1.2", milestone="1.1-a"), OURS,
         ["not-yours /measure", "unknown-milestone /milestone"]),
        (report(period="2021Q3"), OURS, ["period-not-begun /period"]),
        (report(period="202103"), OURS, ["not-a-report-period /period"]),
        (report(period="2021"), OURS, ["not-a-report-period /period"]),
        (report(period="2020Q4"), OURS, ["not-a-report-period /period"]),
        (report(period="first"), OURS, ["bad-period /period"]),
        (report(state="almost"), OURS, ["not-one-of /state"]),
        (report(state=None), OURS, ["missing /state"]),
        (report(state=None, zero_report=False), OURS, ["missing /state"]),
        (report(state=None, zero_report="yes"), OURS, ["wrong-type /zero_report"]),
        (report(done_on="2021-03-01"), OURS, ["not-allowed /done_on"]),
        (DONE | {"done_on": "2021-06-02"}, OURS, ["in-the-future /done_on"]),
        (DONE | {"done_on": "2021-03-01T10:00"}, OURS, ["bad-time /done_on"]),
        (DONE | {"done_on": 20210301}, OURS, ["wrong-type /done_on"]),
        (DONE | {"done_on": None}, OURS, ["needed-when-done /done_on"]),
        (DONE | {"summary": ""}, OURS, ["needed-when-done /summary"]),
        (report(state="done"), OURS,
         ["needed-when-done /done_on", "needed-when-done /summary"]),
        (report(zero_report=True), OURS, ["zero-report-with-content /state"]),
        (DONE | {"zero_report": True}, OURS,
         ["zero-report-with-content /state", "zero-report-with-content /done_on",
          "zero-report-with-content /summary"]),
        (report(received_on="2021-03-25"), OURS, ["office-only /received_on"]),
        (BY_OFFICE | {"received_on": "2021-06-02"}, OFFICE, ["in-the-future /received_on"]),
        (BY_OFFICE | {"measure": "1.2"}, OFFICE, ["not-yours /measure"]),
        (report(summary="x" * 201), OURS, ["too-long /summary"]),
        (report(summary="\x00"), OURS, ["nul-character /summary"]),
        (report(stated_at="2021-06-02"), OURS, ["in-the-future /stated_at"]),
        (report(value=5), OURS, ["unknown-field /value"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_row(row: Row, sender: Sender, expected: list[str]) -> None:
    told = [f"{code} {pointer}" for code, pointer in faults("progress_report", row, sender)]
    assert told == expected
