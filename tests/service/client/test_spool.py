"""The spool: requests that go in order, once in effect, whenever the product is there."""

import json
from pathlib import Path

import pytest

from duibiao.client import Drained, Refused, Retries, Spool, Unexpected
from duibiao.client.spool import drain
from duibiao.client.wire import Reply, Request
from tests.support.stand_in import StandIn
from tests.support.steps import Handler, Taker, replies


def request(number: int, *case_numbers: str) -> Request:
    rows = [{"case_no": case_no} for case_no in case_numbers or (f"c-{number}",)]
    body = json.dumps(rows).encode()
    return Request("POST", "/v1/cases?mode=partial", "application/json", f"key-{number}", body)


def spool_with(folder: Path, *requests: Request) -> Spool:
    spool = Spool(folder / "spool")
    for one in requests:
        spool.put(one)
    return spool


def drained(spool: Spool, serve: Handler) -> tuple[Drained, Taker]:
    taker = Taker(serve)
    asking = taker.asking(Retries(patience=0.0))
    return taker.take(drain(spool, asking)), taker


def test_an_empty_spool_needs_no_folder(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")

    assert len(spool) == 0
    assert drained(spool, replies())[0] == Drained(())
    assert list(tmp_path.iterdir()) == []


def test_a_request_comes_out_as_it_went_in(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")

    name = spool.put(request(1, "中国"))

    assert Spool(tmp_path / "spool").request(name) == request(1, "中国")


def test_requests_wait_in_the_order_in_which_they_were_put(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, *map(request, range(12)))

    keys = [spool.request(name).repeat_key for name in spool.waiting()]
    assert keys == [f"key-{number}" for number in range(12)]


def test_a_request_goes_behind_those_that_wait_already(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, request(1), request(2))
    drained(spool, StandIn(accidents=["", "lost"]).serve)

    spool.put(request(3))

    assert [spool.request(name).repeat_key for name in spool.waiting()] == ["key-2", "key-3"]


def test_a_body_can_be_opened_by_a_person(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")

    name = spool.put(Request("POST", "/v1/cases", "text/csv", "key", b"case_no\n1\n"), ".csv")

    assert (spool.folder / "waiting" / f"{name}.body.csv").read_bytes() == b"case_no\n1\n"


def test_a_request_without_a_key_cannot_wait(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Idempotency-Key"):
        Spool(tmp_path).put(Request("POST", "/v1/cases", "application/json", None, b"[]"))


def test_what_waits_is_for_its_owner_only(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, request(1))

    paths = [path for path in spool.folder.rglob("*") if path.is_file()]
    assert len(paths) == 2
    assert all(path.stat().st_mode & 0o077 == 0 for path in paths)


def test_no_key_of_a_sender_is_written(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, request(1))
    drained(spool, StandIn().serve)

    texts = [path.read_text(encoding="utf-8") for path in spool.folder.rglob("*.json")]
    assert texts
    assert not any("Bearer" in text or "authorization" in text for text in texts)


def test_what_waits_is_sent_in_order_and_gone(tmp_path: Path) -> None:
    product = StandIn()
    spool = spool_with(tmp_path, *map(request, range(3)))

    result, taker = drained(spool, product.serve)

    assert [one.repeat_key for one in taker.sent] == ["key-0", "key-1", "key-2"]
    assert len(result.delivered) == 3
    assert result.away is None
    assert len(spool) == 0
    assert list((spool.folder / "waiting").iterdir()) == []


def test_the_answers_stay(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, request(1))

    result, _ = drained(spool, StandIn().serve)

    (path,) = (spool.folder / "sent").iterdir()
    answer = json.loads(path.read_text(encoding="utf-8"))
    assert path.stem == result.delivered[0].name
    assert answer["idempotency_key"] == "key-1"
    assert answer["answer"]["accepted"] == 1


def test_while_the_product_is_away_the_rest_waits_on(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, *map(request, range(3)))

    result, taker = drained(spool, StandIn(accidents=["", "lost"]).serve)

    assert len(result.delivered) == 1
    assert result.away is not None
    assert len(taker.sent) == 2
    assert len(spool) == 2


def test_an_answer_that_was_not_heard_is_asked_for_again(tmp_path: Path) -> None:
    product = StandIn(accidents=["unheard"])
    spool = spool_with(tmp_path, request(1))
    drained(spool, product.serve)

    result, _ = drained(spool, product.serve)

    (delivered,) = result.delivered
    assert delivered.receipt is not None
    assert delivered.receipt.replayed
    assert product.effects == {"c-1": 1}


def test_a_request_that_is_refused_is_put_aside_and_the_next_goes(tmp_path: Path) -> None:
    product = StandIn(accidents=["422"])
    spool = spool_with(tmp_path, request(1), request(2))

    result, _ = drained(spool, product.serve)

    refused, sent = result.delivered
    assert refused.receipt is None
    assert refused.refused is not None
    assert refused.refused.status == 422
    assert refused.body is not None
    assert refused.body.read_bytes() == request(1).body
    assert sent.receipt is not None
    assert len(spool) == 0
    told = json.loads((spool.folder / "refused" / f"{refused.name}.json").read_text("utf-8"))
    assert told["answer"]["status"] == 422


def test_a_request_with_refused_rows_keeps_its_body(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, request(1, "good", "bad"))

    result, _ = drained(spool, StandIn().serve)

    (delivered,) = result.delivered
    assert delivered.receipt is not None
    assert delivered.receipt.rejected == 1
    assert delivered.body is not None
    assert delivered.body.parent == spool.folder / "refused"
    assert delivered.body.exists()
    assert len(spool) == 0


@pytest.mark.parametrize("status", ["401", "404"])
def test_a_wrong_key_or_address_refuses_nothing_that_waits(tmp_path: Path, status: str) -> None:
    spool = spool_with(tmp_path, request(1), request(2))

    with pytest.raises(Refused, match=status):
        drained(spool, StandIn(accidents=[status]).serve)

    assert len(spool) == 2


def test_another_server_gets_nothing_that_waits(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, request(1))

    with pytest.raises(Unexpected):
        drained(spool, replies(Reply(200, {}, b"<html>")))

    assert len(spool) == 1


def test_a_line_too_slow_is_a_product_away(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, request(1))

    result, _ = drained(spool, StandIn(accidents=["408"]).serve)

    assert result.away is not None
    assert len(spool) == 1


def test_a_body_without_its_request_is_not_sent(tmp_path: Path) -> None:
    # Killed between the two: the request was never promised to anybody.
    spool = spool_with(tmp_path, request(1))
    (name,) = spool.waiting()
    (spool.folder / "waiting" / f"{name}.json").unlink()

    assert len(spool) == 0
    assert drained(spool, replies())[0].delivered == ()


def test_killed_after_the_answer_was_kept_the_request_goes_once_more(tmp_path: Path) -> None:
    product = StandIn()
    spool = spool_with(tmp_path, request(1))
    (name,) = spool.waiting()
    paths = [spool.folder / "waiting" / f"{name}{end}" for end in (".json", ".body.json")]
    kept = [path.read_bytes() for path in paths]
    drained(spool, product.serve)
    for path, content in zip(paths, kept, strict=True):
        path.write_bytes(content)

    drained(spool, product.serve)

    assert product.effects == {"c-1": 1}
    assert len(product.stored) == 1
    assert len(spool) == 0
