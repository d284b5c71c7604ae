"""Live refresh: server-sent events that tell an open page in which state the figures are.

A page carries the state that it was made of. Its script (static/live.js) compares, reads the page
again where the states differ, and offers to reload where the text differs. A stream says nothing
else, holds no thread, and ends at once when the process is told to stop.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from time import monotonic
from typing import Final

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from duibiao.store import StoreUnavailable
from duibiao.web.access import by_itself

ADDRESS: Final = "/board/live"
MOST: Final = 200  # streams of one process
EVERY: Final = 3.0  # seconds between looks at the state, one look for all streams
LONGEST: Final = 600.0  # seconds of a stream; the browser then begins another one
_NO_MORE: Final = 204  # has a browser not ask again
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Streams:
    """All streams of a process, and the state that they last heard of."""

    def __init__(self, read: Callable[[], str]) -> None:
        """`read` reads the state from the store; called on a thread."""
        self._read = read
        self._state, self._until, self._open = "", 0.0, 0
        self._turn = asyncio.Lock()

    async def answer(self, request: Request) -> Response:
        """Answer with a stream, where one is accepted and there is room for it."""
        if self._open >= MOST or not by_itself(request.scope):
            return Response(status_code=_NO_MORE, headers=_HEADERS)
        events = self._events(request.app.stopping)
        return StreamingResponse(events, headers=_HEADERS, media_type="text/event-stream")

    async def _events(self, stopping: asyncio.Event) -> AsyncIterator[str]:
        """Yield the state and every later one; between them comments, so that no gateway closes."""
        self._open += 1
        told, end = "", monotonic() + LONGEST
        try:
            while monotonic() < end and not stopping.is_set():
                state = await self._now()
                yield ":\n\n" if state == told else f"data: {state}\n\n"
                told = state
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), EVERY)
        finally:
            self._open -= 1

    async def _now(self) -> str:
        """Return the state; that of a moment ago where the store does not answer."""
        async with self._turn:
            if monotonic() >= self._until:
                with suppress(StoreUnavailable):
                    self._state = await run_sync(self._read)
                self._until = monotonic() + EVERY
        return self._state
