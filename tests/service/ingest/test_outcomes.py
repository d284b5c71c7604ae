"""What comes back from the verdicts: final counts, metrics, and outcomes that make no sense."""

from tests.service.ingest.service import Desk, outcome_of
from tests.support.ingest import figure
from tests.support.registers import TAX
from tests.support.waiting import until

BAD = figure(region="610103", value=-1)


def outcome(submission_id: str, org: str = TAX, **counts: int) -> bytes:
    return outcome_of(submission_id, org, 1, counts)


def dead_letters(desk: Desk) -> list[str]:
    return [e.headers["dead-reason"] for e in desk.bus.events if "dead-letters" in e.topic]


def test_rows_are_counted_when_they_are_final(desk: Desk) -> None:
    rows = [figure(), figure(region="610122"), BAD]
    answer = desk.post("observation", rows, query="?mode=partial").json()
    assert desk.metric("duibiao_rows_total", org=TAX, result="rejected") == 1
    assert desk.metric("duibiao_rows_total", org=TAX, result="accepted") == 0
    desk.settle(answer["submission_id"], accepted=1, duplicate=1)
    until(lambda: desk.metric("duibiao_rows_total", org=TAX, result="accepted") == 1)
    assert desk.metric("duibiao_rows_total", org=TAX, result="duplicate") == 1
    assert desk.metric("duibiao_rows_total", org=TAX, result="revised") == 0


def test_submissions_are_counted_by_what_became_of_them(desk: Desk) -> None:
    key = {"Idempotency-Key": "k"}
    desk.post("observation", figure(), headers=key)
    desk.post("observation", figure(), headers=key)
    desk.post("observation", [figure(), BAD], query="?mode=partial")
    desk.post("observation", BAD)
    desk.post("observation", BAD)
    desk.post("observation", figure(), query="?dry_run=true")
    desk.post("observation", b"null", by="office")
    counted = {
        result: desk.metric("duibiao_submissions_total", org=TAX, result=result)
        for result in ("accepted", "partial", "refused", "replayed", "dry_run")
    }
    assert counted == {"accepted": 1, "partial": 1, "refused": 2, "replayed": 1, "dry_run": 1}
    assert desk.metric("duibiao_submissions_total", org="", result="refused") == 1


def test_the_first_outcome_stands_and_counts_once(desk: Desk) -> None:
    submission = desk.post("observation", figure()).json()["submission_id"]
    desk.settle(submission, accepted=1)
    desk.tell("again", outcome(submission, duplicate=1))
    desk.tell("nonsense", b"\xff")
    until(lambda: bool(dead_letters(desk)))
    receipt = desk.get(f"/v1/submissions/{submission}").json()
    assert (receipt["accepted"], receipt["duplicate"]) == (1, 0)
    assert desk.metric("duibiao_rows_total", org=TAX, result="accepted") == 1
    assert desk.metric("duibiao_rows_total", org=TAX, result="duplicate") == 0


def test_outcomes_that_make_no_sense_become_dead_letters(desk: Desk) -> None:
    submission = desk.post("observation", figure()).json()["submission_id"]
    desk.tell("none", b"\xff\xff")
    desk.tell("too many", outcome(submission, accepted=1, revised=1))
    desk.tell("other key", outcome(submission, accepted=1), "finance-bureau")
    desk.tell("other org", outcome(submission, "finance-bureau", accepted=1), "finance-bureau")
    until(lambda: len(dead_letters(desk)) == 4)
    no_message, too_many, other_key, other_org = dead_letters(desk)
    assert "Outcomes" in no_message
    assert "2 rows counted, 1 taken" in too_many
    assert "stands under the key 'finance-bureau'" in other_key
    assert f"submission {submission} is not of finance-bureau" in other_org
    assert desk.get(f"/v1/submissions/{submission}").json()["state"] == "accepted"
    desk.settle(submission, revised=1)


def test_outcomes_of_unknown_submissions_are_skipped_however_many(desk: Desk) -> None:
    submission = desk.post("observation", figure()).json()["submission_id"]
    for number in range(120):  # a flood of dead letters would stop the reader at 50
        desk.tell(f"stranger {number}", outcome(f"stranger {number}", accepted=1))

    desk.settle(submission, accepted=1)

    assert desk.metric("duibiao_unknown_outcomes_total") == 120
    assert dead_letters(desk) == []


def test_a_dead_letter_settles_its_receipt_until_it_is_replayed(desk: Desk) -> None:
    submission = desk.post("observation", figure()).json()["submission_id"]
    path = f"/v1/submissions/{submission}"
    desk.tell("dead", outcome_of(submission, TAX, 1, {}, dead_lettered=True))
    until(lambda: desk.get(path).json()["state"] == "dead-lettered")
    receipt = desk.get(path).json()
    assert (receipt["accepted"], receipt["duplicate"], receipt["evaluated_at"]) == (1, None, None)
    assert desk.count("unsettled") == 0
    assert desk.metric("duibiao_rows_total", org=TAX, result="accepted") == 0

    desk.settle(submission, accepted=1)  # the dead letter was replayed
    desk.tell("late", outcome_of(submission, TAX, 2, {}, dead_lettered=True))
    desk.tell("nonsense", b"\xff")
    until(lambda: bool(dead_letters(desk)))

    assert desk.get(path).json()["state"] == "evaluated"
    assert desk.metric("duibiao_rows_total", org=TAX, result="accepted") == 1
