"""A receiver of webhooks on the loopback: keeps what it gets, answers what it is told to.

It checks signatures by itself, from the words of Standard Webhooks 1.0.0 and not with our code.
"""

import base64
import hashlib
import hmac
import json
import ssl
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.waiting import until

SECRET = b"0123456789abcdef0123456789abcdef"
SECRET_TEXT = "whsec_" + base64.b64encode(SECRET).decode()


@dataclass(frozen=True)
class Got:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def content(self) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What the receiver answers; `hang` never does, `drip` and `endless` never come to an end.

    `part` closes the connection afterwards without saying so, `slow` waits for `LocalReceiver.go`.
    """

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: str = "plain"


def signed(got: Got, secret: bytes = SECRET) -> bool:
    """Whether a request carries a good v1 signature of this secret."""
    content = f"{got.id}.{got.headers['webhook-timestamp']}.".encode() + got.body
    expected = base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
    versions = [part.split(",", 1) for part in got.headers["webhook-signature"].split(" ")]
    return any(
        version == "v1" and hmac.compare_digest(text, expected) for version, text in versions
    )


class LocalReceiver:
    """Listens on 127.0.0.1 while it is entered. Answers 204 when nothing else is asked of it."""

    def __init__(self, *answers: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.got: list[Got] = []
        self.connections = self.closed = 0
        self.answers = deque(answers)
        self.over, self.go = threading.Event(), threading.Event()
        self._server = _Server(self)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def url(self, host: str = "127.0.0.1", path: str = "/hook", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def file(self, folder: Path, *routes: str) -> Path:
        """Write a RECEIVERS file that names this receiver "desk"; without routes it gets all."""
        (folder / "desk.secret").write_text(SECRET_TEXT)
        listed = "\n".join(routes) or "  - receiver: desk"
        file = folder / "receivers.yaml"
        file.write_text(
            f"receivers:\n  - name: desk\n    webhook:\n      url: {self.url()}\n"
            f"      secret_file: desk.secret\nroutes:\n{listed}\n"
        )
        return file

    def wait_for(self, count: int, seconds: float = 20) -> list[Got]:
        until(lambda: len(self.got) >= count, seconds=seconds, what=f"{count} messages come")
        return self.got

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, receiver: LocalReceiver) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.receiver = receiver


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.server.receiver.connections += 1

    def finish(self) -> None:
        super().finish()
        self.connection.close()
        self.server.receiver.closed += 1

    def do_POST(self) -> None:
        receiver = self.server.receiver
        length = int(self.headers["content-length"])
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(length)
        if len(body) < length:
            return  # the sender died while it sent
        receiver.got.append(Got(self.path, headers, body))
        with suppress(OSError):  # the other side has had enough
            self._answer(receiver.answers.popleft() if receiver.answers else Answer())

    def _answer(self, answer: Answer) -> None:
        if answer.manner == "hang":
            self.server.receiver.over.wait(30)
            return
        if answer.manner == "drip":
            self._without_end(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n", pause=0.05)
            return
        if answer.manner == "slow":
            self.server.receiver.go.wait(30)
        unread = answer.status != HTTPStatus.NO_CONTENT
        self.close_connection = unread or answer.manner in ("endless", "part")
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if answer.manner == "endless":
            self._without_end(b"", b"x" * 65536, pause=0)

    def _without_end(self, first: bytes, more: bytes, *, pause: float) -> None:
        self.wfile.write(first)
        while not self.server.receiver.over.wait(pause):
            self.wfile.write(more)
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass
