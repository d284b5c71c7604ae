"""Room for bodies, and reading them piece by piece."""

import asyncio
from collections.abc import Iterable

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from duibiao.web.body_room import Bodies
from duibiao.web.problems import Problem

GONE: Message = {"type": "http.disconnect"}


def piece(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def read(messages: Iterable[Message], most: int = 10) -> bytes:
    waiting = iter(messages)

    async def receive() -> Message:
        return next(waiting)

    return asyncio.run(read_of(Bodies(most, 50, 100), receive))


async def read_of(bodies: Bodies, receive: Receive, who: str = "us") -> bytes:
    with bodies.room(0, who) as body:
        return await body.read(receive)


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


def status_of(bodies: Bodies, size: int, who: str = "us") -> int:
    """Return what a body of this size is told, 200 where there is room for it."""
    try:
        with bodies.room(size, who):
            return 200
    except Problem as problem:
        return problem.status


def test_room_is_given_back() -> None:
    bodies = Bodies(10, 15, 15)
    for _ in range(3):
        with bodies.room(10, "us"), bodies.room(5, "them"):
            with pytest.raises(Problem) as caught, bodies.room(1, "others"):
                pass
            assert caught.value.status == 503
            assert caught.value.headers == {"Retry-After": "5"}


def test_one_sender_has_a_share_of_the_room() -> None:
    bodies = Bodies(10, 15, 100)
    with bodies.room(10, "us"), bodies.room(5, "us"):
        with pytest.raises(Problem) as caught, bodies.room(1, "us"):
            pass
        assert (caught.value.type, caught.value.status) == ("too-many-requests", 429)
        assert [fault.code for fault in caught.value.faults] == ["too-many-bytes"]
        assert caught.value.headers == {"Retry-After": "1"}
        assert status_of(bodies, 10, "them") == 200
    assert status_of(bodies, 10) == 200


def test_a_body_of_unknown_length_takes_room_as_it_comes() -> None:
    bodies = Bodies(10, 12, 100)
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> Message:
        if arrived.is_set():
            await go_on.wait()
            return piece(b"67", more=False)
        arrived.set()
        return piece(b"012345")

    async def both() -> bytes:
        reading = asyncio.create_task(read_of(bodies, slow))
        await arrived.wait()
        await asyncio.sleep(0)
        assert (status_of(bodies, 6), status_of(bodies, 7)) == (200, 429)
        go_on.set()
        return await reading

    assert asyncio.run(both()) == b"01234567"
    assert status_of(bodies, 10) == 200


def test_a_body_whose_sender_has_no_more_room_is_given_up() -> None:
    bodies = Bodies(10, 12, 100)
    parts = iter([piece(b"0123"), piece(b"4567")])

    async def receive() -> Message:
        return next(parts)

    with bodies.room(6, "us"):
        with pytest.raises(Problem) as caught:
            asyncio.run(read_of(bodies, receive))
        assert caught.value.status == 429
        assert status_of(bodies, 6) == 200


def test_one_body_always_finds_room_but_never_one_that_is_too_large() -> None:
    assert status_of(Bodies(10, 5, 5), 10) == 200
    assert status_of(Bodies(10, 100, 100), 11) == 413
