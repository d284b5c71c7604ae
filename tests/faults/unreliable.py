"""Receivers of webhooks that fail in every way that docs/receivers.md speaks of, and then do not.

Each keeps what it was asked and what it answered, to be held against what the product says of it.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

GONE_AFTER: Final = 10  # messages that a receiver takes before it answers 410 for good
HANGS: Final = -1
Headers = Mapping[str, str]
Manner = Callable[[int, int], tuple[int, Headers]]
"""The number of a message among all, and of the try -> status and headers; HANGS: no answer."""

TAKEN: Final[tuple[int, Headers]] = (204, {})


def every(place: int, status: int, headers: Headers | None = None) -> Manner:
    """Fail the first try of every so manieth message."""
    return lambda message, nth: (
        (status, headers or {}) if nth == 1 and message % place == 0 else TAKEN
    )


MANNERS: Final[Mapping[str, Manner]] = {
    "steady": lambda _message, _nth: TAKEN,
    "broken": every(7, 500),
    "busy": every(7, 429, {"Retry-After": "1"}),
    "slow": every(16, HANGS),
    "moved": every(7, 302, {"Location": "http://127.0.0.1:1/elsewhere"}),
    "away": lambda _message, _nth: TAKEN,  # whose port is closed now and then
    "gone": lambda message, _nth: TAKEN if message <= GONE_AFTER else (410, {}),
}


@dataclass(frozen=True)
class Try:
    """One request as it came, and what was answered to it."""

    id: str
    body: bytes
    status: int


class Unreliable:
    """One receiver on the loopback, from `open` to `close`, as often as one likes."""

    def __init__(self, manner: Manner, hang: float) -> None:
        """`hang`: seconds that no answer lasts, longer than the product waits."""
        self.tries: list[Try] = []
        self.hang = hang
        self._manner = manner
        self._lock = threading.Lock()
        self._numbers: dict[str, int] = {}
        self.port = 0
        self.open()

    def open(self) -> None:
        """Listen, where it did before."""
        self._server = _Server(("127.0.0.1", self.port), self)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        """Refuse connections; what has come in is answered."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, message: str, body: bytes) -> tuple[int, Headers]:
        """Note a request, and say what to answer."""
        with self._lock:
            number = self._numbers.setdefault(message, len(self._numbers) + 1)
            nth = 1 + sum(one.id == message for one in self.tries)
            status, headers = self._manner(number, nth)
            self.tries.append(Try(message, body, status))
            return status, headers


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], receiver: Unreliable) -> None:
        super().__init__(address, _Handler)
        self.receiver = receiver
        self.over = threading.Event()

    def server_close(self) -> None:
        self.over.set()
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        receiver = self.server.receiver
        length = int(self.headers["content-length"])
        body = self.rfile.read(length)
        if len(body) < length:
            return  # the sender died while it sent
        status, headers = receiver.take(self.headers["webhook-id"], body)
        if status == HANGS:
            self.server.over.wait(receiver.hang)
            return
        with suppress(OSError):  # the sender died while it waited
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

    def log_message(self, *_: object) -> None:
        pass
