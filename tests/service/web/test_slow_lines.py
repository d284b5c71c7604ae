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
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from duibiao.web.app import App
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


LARGE = 32 * 1024 * 1024  # more than the two sides of a line keep


async def large(_scope: Scope, _receive: Receive, send: Send) -> None:
    length = (b"content-length", str(LARGE).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": bytes(LARGE)})


@pytest.fixture(scope="module")
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture(scope="module")
def server(registry: CollectorRegistry) -> Iterator[uvicorn.Server]:
    app = App(
        keyring=KnownKeys(), registry=registry, routers=[router], hot={("GET", "/large"): large}
    )
    protocol = protocol_within(SECONDS, SECONDS)
    config = uvicorn.Config(app, port=0, http=protocol, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    until(lambda: server.started)
    yield server
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture(scope="module")
def port(server: uvicorn.Server) -> int:
    found: int = server.servers[0].sockets[0].getsockname()[1]
    return found


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


@pytest.mark.parametrize(
    ("begun", "drop"),
    [
        (b"GET /livez HTTP/1.1\r\n", b"X-Drip: 1\r\n"),
        (BODY + b"Content-Length: 100000\r\n\r\n", b" "),
    ],
    ids=["head", "body"],
)
def test_what_drips_ends_all_the_same(port: int, begun: bytes, drop: bytes) -> None:
    with line_to(port) as line:
        line.sendall(begun)
        since = time.monotonic()
        try:
            while time.monotonic() - since < 5:
                line.sendall(drop)
                time.sleep(SECONDS / 20)
        except OSError:
            pass  # closed before us
        assert time.monotonic() - since < SECONDS + 2


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
def test_the_body_of_an_ordinary_request_ends_too(
    port: int, registry: CollectorRegistry, begun: bytes
) -> None:
    def late() -> float:
        labels = {"org": "", "reason": "timeout"}
        return registry.get_sample_value("duibiao_refusals_total", labels) or 0.0

    before = late()
    with line_to(port) as line:
        line.sendall(BODY + b"X-Request-Id: r-7\r\nContent-Length: 100\r\n\r\n" + begun)
        received = rest_of(line)
    assert told(received) == (408, "/problems/timeout")
    problem = json.loads(received.partition(b"\r\n\r\n")[2])
    assert (problem["instance"], problem["trace_id"]) == ("/v1/remarks", "r-7")
    assert b"x-request-id: r-7" in received
    until(lambda: late() == before + 1)


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
            # Waiting for the lines in turn would take 300 times as long as one may be idle.
            assert time.monotonic() - begun < 10 * SECONDS
        assert {rest_of(line) for line in lines} == {b""}


ASK = b"GET /large HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
ASK_ON = b"GET /large HTTP/1.1\r\nHost: test\r\n\r\n"


def taken(line: socket.socket, most: int) -> int:
    """Read so much, or until the other side has given up; return how much came."""
    count = 0
    try:
        while count < most and (part := line.recv(1 << 20)):
            count += len(part)
    except ConnectionResetError:
        pass
    return count


@pytest.mark.parametrize("ask", [ASK, ASK_ON, ASK_ON * 3])
def test_an_answer_that_nobody_takes_is_given_up(
    server: uvicorn.Server, port: int, ask: bytes
) -> None:
    with capture_logs() as logs, line_to(port) as line:
        line.sendall(ask)
        assert line.recv(1)
        until(lambda: not server.server_state.connections)
        assert taken(line, LARGE) < LARGE
        until(lambda: not server.server_state.tasks)
    assert [event for event in logs if event["log_level"] == "error"] == []


def test_an_answer_that_is_taken_slowly_arrives(port: int) -> None:
    with line_to(port) as line:
        line.sendall(ASK)
        count, begun = 0, time.monotonic()
        while time.monotonic() < begun + 3 * SECONDS:
            count += taken(line, 1 << 20)
            time.sleep(SECONDS / 10)
        assert count + taken(line, LARGE * 2) > LARGE
