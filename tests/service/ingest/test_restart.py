"""What was answered is there after the end of the process, however it ended."""

from pathlib import Path

import pytest

from tests.service.ingest.service import SUBMISSIONS, Desk
from tests.support.ingest import case, figure
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("each_database")


def test_receipts_keys_and_the_log_outlive_the_process(tmp_path: Path) -> None:
    key = {"Idempotency-Key": "k"}
    with Desk(tmp_path) as desk:
        first = desk.post("observation", figure(), headers=key)
        desk.settle(first.json()["submission_id"], accepted=1)
    with Desk(tmp_path) as desk:
        again = desk.post("observation", figure(), headers=key)
        assert again.content == first.content
        assert again.headers["Idempotency-Replayed"] == "true"
        assert desk.get(first.json()["status_url"]).json()["state"] == "evaluated"
        sent = [event for event in desk.bus.events if event.topic == SUBMISSIONS]
        assert sent == []  # once, by the first


def test_what_was_not_sent_goes_out_in_the_order_of_the_answers(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        desk.bus.open_fails = 10_000
        ids = [desk.post("case", case(case_no=f"N-{n}")).json()["submission_id"] for n in range(30)]
    with Desk(tmp_path) as desk:
        assert [submission.id for submission in desk.sent(30)] == ids


def test_a_send_that_was_not_confirmed_is_repeated_under_the_same_id(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        desk.bus.send_fails = 2
        desk.post("observation", figure())
        desk.post("observation", figure(value=6))
        until(lambda: desk.unsent() == 0)
        assert len({submission.id for submission in desk.sent(2)}) == 2
        assert desk.bus.sends >= 3
