"""The same request again: answered as the first time, kept once."""

import gzip
import json
import threading
from collections.abc import Mapping

import pytest

from tests.service.ingest.service import Desk, assert_problem
from tests.support.ingest import case, figure

BAD = figure(value=-1)


def key(text: str = "k-1") -> Mapping[str, str]:
    return {"Idempotency-Key": text}


def test_a_repeat_gets_the_first_answer_again(desk: Desk) -> None:
    first = desk.post("observation", figure(), headers=key())
    again = desk.post("observation", figure(), headers=key())
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.content == first.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert desk.count("submissions") == 1


def test_the_first_answer_stands_though_the_receipt_has_moved_on(desk: Desk) -> None:
    first = desk.post("observation", figure(), headers=key())
    desk.settle(first.json()["submission_id"], duplicate=1)
    assert desk.post("observation", figure(), headers=key()).content == first.content


def test_a_partial_answer_comes_again_with_its_faults(desk: Desk) -> None:
    rows = [figure(region="610103"), BAD]
    first = desk.post("observation", rows, query="?mode=partial", headers=key())
    again = desk.post("observation", rows, query="?mode=partial", headers=key())
    assert (first.status_code, again.status_code) == (207, 207)
    assert again.content == first.content
    assert len(again.json()["errors"]) == 1


@pytest.mark.parametrize("change", ["body", "query", "path"])
def test_another_request_under_the_same_key_is_refused(desk: Desk, change: str) -> None:
    desk.post("case", case(), headers=key())
    if change == "body":
        answer = desk.post("case", case(case_no="A-2"), headers=key())
    elif change == "query":
        answer = desk.post("case", case(), query="?mode=partial", headers=key())
    else:
        body = json.dumps(case()).encode()
        answer = desk.post("observation", body, headers=key())
    errors = assert_problem(answer, 422)
    assert [(e["code"], e["pointer"]) for e in errors] == [
        ("key-reused", "/header/Idempotency-Key")
    ]
    assert answer.json()["type"] == "/problems/idempotency-key-reused"


def test_keys_are_each_orgs_own(desk: Desk) -> None:
    for by in ("tax", "customs"):
        answer = desk.post("observation", figure(), by=by, headers=key())
        assert (answer.status_code, answer.headers.get("Idempotency-Replayed")) == (202, None)
    by_office = desk.post("observation", figure(org="customs"), by="office", headers=key())
    assert by_office.status_code == 202
    assert desk.count("submissions") == 3


def test_a_refusal_is_not_remembered(desk: Desk) -> None:
    assert_problem(desk.post("observation", BAD, headers=key()), 422)
    assert desk.post("observation", figure(), headers=key()).status_code == 202


def test_a_dry_run_uses_no_key_up(desk: Desk) -> None:
    for _ in range(2):
        answer = desk.post("observation", figure(), query="?dry_run=true", headers=key())
        assert (answer.status_code, answer.headers.get("Idempotency-Replayed")) == (200, None)
    assert desk.count("repeats") == 0


def test_quotes_around_a_key_are_not_part_of_it(desk: Desk) -> None:
    desk.post("observation", figure(), headers=key("abc"))
    again = desk.post("observation", figure(), headers=key('"abc"'))
    assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("text", ["", '""', "a b", "x" * 256])
def test_a_key_that_is_none(desk: Desk, text: str) -> None:
    errors = assert_problem(desk.post("observation", figure(), headers=key(text)), 400)
    assert [(e["code"], e["pointer"]) for e in errors] == [
        ("invalid-value", "/header/Idempotency-Key")
    ]


def test_the_longest_key(desk: Desk) -> None:
    for _ in range(2):
        assert desk.post("observation", figure(), headers=key("x" * 255)).status_code == 202
    assert desk.count("submissions") == 1


def test_the_body_counts_unpacked(desk: Desk) -> None:
    body = json.dumps(figure()).encode()
    desk.post("observation", body, headers=key())
    packed = {**key(), "Content-Encoding": "gzip"}
    again = desk.post("observation", gzip.compress(body), headers=packed)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_many_at_once_under_one_key_are_kept_once(desk: Desk) -> None:
    answers = []

    def post() -> None:
        answers.append(desk.post("observation", figure(), headers=key()))

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {202, 409}
    accepted = {a.json()["submission_id"] for a in answers if a.status_code == 202}
    assert len(accepted) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert [e["code"] for e in assert_problem(answer, 409)] == ["still-running"]
    assert desk.count("submissions") == 1
