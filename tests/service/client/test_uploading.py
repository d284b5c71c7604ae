"""A big upload: cut, sent, answered, gone on with; every row once in effect."""

from pathlib import Path

import pytest

from duibiao.client import (
    MemoryProgress,
    Part,
    Receipt,
    Refused,
    Retries,
    Spool,
    StateFile,
    Totals,
    Unavailable,
    Unreadable,
    open_file,
)
from duibiao.client.asking import Given
from duibiao.client.files import Source
from duibiao.client.progress import Progress, Purpose
from duibiao.client.uploading import Plan, Uploading
from duibiao.client.wire import Reply
from tests.support.stand_in import StandIn
from tests.support.steps import Taker, cases, replies


def upload(
    product: StandIn,
    source: Source,
    progress: Progress | None = None,
    plan: Plan | None = None,
    *,
    spool: Spool | None = None,
    patience: float = 60.0,
) -> tuple[Progress, Taker]:
    taker = Taker(product.serve)
    progress = progress or MemoryProgress("id")
    asking = taker.asking(Retries(patience=patience, chance=lambda: 0.0))
    plan = plan or Plan("cases", most_rows=10)
    taker.take(Uploading(asking, source, plan, progress, spool=spool).steps())
    return progress, taker


def keys(taker: Taker) -> list[str | None]:
    return [request.repeat_key for request in taker.sent]


def test_rows_go_in_chunks_each_with_a_key_of_its_own() -> None:
    product = StandIn()

    progress, taker = upload(product, Given(cases(range(25))))

    assert keys(taker) == ["id-0-10", "id-10-10", "id-20-5"]
    assert {request.path for request in taker.sent} == {"/v1/cases?mode=partial"}
    assert [len(one.rows) for one in product.stored] == [10, 10, 5]
    assert progress.totals == Totals(received=25, taken=25)
    assert [(part.first, part.count) for part in progress.parts()] == [(0, 10), (10, 10), (20, 5)]


def test_every_part_is_told_once_it_is_answered() -> None:
    product, told = StandIn(), list[Part]()
    taker = Taker(product.serve)
    plan = Plan("cases", most_rows=10)
    uploading = Uploading(
        taker.asking(), Given(cases(range(25))), plan, MemoryProgress(), told=told.append
    )

    taker.take(uploading.steps())

    assert [part.count for part in told] == [10, 10, 5]


def test_refused_rows_are_known_by_their_place_in_the_whole() -> None:
    numbers = [f"bad-{number}" if number in {3, 12, 13} else number for number in range(20)]

    progress, _ = upload(StandIn(), Given(cases(numbers)))

    refused = [row for part in progress.parts() for row in part.refused]
    assert [row.index for row in refused] == [3, 12, 13]
    assert [fault.index for row in refused for fault in row.faults] == [3, 12, 13]
    assert refused[1].row == '{"case_no":"bad-12"}'
    assert progress.totals == Totals(received=20, taken=17, rejected=3)


def test_the_faults_are_kept_with_the_rows_and_not_twice() -> None:
    progress, _ = upload(StandIn(), Given(cases(["bad"])))

    (part,) = progress.parts()
    assert part.receipt is not None
    assert part.receipt.errors == ()
    assert part.receipt.errors_total == 1


def test_a_lost_answer_is_heard_by_asking_again() -> None:
    product = StandIn(accidents=["unheard", "", "unheard", "lost"])

    progress, taker = upload(product, Given(cases(range(20))))

    assert keys(taker) == ["id-0-10", "id-0-10", "id-10-10", "id-10-10", "id-10-10"]
    assert set(product.effects.values()) == {1}
    assert sum(one.duplicate for one in product.stored) == 0
    assert [part.receipt.replayed for part in progress.parts() if part.receipt] == [True, True]


def test_a_killed_upload_sends_the_same_rows_under_the_same_key(tmp_path: Path) -> None:
    product = StandIn(accidents=["", "unheard"])
    purpose = Purpose("content", "url", "cases", "partial")
    rows = Given(cases(range(25)))
    first = StateFile(tmp_path / "state", purpose)
    with pytest.raises(Unavailable):
        upload(product, rows, first, patience=0.0)

    # Meanwhile somebody has changed his mind about the size of requests.
    second = StateFile(tmp_path / "state", purpose)
    progress, taker = upload(product, rows, second, Plan("cases", most_rows=4))

    sizes = [10, 4, 1]
    assert keys(taker)[0] == f"{first.upload}-10-10"
    assert [part.count for part in progress.parts()] == [10, *sizes]
    assert set(product.effects.values()) == {1}
    assert sum(one.duplicate for one in product.stored) == 0


def test_a_finished_upload_has_nothing_to_send(tmp_path: Path) -> None:
    product = StandIn()
    purpose = Purpose("content", "url", "cases", "partial")
    upload(product, Given(cases(range(25))), StateFile(tmp_path / "state", purpose))

    progress, taker = upload(
        product, Given(cases(range(25))), StateFile(tmp_path / "state", purpose)
    )

    assert taker.sent == []
    assert progress.totals.received == 25


@pytest.mark.parametrize("status", ["413", "408"])
def test_what_is_too_much_goes_in_halves(status: str) -> None:
    product = StandIn(accidents=[status])

    progress, taker = upload(product, Given(cases(range(25))))

    # The next requests are no larger than the halves that went.
    assert keys(taker) == [
        "id-0-10",
        "id-0-5",
        "id-5-5",
        "id-10-5",
        "id-15-5",
        "id-20-5",
    ]
    assert set(product.effects.values()) == {1}
    assert progress.totals.received == 25


def test_halves_of_halves() -> None:
    product = StandIn(most_rows=3)

    progress, _ = upload(product, Given(cases(range(10))))

    assert [len(one.rows) for one in product.stored] == [3, 2, 3, 2]
    assert progress.totals == Totals(received=10, taken=10)


def test_a_single_row_that_is_too_much_ends_it() -> None:
    product = StandIn(accidents=["413"])

    with pytest.raises(Refused, match="413"):
        upload(product, Given(cases([1])))


def test_halves_that_were_sent_before_a_kill_are_not_sent_again(tmp_path: Path) -> None:
    product = StandIn(most_rows=5, accidents=["", "", "unheard"])
    purpose = Purpose("content", "url", "cases", "partial")
    rows = Given(cases(range(10)))
    with pytest.raises(Unavailable):
        upload(product, rows, StateFile(tmp_path / "state", purpose), patience=0.0)

    second = StateFile(tmp_path / "state", purpose)
    progress, taker = upload(product, rows, second)

    assert keys(taker) == [f"{second.upload}-5-5"]
    assert progress.totals.received == 10
    assert set(product.effects.values()) == {1}


@pytest.mark.parametrize("status", ["400", "401", "403", "415", "422"])
def test_a_refusal_of_the_whole_ends_the_upload(status: str) -> None:
    product = StandIn(accidents=["", status])
    progress = MemoryProgress("id")

    with pytest.raises(Refused, match=status):
        upload(product, Given(cases(range(30))), progress)

    assert progress.totals.received == 10
    assert (progress.next_row, progress.under_way) == (10, 10)
    assert len(product.requests) == 2


def test_an_atomic_request_with_a_wrong_row_ends_the_upload() -> None:
    product = StandIn()
    numbers: list[int | str] = [*range(15), "bad", *range(16, 30)]

    with pytest.raises(Refused) as refused:
        upload(product, Given(cases(numbers)), plan=Plan("cases", "atomic", most_rows=10))

    assert [fault.index for fault in refused.value.errors] == [5]
    assert len(product.effects) == 10


def test_a_dry_run_stores_nothing_and_tells_every_row() -> None:
    product = StandIn()
    plan = Plan("observations", "atomic", dry_run=True, most_rows=10)

    progress, taker = upload(
        product, Given(cases([1, "bad-1", *range(2, 12), "bad-2"])), None, plan
    )

    assert {r.path for r in taker.sent} == {"/v1/observations?mode=partial&dry_run=true"}
    assert keys(taker) == [None, None]
    assert product.stored == []
    refused = [row.index for part in progress.parts() for row in part.refused]
    assert refused == [1, 12]


def test_requests_are_no_larger_than_planned() -> None:
    plan = Plan("cases", most_rows=1000, most_bytes=100)

    _, taker = upload(StandIn(), Given(cases(range(30))), plan=plan)

    assert len(taker.sent) > 1
    assert all(len(request.body) <= 120 for request in taker.sent)


def test_a_file_that_shrank_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text('{"case_no":"1"}\n{"case_no":"2"}\n', encoding="utf-8")
    source = open_file(path)
    path.write_text('{"case_no":"1"}\n', encoding="utf-8")

    with pytest.raises(Unreadable, match="1 rows were sent, 2 were in the file"):
        upload(StandIn(), source)


def test_a_workbook_goes_whole_and_its_rows_are_counted_by_the_product(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04")
    told = b"""{"submission_id": "1", "received": 345, "accepted": 344, "rejected": 1,
        "errors": [{"code": "bad-time", "index": 17}], "errors_total": 1}"""
    taker = Taker(replies(Reply(207, {}, told)))
    progress = MemoryProgress("id")

    taker.take(Uploading(taker.asking(), open_file(path), Plan("cases"), progress).steps())

    (part,) = progress.parts()
    assert (part.first, part.count, progress.next_row) == (0, 345, 345)
    assert [(row.index, row.row) for row in part.refused] == [(17, "")]
    assert part.unlisted == 0
    assert taker.sent[0].body == b"PK\x03\x04"


def test_the_spool_takes_what_cannot_be_sent(tmp_path: Path) -> None:
    product = StandIn(accidents=["", *["lost"] * 9])
    spool = Spool(tmp_path / "spool")

    progress, taker = upload(product, Given(cases(range(25))), spool=spool, patience=1.0)

    assert progress.totals == Totals(received=10, taken=10, spooled=15)
    assert len(spool) == 2
    # Once it is known to be away, it is not asked for every chunk.
    assert "id-20-5" not in keys(taker)
    assert [spool.request(name).repeat_key for name in spool.waiting()] == ["id-10-10", "id-20-5"]
    assert [part.receipt is None for part in progress.parts()] == [False, True, True]


def test_what_waits_in_the_spool_goes_first(tmp_path: Path) -> None:
    product = StandIn()
    spool = Spool(tmp_path / "spool")
    upload(StandIn(accidents=["lost"] * 9), Given(cases([1])), spool=spool, patience=0.0)

    progress, taker = upload(product, Given(cases([2])), MemoryProgress("two"), spool=spool)

    assert taker.sent == []
    assert progress.totals == Totals(spooled=1)
    assert [spool.request(name).repeat_key for name in spool.waiting()] == ["id-0-1", "two-0-1"]


def test_a_dry_run_never_waits_in_a_spool(tmp_path: Path) -> None:
    product = StandIn(accidents=["lost"] * 9)
    spool = Spool(tmp_path / "spool")

    plan = Plan("cases", dry_run=True)
    with pytest.raises(Unavailable):
        upload(product, Given(cases([1])), None, plan, spool=spool, patience=0.0)

    assert len(spool) == 0


def test_one_row_by_itself_is_an_upload() -> None:
    progress, _ = upload(StandIn(), Given({"case_no": "1", "outcome": "open"}))

    assert progress.totals == Totals(received=1, taken=1)


def test_rows_of_a_generator_are_an_upload() -> None:
    progress, _ = upload(StandIn(), Given(row for row in cases(range(25))))

    assert progress.totals == Totals(received=25, taken=25)


def test_receipts_of_parts_add_up() -> None:
    receipt = Receipt("1", received=5, accepted=3, rejected=2)

    assert Totals().plus(Part(0, 5, receipt)) == Totals(received=5, taken=3, rejected=2)
