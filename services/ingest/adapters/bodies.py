"""Reading the body of a request, no more of it than may be, within a time that may be."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from duibiao.web.problems import Problem, fault
from duibiao.web.quotas import later

RETRY_AFTER: Final = 5  # seconds
SOON: Final = 1  # seconds; a sender's own bodies are read by then


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes of bodies that may be here at a time: of one, of one sender's, of everybody's."""

    body: int
    sender: int
    all: int


@dataclass(slots=True)
class Place:
    """The room that one body has."""

    who: str
    size: int = 0


class Bodies:
    """Reads bodies; knows how much of them is here at the moment. Lives on the event loop."""

    def __init__(self, room: Room, seconds: float) -> None:
        """`seconds` is how long a body may take to arrive."""
        self._room = room
        self._seconds = seconds
        self._held = 0
        self._held_of: Counter[str] = Counter()

    @contextmanager
    def room(self, declared: int | None, who: str) -> Iterator[Place]:
        """Hold room for a body while it is read and worked on.

        A body of undeclared length is given more as it comes.

        Raises:
            Problem: 413, 429 or 503 where there is no room for one body, for this sender, at all.

        """
        place = Place(who)
        try:
            self._grow(place, declared or 0)
            yield place
        finally:
            self._held -= place.size
            self._held_of[who] -= place.size
            if not self._held_of[who]:
                del self._held_of[who]

    async def read(self, receive: Receive, place: Place) -> bytes:
        """Return the whole body.

        Raises:
            Problem: 413, 429 or 503 no room for it, 408 not there in time.
            ClientDisconnect: the sender has gone.

        """
        try:
            async with asyncio.timeout(self._seconds):
                return await self._whole(receive, place)
        except TimeoutError:
            # What is left of the body will never be read, so the line is of no more use.
            raise Problem("timeout", headers={"Connection": "close"}) from None

    async def _whole(self, receive: Receive, place: Place) -> bytes:
        part, more = await _part(receive)
        self._grow(place, len(part))
        if not more:
            return part
        body = BytesIO()
        body.write(part)
        while more:
            part, more = await _part(receive)
            self._grow(place, body.tell() + len(part))
            body.write(part)
        return body.getvalue()

    def _grow(self, place: Place, size: int) -> None:
        """Make sure that a body has room for so many bytes."""
        if size <= place.size:
            return
        if size > self._room.body:
            raise Problem("too-large", [fault("too-large", limit=self._room.body)])
        # One body always finds room, however little there is for several.
        of_sender = self._held_of[place.who] - place.size
        if of_sender and of_sender + size > self._room.sender:
            raise later(fault("too-many-bytes", limit=self._room.sender, seconds=SOON), SOON)
        of_all = self._held - place.size
        if of_all and of_all + size > self._room.all:
            told = fault("backlog-full", seconds=RETRY_AFTER)
            raise Problem("backlog-full", [told], headers={"Retry-After": str(RETRY_AFTER)})
        self._held += size - place.size
        self._held_of[place.who] += size - place.size
        place.size = size


async def _part(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), message.get("more_body", False)
