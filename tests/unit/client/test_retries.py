"""When a request is sent again, when not, and how long the client waits in between."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count

import httpx
import pytest

from duibiao.client import Retries, Unavailable
from duibiao.client.retries import retry_after
from tests.service.client.fake_product import Time, problem

NOON = datetime(2021, 6, 1, 12, 0, tzinfo=UTC)
GOOD = httpx.Response(202, content=b"{}")
AWAY = httpx.ConnectError("nobody listens")
Answer = httpx.Response | httpx.RequestError


def answering(*answers: Answer) -> Callable[[], httpx.Response]:
    """Answer with these, one after another; one more request is an error."""
    left: Iterator[Answer] = iter(answers)

    def send() -> httpx.Response:
        answer = next(left)
        if isinstance(answer, httpx.RequestError):
            raise answer
        return answer

    return send


def delivered(*answers: Answer, patience: float = 600.0) -> tuple[httpx.Response, Time]:
    time = Time()
    return time.retries(patience, chance=1.0).until_answered(answering(*answers)), time


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_what_is_temporary_is_retried(code: int) -> None:
    response, time = delivered(problem(code), GOOD)

    assert response is GOOD
    assert len(time.waits) == 1


@pytest.mark.parametrize("code", [200, 202, 207, 301, 400, 401, 403, 404, 405, 408, 413, 415, 422])
def test_every_other_answer_is_final(code: int) -> None:
    response, time = delivered(httpx.Response(code))

    assert response.status_code == code
    assert time.waits == []


def test_no_answer_is_retried() -> None:
    response, time = delivered(AWAY, AWAY, GOOD)

    assert response is GOOD
    assert len(time.waits) == 2


def test_an_earlier_try_still_running_is_waited_for() -> None:
    response, _ = delivered(problem(409, "still-running"), GOOD)

    assert response is GOOD


@pytest.mark.parametrize(
    "answer",
    [
        problem(409),
        problem(409, "wrong-state"),
        httpx.Response(409),
        httpx.Response(409, headers={"content-type": "text/html"}, content=b"still-running"),
    ],
)
def test_another_conflict_is_final(answer: httpx.Response) -> None:
    response, time = delivered(answer)

    assert response.status_code == 409
    assert time.waits == []


def test_waits_double_up_to_30_seconds() -> None:
    _, time = delivered(*[AWAY] * 10, GOOD)

    assert time.waits == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 0.5), (1.0, 1.0)])
def test_a_wait_is_jittered_between_half_and_whole(chance: float, seconds: float) -> None:
    assert Retries(chance=lambda: chance).backoff(3) == seconds


def test_a_thousand_tries_wait_no_longer() -> None:
    assert Retries(chance=lambda: 1.0).backoff(10_000) == 30.0


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_no_wait_is_shorter_than_retry_after(chance: float) -> None:
    assert 5.0 < Retries(chance=lambda: chance).backoff(1, after=5.0) <= 5.125


def test_a_longer_backoff_stands_over_a_short_retry_after() -> None:
    assert Retries(chance=lambda: 1.0).backoff(7, after=1.0) == 16.0


def test_retry_after_of_an_answer_is_honoured() -> None:
    _, time = delivered(problem(429, after="7"), GOOD)

    assert 7.0 < time.waits[0] < 8.0


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
    ],
)
def test_retry_after_in_seconds_or_as_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(httpx.Response(503, headers={"retry-after": value}), NOON) == seconds


def test_no_retry_after_is_none() -> None:
    assert retry_after(httpx.Response(503), NOON) is None


def test_the_patience_ends() -> None:
    time = Time()

    with pytest.raises(Unavailable, match="nobody listens") as unavailable:
        time.retries(3.0, chance=1.0).until_answered(answering(*[AWAY] * 4))

    # Sent at 0, 0.25, 0.75 and 1.75; a fifth try would be at 3.75.
    assert unavailable.value.tries == 4
    assert time.now == 1.75


def test_a_wait_beyond_the_patience_is_not_begun() -> None:
    time = Time()

    with pytest.raises(Unavailable) as unavailable:
        time.retries().until_answered(answering(problem(503, after="3600")))

    assert time.waits == []
    assert unavailable.value.retry_after == 3600.0


def test_500_is_retried_four_times_only() -> None:
    with pytest.raises(Unavailable, match="HTTP 500, trace_id trace-1") as unavailable:
        delivered(*[problem(500)] * 5)

    assert unavailable.value.tries == 5


def test_500_now_and_then_is_no_end() -> None:
    answers: list[Answer] = [problem(500), problem(500), AWAY] * 4

    assert delivered(*answers, GOOD)[0] is GOOD


def test_the_jitter_of_two_clients_differs() -> None:
    numbers = (number / 10 for number in count())
    retries = Retries(chance=lambda: next(numbers))

    assert retries.backoff(1) != retries.backoff(1)


def test_a_wait_tells_why() -> None:
    answers: list[Answer] = [AWAY, httpx.Response(502), problem(503), httpx.ReadError(""), GOOD]

    assert delivered(*answers)[1].reasons == [
        "ConnectError: nobody listens",
        "HTTP 502",
        "HTTP 503, trace_id trace-1",
        "ReadError",
    ]
