"""A large upload: divided, sent, answered, resumed; every row once in effect."""

from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from duibiao.client import Cursor, Kind, Mode, Part, Refused, Unavailable, Unreadable, open_file
from duibiao.client.cursor import Purpose
from duibiao.client.rows import Row, Splitter
from tests.service.client.fake_product import StandIn, cases, client

PURPOSE = Purpose("content", "url", "cases", "partial")


def upload(
    product: StandIn,
    rows: object,
    cursor: Cursor | None = None,
    *,
    kind: Kind = "cases",
    mode: Mode = "partial",
    dry_run: bool = False,
    patience: float = 60.0,
) -> list[Part]:
    cursor = cursor or Cursor(10, upload="id")
    sending = client(product, patience=patience)
    return list(sending.upload(kind, rows, mode=mode, dry_run=dry_run, cursor=cursor))


def keys(product: StandIn) -> list[str | None]:
    return [request.headers.get("idempotency-key") for request in product.requests]


def received(parts: Sequence[Part]) -> int:
    return sum(part.receipt.received for part in parts)


def at(folder: Path, rows: int = 10) -> Cursor:
    return Cursor.open(folder / "cursor", PURPOSE, rows=rows)


def test_rows_go_in_batches_each_with_a_key_of_its_own() -> None:
    product = StandIn()

    parts = upload(product, cases(range(25)))

    assert keys(product) == ["id-0-10", "id-10-10", "id-20-5"]
    assert {request.url.raw_path for request in product.requests} == {b"/v1/cases?mode=partial"}
    assert [len(one.rows) for one in product.stored] == [10, 10, 5]
    assert [(part.first, part.count) for part in parts] == [(0, 10), (10, 10), (20, 5)]


def test_each_step_of_the_iteration_sends_a_request() -> None:
    product = StandIn()

    parts = client(product).upload("cases", cases(range(25)), cursor=Cursor(10))

    assert product.requests == []
    next(parts)
    assert len(product.requests) == 1


def test_rejected_rows_are_known_by_their_place_in_the_whole() -> None:
    numbers = [f"bad-{number}" if number in {3, 12, 13} else number for number in range(20)]

    parts = upload(StandIn(), cases(numbers))

    rejected = [row for part in parts for row in part.rejected]
    assert [row.line for row in rejected] == [4, 13, 14]
    assert [error.index for row in rejected for error in row.errors] == [3, 12, 13]
    assert rejected[1].row == '{"case_no":"bad-12"}'
    assert sum(part.receipt.rejected for part in parts) == 3


def test_the_errors_are_kept_with_the_rows_and_not_twice() -> None:
    (part,) = upload(StandIn(), cases(["bad"]))

    assert part.receipt.errors == ()
    assert part.receipt.errors_total == 1


def test_a_lost_answer_is_replayed() -> None:
    product = StandIn(accidents=["unheard", "", "unheard", "lost"])

    parts = upload(product, cases(range(20)))

    assert keys(product) == ["id-0-10", "id-0-10", "id-10-10", "id-10-10", "id-10-10"]
    assert set(product.effects.values()) == {1}
    assert sum(one.duplicate for one in product.stored) == 0
    assert [part.receipt.replayed for part in parts] == [True, True]


def test_a_killed_upload_sends_the_same_rows_under_the_same_key(tmp_path: Path) -> None:
    product = StandIn(accidents=["", "unheard"])
    rows = cases(range(25))
    first = at(tmp_path)
    with pytest.raises(Unavailable):
        upload(product, rows, first, patience=0.0)
    product.requests.clear()

    # Another number of rows per request is for the next upload.
    second = at(tmp_path, rows=4)
    upload(product, rows, second)

    assert keys(product) == [f"{first.upload}-10-10", f"{first.upload}-20-5"]
    assert [part.count for part in second.parts()] == [10, 10, 5]
    assert set(product.effects.values()) == {1}
    assert sum(one.duplicate for one in product.stored) == 0


def test_a_finished_upload_has_nothing_to_send(tmp_path: Path) -> None:
    product = StandIn()
    upload(product, cases(range(25)), at(tmp_path))
    product.requests.clear()

    cursor = at(tmp_path)
    assert upload(product, cases(range(25)), cursor) == []

    assert product.requests == []
    assert received(list(cursor.parts())) == 25


@pytest.mark.parametrize("status", ["413", "408"])
def test_what_is_too_large_goes_in_halves(status: str) -> None:
    product = StandIn(accidents=[status])

    parts = upload(product, cases(range(25)))

    # The next requests are no larger than the halves that went.
    assert keys(product) == ["id-0-10", "id-0-5", "id-5-5", "id-10-5", "id-15-5", "id-20-5"]
    assert set(product.effects.values()) == {1}
    assert received(parts) == 25


def test_what_is_too_large_is_divided_as_a_later_run_would() -> None:
    product = StandIn(most_rows=3)

    parts = upload(product, cases(range(10)))

    assert [len(one.rows) for one in product.stored] == [3, 3, 3, 1]
    assert received(parts) == 10


def test_a_single_row_that_is_too_large_ends_it() -> None:
    with pytest.raises(Refused, match="413"):
        upload(StandIn(accidents=["413"]), cases([1]))


def test_halves_that_were_sent_before_a_kill_are_replayed(tmp_path: Path) -> None:
    product = StandIn(most_rows=5, accidents=["", "", "unheard"])
    rows = cases(range(10))
    with pytest.raises(Unavailable):
        upload(product, rows, at(tmp_path), patience=0.0)
    product.requests.clear()

    cursor = at(tmp_path)
    upload(product, rows, cursor)

    assert keys(product) == [f"{cursor.upload}-5-5"]
    assert received(list(cursor.parts())) == 10
    assert set(product.effects.values()) == {1}


@pytest.mark.parametrize("status", ["400", "401", "403", "415", "422"])
def test_a_refusal_of_the_whole_ends_the_upload(status: str) -> None:
    product = StandIn(accidents=["", status])
    cursor = Cursor(10)

    with pytest.raises(Refused, match=status):
        upload(product, cases(range(30)), cursor)

    assert cursor.next_row == 10
    assert len(product.requests) == 2


def test_an_atomic_request_with_an_invalid_row_ends_the_upload() -> None:
    product = StandIn()
    numbers: list[int | str] = [*range(15), "bad", *range(16, 30)]

    with pytest.raises(Refused) as refused:
        upload(product, cases(numbers), mode="atomic")

    assert [error.index for error in refused.value.errors] == [5]
    assert len(product.effects) == 10


def test_a_dry_run_stores_nothing_and_lists_every_row() -> None:
    product = StandIn()
    rows = cases([1, "bad-1", *range(2, 12), "bad-2"])

    parts = upload(product, rows, kind="observations", mode="atomic", dry_run=True)

    paths = {request.url.raw_path for request in product.requests}
    assert paths == {b"/v1/observations?mode=partial&dry_run=true"}
    assert keys(product) == [None, None]
    assert product.stored == []
    assert [row.line for part in parts for row in part.rejected] == [2, 13]


def test_batches_are_no_larger_than_their_limit_in_bytes() -> None:
    rows = (Row(line, b"x" * 1_000_000) for line in range(1, 13))
    splitter = Splitter(rows)

    sizes = []
    while (batch := splitter.batch(10_000)) is not None:
        sizes.append(len(batch.rows))

    assert sizes == [4, 4, 4]


def test_a_file_that_shrank_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text('{"case_no":"1"}\n{"case_no":"2"}\n', encoding="utf-8")
    source = open_file(path)
    path.write_text('{"case_no":"1"}\n', encoding="utf-8")

    with pytest.raises(Unreadable, match="1 rows were sent, 2 were in the file"):
        upload(StandIn(), source)


def test_a_workbook_goes_whole_and_its_rows_are_counted_by_the_product(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04")
    error = {"code": "bad-time", "index": 17, "message_zh": "工作表第20行：时间有误。"}
    counts = {"submission_id": "1", "received": 345, "accepted": 344, "rejected": 1}

    class Reading(StandIn):
        def _serve(self, _: httpx.Request) -> httpx.Response:
            return httpx.Response(207, json=counts | {"errors": [error], "errors_total": 1})

    product, cursor = Reading(), Cursor()
    (part,) = upload(product, path, cursor)

    assert (part.first, part.count, cursor.next_row) == (0, 345, 345)
    assert [(row.line, row.row) for row in part.rejected] == [(20, "")]
    assert part.unlisted == 0
    assert product.requests[0].content == b"PK\x03\x04"


def test_one_row_by_itself_is_an_upload() -> None:
    assert received(upload(StandIn(), {"case_no": "1", "outcome": "open"})) == 1


def test_rows_of_a_generator_are_an_upload() -> None:
    assert received(upload(StandIn(), (row for row in cases(range(25))))) == 25
