"""When a request is tried again, when not, and how long is waited in between."""

from datetime import UTC, datetime
from itertools import count

import pytest

from duibiao.client import Retries, Unavailable
from duibiao.client.retrying import deliver, passing, reason_of, retry_after
from duibiao.client.wire import Lost, Reply, Request
from tests.support.stand_in import problem
from tests.support.steps import Taker, replies

REQUEST = Request("POST", "/v1/cases?mode=atomic", "application/json", "same-key", b"[]")
NOON = datetime(2021, 6, 1, 12, 0, tzinfo=UTC)
GOOD = Reply(202, {}, b"{}")
AWAY = Lost("nobody listens")


def unlucky() -> float:
    return 0.0


def lucky() -> float:
    return 1.0


def status(code: int, fault: str | None = None, after: str | None = None) -> Reply:
    answer = problem(code, fault, after=after)
    return Reply(answer.status_code, dict(answer.headers), answer.content)


def delivered(*answers: Reply | Lost, retries: Retries | None = None) -> tuple[Reply, Taker]:
    taker = Taker(replies(*answers))
    retries = retries or Retries(chance=lucky)
    return taker.take(deliver(REQUEST, retries, lambda: taker.now, lambda: NOON)), taker


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_what_passes_is_tried_again(code: int) -> None:
    reply, taker = delivered(status(code), GOOD)

    assert reply.status == 202
    assert len(taker.sent) == 2


@pytest.mark.parametrize("code", [200, 202, 207, 301, 400, 401, 403, 404, 405, 408, 413, 415, 422])
def test_every_other_answer_is_the_answer(code: int) -> None:
    reply, taker = delivered(Reply(code))

    assert reply.status == code
    assert len(taker.sent) == 1
    assert taker.waits == []


def test_no_answer_is_tried_again() -> None:
    reply, taker = delivered(AWAY, AWAY, GOOD)

    assert reply.status == 202
    assert len(taker.sent) == 3


def test_every_try_is_the_very_same_request() -> None:
    _, taker = delivered(AWAY, status(503), status(429), GOOD)

    assert taker.sent == [REQUEST] * 4


def test_a_twin_still_running_is_waited_for() -> None:
    reply, taker = delivered(status(409, "still-running"), GOOD)

    assert reply.status == 202
    assert len(taker.sent) == 2


@pytest.mark.parametrize("answer", [status(409), status(409, "wrong-state"), Reply(409)])
def test_another_conflict_is_the_answer(answer: Reply) -> None:
    reply, taker = delivered(answer)

    assert reply.status == 409
    assert len(taker.sent) == 1


def test_waits_double_up_to_the_most() -> None:
    retries = Retries(patience=None, first=1.0, most=5.0, chance=lucky)

    _, taker = delivered(*[AWAY] * 5, GOOD, retries=retries)

    assert [wait.seconds for wait in taker.waits] == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_a_wait_is_jittered_between_half_and_whole() -> None:
    assert Retries(first=1.0, chance=unlucky).wait(1) == 0.5
    assert Retries(first=1.0, chance=lucky).wait(1) == 1.0
    assert Retries(first=1.0, most=30.0, chance=unlucky).wait(3) == 2.0


def test_a_thousand_tries_wait_no_longer_than_the_most() -> None:
    assert Retries(most=30.0, chance=lucky).wait(1000) == 30.0


@pytest.mark.parametrize("chance", [unlucky, lucky])
def test_no_wait_is_shorter_than_retry_after(chance: object) -> None:
    assert callable(chance)
    retries = Retries(first=0.25, chance=chance)

    assert retries.wait(1, retry_after=5.0) > 5.0
    assert retries.wait(1, retry_after=5.0) <= 5.125


def test_a_longer_backoff_stands_over_a_short_retry_after() -> None:
    assert Retries(first=16.0, most=30.0, chance=lucky).wait(1, retry_after=1.0) == 16.0


def test_retry_after_of_an_answer_is_honoured() -> None:
    _, taker = delivered(status(429, after="7"), GOOD)

    assert 7.0 < taker.waits[0].seconds < 8.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 3 ", 3.0),
        ("Tue, 01 Jun 2021 12:00:30 GMT", 30.0),
        ("Tue, 01 Jun 2021 12:00:30 -0000", 30.0),
        ("Tue, 01 Jun 2021 11:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("１", None),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(Reply(503, {"retry-after": value}), NOON) == seconds


def test_no_retry_after_is_none() -> None:
    assert retry_after(Reply(503), NOON) is None


def test_patience_ends() -> None:
    retries = Retries(patience=10.0, first=4.0, most=4.0, chance=lucky)
    taker = Taker(replies(AWAY, AWAY, AWAY))

    with pytest.raises(Unavailable, match="nobody listens") as unavailable:
        taker.take(deliver(REQUEST, retries, lambda: taker.now, lambda: NOON))

    # Sent at 0, 4 and 8; a fourth try would be at 12.
    assert unavailable.value.tries == 3
    assert taker.now == 8.0


def test_a_wait_beyond_the_patience_is_not_begun() -> None:
    taker = Taker(replies(status(503, after="3600")))

    with pytest.raises(Unavailable) as unavailable:
        taker.take(deliver(REQUEST, Retries(patience=60.0), lambda: taker.now, lambda: NOON))

    assert taker.waits == []
    assert unavailable.value.retry_after == 3600.0


def test_without_an_end_to_patience_a_hundred_tries_are_made() -> None:
    _, taker = delivered(*[AWAY] * 100, GOOD, retries=Retries(patience=None, chance=lucky))

    assert len(taker.sent) == 101


def test_500_is_tried_a_few_times_only() -> None:
    taker = Taker(replies(*[status(500)] * 5))

    with pytest.raises(Unavailable, match="HTTP 500, trace_id trace-1") as unavailable:
        taker.take(deliver(REQUEST, Retries(patience=None), lambda: taker.now, lambda: NOON))

    assert unavailable.value.tries == 5


def test_500_now_and_then_is_no_end() -> None:
    answers: list[Reply | Lost] = [status(500), status(500), AWAY] * 4
    reply, _ = delivered(*answers, GOOD, retries=Retries(patience=None, chance=lucky))

    assert reply.status == 202


def test_the_jitter_of_two_clients_differs() -> None:
    numbers = (number / 10 for number in count())
    retries = Retries(first=1.0, chance=lambda: next(numbers))

    assert retries.wait(1) != retries.wait(1)


@pytest.mark.parametrize(
    ("heard", "reason"),
    [
        (None, "no answer"),
        (AWAY, "nobody listens"),
        (Reply(502), "HTTP 502"),
        (status(503), "HTTP 503, trace_id trace-1"),
    ],
)
def test_a_wait_says_why(heard: Reply | Lost | None, reason: str) -> None:
    assert reason_of(heard) == reason


def test_a_page_of_a_proxy_is_no_twin_of_ours() -> None:
    assert not passing(Reply(409, {"content-type": "text/html"}, b"still-running"))
