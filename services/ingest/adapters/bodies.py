"""Reading the body of a request, no more of it than may be, within a time that may be."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from duibiao.web.problems import Problem, fault

RETRY_AFTER: Final = 5  # seconds


class Bodies:
    """Reads bodies; knows how much of them is in memory at the moment. Lives on the event loop."""

    def __init__(self, max_body_bytes: int, max_bodies_bytes: int, seconds: float) -> None:
        self._max_body_bytes = max_body_bytes
        self._max_bodies_bytes = max_bodies_bytes
        self._seconds = seconds
        self._held = 0

    @contextmanager
    def room(self, declared: int | None) -> Iterator[None]:
        """Hold room for a body while it is read and worked on; 413 or 503 where there is none.

        A body of undeclared length is given room for the longest there may be.
        """
        size = self._max_body_bytes if declared is None else declared
        if size > self._max_body_bytes:
            raise self._too_large()
        if self._held and self._held + size > self._max_bodies_bytes:
            headers = {"Retry-After": str(RETRY_AFTER)}
            raise Problem(
                "backlog-full", [fault("backlog-full", seconds=RETRY_AFTER)], headers=headers
            )
        self._held += size
        try:
            yield
        finally:
            self._held -= size

    async def read(self, receive: Receive) -> bytes:
        """Return the whole body.

        Raises:
            Problem: 413 longer than it may be, 408 not there in time.
            ClientDisconnect: the sender has gone.

        """
        try:
            async with asyncio.timeout(self._seconds):
                return await self._whole(receive)
        except TimeoutError:
            # What is left of the body will never be read, so the line is of no more use.
            raise Problem("timeout", headers={"Connection": "close"}) from None

    async def _whole(self, receive: Receive) -> bytes:
        first, more = await self._part(receive, 0)
        if not more:
            return first
        body = bytearray(first)
        while more:
            part, more = await self._part(receive, len(body))
            body += part
        return bytes(body)

    async def _part(self, receive: Receive, before: int) -> tuple[bytes, bool]:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part: bytes = message.get("body", b"")
        if before + len(part) > self._max_body_bytes:
            raise self._too_large()
        return part, message.get("more_body", False)

    def _too_large(self) -> Problem:
        return Problem("too-large", [fault("too-large", limit=self._max_body_bytes)])
