"""Reading the body of a request, no more of it than may be; the server sees that it is in time."""

from collections import Counter
from io import BytesIO
from typing import Final, Self

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from duibiao.web.problems import Problem, error_detail
from duibiao.web.quotas import later

RETRY_AFTER: Final = 5  # seconds
SOON: Final = 1  # seconds; a sender's own bodies are read by then


class Bodies:
    """Knows how many bytes of bodies are here at the moment. Lives on the event loop."""

    def __init__(self, body: int, sender: int, everybody: int) -> None:
        """Take how many may be here: of one body, of one sender's, of everybody's."""
        self.most, self._most_of_sender, self._most_of_all = body, sender, everybody
        self._held = 0
        self._held_of: Counter[str] = Counter()

    def room(self, declared: int, who: str, most: int | None = None) -> "Body":
        """Return room for a body while it is read and worked on: `with bodies.room(…) as body`.

        A body of undeclared length is given more as it comes; `most` where it is not of rows.
        """
        return Body(self, declared, who, most or self.most)

    def give_back(self, body: "Body") -> None:
        """Let others have the room of a body."""
        self._held -= body.size
        self._held_of[body.who] -= body.size
        if not self._held_of[body.who]:
            del self._held_of[body.who]

    def grow(self, body: "Body", size: int) -> None:
        """Make sure that a body has room for so many bytes.

        Raises:
            Problem: 413, 429 or 503 where there is no room for one body, for this sender, at all.

        """
        if size <= body.size:
            return
        if size > body.most:
            raise Problem("too-large", [error_detail("too-large", limit=body.most)])
        # One body always finds room, however little there is for several.
        of_sender = self._held_of[body.who] - body.size
        if of_sender and of_sender + size > self._most_of_sender:
            raise later(
                error_detail("too-many-bytes", limit=self._most_of_sender, seconds=SOON), SOON
            )
        of_all = self._held - body.size
        if of_all and of_all + size > self._most_of_all:
            told = error_detail("backlog-full", seconds=RETRY_AFTER)
            raise Problem("backlog-full", [told], headers={"Retry-After": str(RETRY_AFTER)})
        self._held += size - body.size
        self._held_of[body.who] += size - body.size
        body.size = size


class Body:
    """A body on its way, and the bytes of room that it has."""

    __slots__ = ("_bodies", "_declared", "most", "size", "who")

    def __init__(self, bodies: Bodies, declared: int, who: str, most: int) -> None:
        self._bodies = bodies
        self._declared = declared
        self.who = who
        self.most = most
        self.size = 0

    def __enter__(self) -> Self:
        self._bodies.grow(self, self._declared)
        return self

    def __exit__(self, *_: object) -> None:
        self._bodies.give_back(self)

    async def read(self, receive: Receive) -> bytes:
        """Return the whole body.

        Raises:
            Problem: 413, 429 or 503 no room for it.
            ClientDisconnect: the sender has gone.

        """
        whole, more = BytesIO(), True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            part, more = message.get("body", b""), message.get("more_body", False)
            self._bodies.grow(self, whole.tell() + len(part))
            whole.write(part)
        return whole.getvalue()
