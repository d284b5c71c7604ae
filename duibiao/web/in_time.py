"""The body of an ordinary request has to be there in time: what the app receives, on a deadline."""

import asyncio
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

_TIMEOUT: Final = 408
# What is left of the body will never be read, so the line is of no more use.
_CLOSE: Final = {"Connection": "close"}


class InTime:
    """Stands in for `receive`. The time begins when the body is first asked for."""

    __slots__ = ("_deadline", "_receive", "_seconds")

    def __init__(self, receive: Receive, seconds: float) -> None:
        """`seconds` is how long the whole body may take."""
        self._receive = receive
        self._seconds = seconds
        self._deadline: float | None = None

    async def __call__(self) -> Message:
        """Return the next message; HTTPException 408 where the body is not there in time."""
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + self._seconds
        try:
            # Once the body is there the framework waits here for the sender to leave, for as
            # long as an answer takes: that is `inf`.
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(_TIMEOUT, headers=_CLOSE) from None
        if not message.get("more_body", False):
            self._deadline = float("inf")
        return message
