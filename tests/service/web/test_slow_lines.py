"""Lines on which nothing comes, or too slowly: they end, and nobody else notices them."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import uvicorn
from fastapi import APIRouter
from prometheus_client import CollectorRegistry
from pydantic import BaseModel

from duibiao.web.app import App, Bounds
from duibiao.web.protocol import protocol_within
from tests.support.asgi import KnownKeys
from tests.support.waiting import until

SECONDS = 0.4
GOOD = b"GET /livez HTTP/1.1\r\nHost: test\r\n\r\n"
BODY = b"POST /v1/remarks HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
router = APIRouter()


class Remark(BaseModel):
    comment: str


@router.post("/v1/remarks")
def remark(said: Remark) -> str:
    return said.comment


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = App(
        keyring=KnownKeys(),
        registry=CollectorRegistry(),
        routers=[router],
        bounds=Bounds(body_seconds=SECONDS),
    )
    protocol = protocol_within(SECONDS)
    config = uvicorn.Config(app, port=0, http=protocol, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    until(lambda: server.started)
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)
    listener.close()


def line_to(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def rest_of(line: socket.socket) -> bytes:
    """Read until the other side closes."""
    received = b""
    while part := line.recv(65_536):
        received += part
    return received


def answer_on(line: socket.socket) -> bytes:
    """Read one answer with a body of declared length."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += line.recv(65_536)
    head, _, body = received.partition(b"\r\n\r\n")
    (length,) = [
        int(field.partition(b":")[2])
        for field in head.split(b"\r\n")
        if field.lower().startswith(b"content-length")
    ]
    while len(body) < length:
        body += line.recv(65_536)
    return head + b"\r\n\r\n" + body


def told(received: bytes) -> tuple[int, str]:
    """Return the status and the type of a problem."""
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower()
    return int(head.split()[1]), json.loads(body)["type"]


def test_a_line_on_which_nothing_comes_is_closed(port: int) -> None:
    with line_to(port) as line:
        begun = time.monotonic()
        assert rest_of(line) == b""
        assert SECONDS * 0.9 < time.monotonic() - begun < SECONDS + 2


@pytest.mark.parametrize("begun", [b"GET /livez HTTP/1.1\r\n", b"GE", b"GET / HTTP/1.1\r\nX: "])
def test_a_head_that_stops_is_told_and_closed(port: int, begun: bytes) -> None:
    with line_to(port) as line:
        line.sendall(begun)
        assert told(rest_of(line)) == (408, "/problems/timeout")


def test_a_head_that_drips_ends_all_the_same(port: int) -> None:
    with line_to(port) as line:
        line.sendall(b"GET /livez HTTP/1.1\r\n")
        begun = time.monotonic()
        try:
            while time.monotonic() - begun < 5:
                line.sendall(b"X-Drip: 1\r\n")
                time.sleep(SECONDS / 20)
        except OSError:
            pass  # closed before us
        assert time.monotonic() - begun < SECONDS + 2


def test_the_head_of_a_second_request_has_to_end_too(port: int) -> None:
    with line_to(port) as line:
        line.sendall(GOOD)
        assert answer_on(line).startswith(b"HTTP/1.1 200")
        line.sendall(b"GET /livez HTTP/1.1\r\n")
        assert told(rest_of(line)) == (408, "/problems/timeout")


def test_a_line_in_use_stays_open(port: int) -> None:
    with line_to(port) as line:
        for _ in range(6):
            line.sendall(GOOD)
            assert answer_on(line).startswith(b"HTTP/1.1 200")
            time.sleep(SECONDS / 3)


@pytest.mark.parametrize("begun", [b"", b'{"comment"'])
def test_the_body_of_an_ordinary_request_ends_too(port: int, begun: bytes) -> None:
    with line_to(port) as line:
        line.sendall(BODY + b"Content-Length: 100\r\n\r\n" + begun)
        assert told(rest_of(line)) == (408, "/problems/timeout")


def test_a_body_that_comes_in_time_in_pieces_is_read(port: int) -> None:
    with line_to(port) as line:
        line.sendall(BODY + b"Content-Length: 16\r\n\r\n")
        for piece in (b'{"comm', b'ent":', b' "x"}'):
            time.sleep(SECONDS / 8)
            line.sendall(piece)
        assert answer_on(line).endswith(b'"x"')


def test_300_idle_lines_are_nothing_to_others_and_are_gone_in_time(port: int) -> None:
    with ExitStack() as stack:
        lines = [stack.enter_context(line_to(port)) for _ in range(300)]
        with line_to(port) as line:
            begun = time.monotonic()
            for _ in range(20):
                line.sendall(GOOD)
                answer_on(line)
            assert time.monotonic() - begun < SECONDS
        assert {rest_of(line) for line in lines} == {b""}
