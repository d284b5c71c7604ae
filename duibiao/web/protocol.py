"""Bytes that never become a request: no HTTP, too much of a head, or not in time. Told as problems.

The answers that no app is asked for, so they are made where the bytes are parsed.
"""

import asyncio
import re
import secrets
from typing import ClassVar, Final

import msgspec
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from duibiao.web.exchange import REQUEST_ID, be_late
from duibiao.web.problems import MEDIA_TYPE, Problem, document, error_detail

# Bytes of a head, or of what comes beside a body: sizes of chunks, trailers.
MOST_BETWEEN: Final = 64 * 1024

_TOO_MUCH_HEAD: Final = 431
_OFFER: Final = re.compile(rb"\r\nupgrade:[^\r\n]*(?=\r\n)", re.IGNORECASE)
_BEGIN: Final = b"\r\nupgrade:"
_HEAD_END: Final = b"\r\n\r\n"
_UNREADABLE = ("the request breaks the rules of HTTP", "不符合HTTP协议")


class ProblemProtocol(HttpToolsProtocol):
    """HTTP/1.1 by httptools: `uvicorn.Config(..., http=ProblemProtocol)`.

    uvicorn by itself waits for ever for a request on a new line, and for the rest of one that has
    begun, and for an answer to be taken; it keeps a head of any size. Here the line is closed when
    the head or the body of a request is not there in time, when its head is too large, and when
    nothing of an answer is taken for a while.
    """

    head_seconds: ClassVar[float] = 10.0
    body_seconds: ClassVar[float] = 30.0  # and how long nothing of an answer may be taken

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._late: asyncio.TimerHandle | None = None
        self._in_head = self._in_body = False
        self._between = 0  # bytes that have come and are not part of any body
        self._held = b""
        self._stalled: asyncio.TimerHandle | None = None
        self._answered: RequestResponseCycle | None = None
        self._expect(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more, and answer nobody who has gone.

        uvicorn tells it only to the newest of several requests that came in one go.
        """
        self._came()
        self._cancel_stall()
        self.pipeline.clear()
        if self._answered is not None:
            self._answered.disconnected = True
            self._answered.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; what has begun with them, a head or a body, has to end in time."""
        self._between += len(data)
        if not self._in_body:
            data, self._held = without_offer(self._held + data)
        super().data_received(data)
        if self._between > MOST_BETWEEN and not self.transport.is_closing():
            self._refuse_more()
        if self._late is None:
            cycle: RequestResponseCycle | None = self.cycle
            if cycle is None or cycle.response_complete:
                self._expect(self.head_seconds)
            elif self._in_body:
                self._expect(self.body_seconds)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def pause_writing(self) -> None:
        """Begin to wait for the other side to take what has been written."""
        super().pause_writing()
        self._untaken()

    def resume_writing(self) -> None:
        """Take note that it has been taken."""
        super().resume_writing()
        self._cancel_stall()

    def timeout_keep_alive_handler(self) -> None:
        """Close a line that was quiet; what is still to be taken may not hold it open for ever."""
        super().timeout_keep_alive_handler()
        if self._stalled is None and self.transport.get_write_buffer_size():
            self._untaken()

    def on_message_begin(self) -> None:
        """Take note that a request has begun."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Take note that the head is there.

        An offer that was not seen in time would make the parser take the body for another request,
        which somebody else would be given the answer to.
        """
        if self.parser.should_upgrade():
            raise ValueError("an offer to speak another protocol")
        self._in_head, self._in_body = False, True
        self._between = 0
        self._came()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take note that there is more of a body."""
        self._between = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Take note that the next byte begins another request."""
        self._in_body = False
        self._between = 0
        self._came()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer a request that cannot be parsed, and close; uvicorn has logged `msg`."""
        del msg
        told = error_detail("malformed", format="HTTP", reason=_UNREADABLE)
        self._close_with(Problem("bad-request", [told]))

    def _expect(self, seconds: float) -> None:
        self._late = self.loop.call_later(seconds, self._give_up)

    def _came(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _untaken(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._stalled = self.loop.call_later(self.body_seconds, self._still_there, left)

    def _cancel_stall(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _still_there(self, left: int) -> None:
        self._stalled = None
        if self.transport.get_write_buffer_size() < left:
            self._untaken()
        else:
            self.transport.abort()

    def _refuse_more(self) -> None:
        if self._in_head:
            told = [error_detail("head-too-large", limit=MOST_BETWEEN)]
            self._close_with(Problem("client-error", told, status=_TOO_MUCH_HEAD))
        else:
            self.transport.close()

    def _give_up(self) -> None:
        self._late = None
        if self.transport.is_closing():
            return
        cycle = self._answered
        if self._in_body and cycle is not self.cycle:
            self._expect(self.body_seconds)  # it waits behind an answer that is under way
        elif self._in_head or (self._in_body and cycle is not None and not cycle.response_started):
            problem = Problem("timeout", [error_detail("http-error", status=408)])
            if self._in_body and cycle is not None:
                state = cycle.scope["state"]
                be_late(state)
                self._close_with(problem, cycle.scope["path"], state.get("trace_id"))
            else:
                self._close_with(problem)
        else:
            self.transport.close()

    def _close_with(self, problem: Problem, path: str = "", trace_id: str | None = None) -> None:
        """Answer in place of the app; with the trace id of a request that the app has in hand."""
        trace_id = trace_id or secrets.token_hex(16)
        body = msgspec.json.encode(document(problem, path=path, trace_id=trace_id))
        head = (
            f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
            f"{REQUEST_ID.lower()}: {trace_id}\r\nx-content-type-options: nosniff\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[problem.status] + head.encode("ascii") + body)
        self.transport.close()


def without_offer(data: bytes) -> tuple[bytes, bytes]:
    """Return bytes that begin in the head of a request without its Upgrade header, and the rest.

    It offers to speak another protocol, which a server may pass over (RFC 9110, 7.8); Java's own
    client offers HTTP/2 with every request. httptools believes that an offer is accepted and gives
    up what comes after the head, so the body of the request would be lost.

    The rest is a line at the end that may become such a header: it belongs before the bytes that
    come next. Looks no further than the head, so a body stays as it is.
    """
    end = data.find(_HEAD_END)
    found = _OFFER.search(data, 0, len(data) if end < 0 else end + 2)
    if found is not None:
        data = data[: found.start()] + data[found.end() :]
    if end >= 0:
        return data, b""
    last = max(data.rfind(b"\r\n"), len(data) - 1 if data.endswith(b"\r") else -1)
    line = data[last:].lower() if last >= 0 else b""
    if line and (_BEGIN.startswith(line) or line.startswith(_BEGIN)):
        return data[:last], data[last:]
    return data, b""


def protocol_within(head: float, body: float) -> type[ProblemProtocol]:
    """Return the protocol that gives so many seconds to a head, and to a body or an answer."""
    given = {"head_seconds": head, "body_seconds": body}
    return type("ProblemProtocol", (ProblemProtocol,), given)
