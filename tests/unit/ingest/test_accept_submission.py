"""The use case against fakes: what is kept, when, and what is told."""

import asyncio
from dataclasses import replace

import pytest

from services.ingest.domain.errors import RowError
from services.ingest.domain.receipts import IdempotencyKey, Receipt
from services.ingest.domain.submission import DecodedSubmission
from services.ingest.ports import BacklogFull, IdempotencyKeyUsed
from services.ingest.usecases.accept_submission import LIGHT, Accepted, Refused
from tests.support.ingest import LIMITS, posting
from tests.support.registers import TAX
from tests.unit.ingest.accepting import BOMB, SOUND, Bodies, Book, Purse, Scene

MIXED = DecodedSubmission(TAX, b"packed", 3, 1, (RowError("empty", "/a", 2),), 1)
BARRED = DecodedSubmission(None, b"", 3, 3, (RowError("other-org", "/org", 0),), 3, "forbidden")


def test_a_small_plain_body_needs_no_other_thread() -> None:
    scene = Scene(Bodies(quick=SOUND))
    accepted = scene.send()
    assert (accepted.receipt.id, accepted.replayed) == ("id-1", False)
    assert (accepted.receipt.received, accepted.receipt.taken) == (3, 3)
    assert scene.bodies.ways == ["quick"]
    assert scene.threads.jobs == 0
    (entry,) = scene.book.entries
    assert (entry.payload, entry.repeat, entry.receipt) == (b"packed", None, accepted.receipt)


@pytest.mark.parametrize(
    ("how", "ways"),
    [
        ({}, ["quick", "thorough"]),
        ({"body": b"x" * (LIGHT + 1)}, ["decompressed", "quick", "thorough"]),
        ({"coding": "gzip"}, ["decompressed", "quick", "thorough"]),
        ({"repeat_key": "k"}, ["decompressed", "quick", "thorough"]),
        ({"repeat_key": "k", "dry_run": True}, ["quick", "thorough"]),
    ],
)
def test_what_could_take_long_is_done_by_other_threads(
    how: dict[str, object], ways: list[str]
) -> None:
    scene = Scene()
    scene.send(**how)
    assert scene.bodies.ways == ways
    assert scene.threads.jobs == 1


def test_atomic_refuses_a_request_with_one_bad_row() -> None:
    scene = Scene(Bodies(thorough=MIXED))
    refused = scene.refusal()
    assert (refused.problem, refused.total) == ("invalid", 1)
    assert [flaw.code for flaw in refused.errors] == ["empty"]
    assert scene.book.entries == []


def test_partial_keeps_the_rest_and_the_faults_with_the_receipt() -> None:
    scene = Scene(Bodies(thorough=MIXED))
    accepted = scene.send(partial=True)
    receipt = accepted.receipt
    assert (receipt.received, receipt.taken, receipt.rejected) == (3, 2, 1)
    assert (receipt.errors, receipt.errors_total) == (b"['empty']", 1)
    assert (accepted.result, receipt.org) == ("partial", TAX)


@pytest.mark.parametrize("partial", [True, False])
def test_what_is_barred_is_refused_in_either_mode(*, partial: bool) -> None:
    scene = Scene(Bodies(thorough=BARRED))
    refused = scene.refusal(partial=partial)
    assert (refused.problem, refused.total) == ("forbidden", 3)
    assert scene.book.entries == []


def test_a_dry_run_writes_nothing() -> None:
    scene = Scene()
    accepted = scene.send(dry_run=True)
    assert (accepted.receipt.id, accepted.receipt.taken) == (None, 3)
    assert scene.book.entries == []
    assert accepted.result == "dry_run"


def test_a_full_backlog_is_a_refusal_to_come_back_from() -> None:
    scene = Scene(book=Book(error=BacklogFull()))
    refused = scene.refusal()
    assert (refused.problem, refused.retry_after) == ("backlog-full", 5)
    assert [flaw.code for flaw in refused.errors] == ["backlog-full"]


def test_a_repeat_is_answered_from_the_book_and_not_read_again() -> None:
    scene = Scene()
    first = scene.send(repeat_key="k")
    scene.bodies.ways.clear()
    again = scene.send(repeat_key="k")
    assert again == Accepted(first.receipt, replayed=True)
    assert scene.bodies.ways == ["decompressed"]
    assert (first.result, again.result) == ("accepted", "replayed")


def test_another_request_under_the_same_key_is_refused() -> None:
    scene = Scene()
    scene.send(repeat_key="k")
    for how in ({"body": b"[]"}, {"address": b"/v1/cases?mode=partial"}):
        assert scene.refusal(repeat_key="k", **how).problem == "idempotency-key-reused"
    assert len(scene.book.entries) == 1


def test_a_key_is_free_again_after_a_refusal() -> None:
    scene = Scene(Bodies(thorough=MIXED))
    for _ in range(2):
        assert scene.refusal(repeat_key="k").problem == "invalid"
    scene.bodies.thorough = SOUND
    assert scene.send(repeat_key="k").replayed is False


def test_while_a_request_runs_its_key_is_taken() -> None:
    scene = Scene()
    asked = replace(posting("case", b"{}"), repeat_key="k")

    async def two_at_once() -> tuple[Accepted, Refused]:
        scene.book.gate = asyncio.Event()
        first = asyncio.create_task(scene.accept(asked))
        await asyncio.sleep(0)
        with pytest.raises(Refused) as caught:
            await scene.accept(asked)
        scene.book.gate.set()
        return await first, caught.value

    accepted, refused = asyncio.run(two_at_once())
    assert not accepted.replayed
    assert (refused.problem, refused.errors[0].code) == ("conflict", "still-running")
    assert len(scene.book.entries) == 1


def test_a_key_that_another_process_used_meanwhile_gets_its_answer() -> None:
    scene = Scene()
    first = scene.send(repeat_key="k")

    class Late(Book):
        looks = 0

        def find(self, scope: str, key: str) -> tuple[IdempotencyKey, Receipt] | None:
            self.looks += 1
            return None if self.looks == 1 else scene.book.find(scope, key)

    other = Scene(book=Late(error=IdempotencyKeyUsed()))
    assert other.send(repeat_key="k") == Accepted(first.receipt, replayed=True)


def test_rows_are_counted_against_the_sender_before_anything_is_kept() -> None:
    scene = Scene(Bodies(quick=SOUND), purse=Purse(left=4))
    scene.send()
    refused = scene.refusal()
    assert scene.purse.asked == [(TAX, 3), (TAX, 3)]
    assert scene.purse.charged == []
    assert (refused.problem, refused.retry_after, refused.org) == ("too-many-requests", 7, TAX)
    assert len(scene.book.entries) == 1


def test_rows_of_a_replayed_request_are_not_counted_again() -> None:
    scene = Scene(Bodies(quick=SOUND), purse=Purse(left=3))
    scene.send(repeat_key="k")
    assert scene.send(repeat_key="k").replayed
    assert scene.purse.left == 0


@pytest.mark.parametrize("how", [{}, {"repeat_key": "k"}, {"dry_run": True}])
def test_a_bomb_counts_as_many_rows_as_may_be(how: dict[str, object]) -> None:
    scene = Scene()
    assert scene.refusal(body=BOMB, coding="gzip", **how).problem == "too-large"
    assert scene.purse.charged == [(TAX, LIMITS.rows)]
    scene.send(coding="gzip", **how)
    assert scene.purse.charged == [(TAX, LIMITS.rows)]


def test_so_does_a_body_that_turns_out_too_large_as_it_is_read() -> None:
    too_many = (RowError("too-many-rows", names={"limit": 50}),)
    scene = Scene(Bodies(thorough=DecodedSubmission(None, b"", 0, 0, too_many, 1, "too-large")))
    assert scene.refusal().problem == "too-large"
    assert scene.purse.charged == [(TAX, LIMITS.rows)]


@pytest.mark.parametrize("how", [{}, {"repeat_key": "k"}])
def test_whoever_owes_rows_is_refused_before_anything_is_unpacked(how: dict[str, object]) -> None:
    scene = Scene(purse=Purse(left=LIMITS.rows - 1))
    scene.refusal(body=BOMB, coding="gzip")
    scene.bodies.ways.clear()
    refused = scene.refusal(body=BOMB, coding="gzip", **how)
    assert (refused.problem, refused.retry_after) == ("too-many-requests", 7)
    assert scene.bodies.ways == []
    assert len(scene.purse.charged) == 1
