"""What an app receives, on a deadline."""

import asyncio
from collections.abc import Sequence

import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message

from duibiao.web.in_time import InTime
from tests.support.quick_loop import run_quickly

PIECE: Message = {"type": "http.request", "body": b"[", "more_body": True}
LAST: Message = {"type": "http.request", "body": b"]"}
GONE: Message = {"type": "http.disconnect"}
SECONDS = 0.1


def received(messages: Sequence[Message], *, pause: float = 0.0, number: int) -> list[Message]:
    waiting = iter(messages)

    async def receive() -> Message:
        await asyncio.sleep(pause)
        message = next(waiting, None)
        if message is None:
            await asyncio.sleep(3 * SECONDS)
            return GONE
        return message

    async def ask() -> list[Message]:
        in_time = InTime(receive, SECONDS)
        return [await in_time() for _ in range(number)]

    return run_quickly(ask())


def test_what_is_there_is_passed_on() -> None:
    assert received([PIECE, PIECE, LAST], number=3) == [PIECE, PIECE, LAST]


@pytest.mark.parametrize("messages", [[], [PIECE], [PIECE, PIECE]])
def test_a_body_that_stops_is_given_up(messages: list[Message]) -> None:
    with pytest.raises(HTTPException) as caught:
        received(messages, number=3)
    assert (caught.value.status_code, caught.value.headers) == (408, {"Connection": "close"})


def test_a_body_that_drips_is_given_up() -> None:
    with pytest.raises(HTTPException):
        received([PIECE] * 50, pause=SECONDS / 10, number=50)


def test_once_the_body_is_there_the_sender_may_wait_as_long_as_the_answer_takes() -> None:
    assert received([LAST], number=2) == [LAST, GONE]
