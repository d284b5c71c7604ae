"""Room for bodies, and reading them piece by piece."""

import asyncio
from collections.abc import Iterable

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from duibiao.web.problems import Problem
from services.ingest.adapters.bodies import Bodies

GONE: Message = {"type": "http.disconnect"}


def piece(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def read(messages: Iterable[Message], most: int = 10) -> bytes:
    waiting = iter(messages)

    async def receive() -> Message:
        message = next(waiting, None)
        if message is None:
            await asyncio.Event().wait()
            raise AssertionError
        return message

    return asyncio.run(Bodies(most, 100, 0.05).read(receive))


def test_a_body_in_one_and_in_many_pieces() -> None:
    assert read([piece(b"0123456789", more=False)]) == b"0123456789"
    assert read([piece(b"01"), piece(b""), piece(b"23"), piece(b"", more=False)]) == b"0123"
    assert read([{"type": "http.request"}]) == b""


@pytest.mark.parametrize(
    "messages",
    [
        [piece(b"0123456789+", more=False)],
        [piece(b"01234"), piece(b"56789+")],
        [piece(b"0123456789"), piece(b"+", more=False)],
    ],
)
def test_one_byte_too_many(messages: list[Message]) -> None:
    with pytest.raises(Problem) as caught:
        read(messages)
    assert caught.value.status == 413


@pytest.mark.parametrize("messages", [[GONE], [piece(b"01"), GONE]])
def test_a_sender_that_has_gone(messages: list[Message]) -> None:
    with pytest.raises(ClientDisconnect):
        read(messages)


@pytest.mark.parametrize("messages", [[], [piece(b"01")]])
def test_a_body_that_does_not_come(messages: list[Message]) -> None:
    with pytest.raises(Problem) as caught:
        read(messages)
    assert (caught.value.status, caught.value.headers) == (408, {"Connection": "close"})


def test_room_is_given_back() -> None:
    bodies = Bodies(10, 15, 1)
    for _ in range(3):
        with bodies.room(10), bodies.room(5), pytest.raises(Problem) as caught, bodies.room(1):
            pass
        assert caught.value.status == 503
        assert caught.value.headers == {"Retry-After": "5"}


def test_a_body_of_unknown_length_takes_the_most_there_may_be() -> None:
    bodies = Bodies(10, 15, 1)
    with bodies.room(None), bodies.room(5):
        pass
    with bodies.room(None), pytest.raises(Problem), bodies.room(None):
        pass


def test_one_body_always_finds_room_but_never_one_that_is_too_large() -> None:
    with Bodies(10, 5, 1).room(10):
        pass
    with pytest.raises(Problem) as caught, Bodies(10, 100, 1).room(11):
        pass
    assert caught.value.status == 413
