"""A request that offers HTTP/2, as Java's own client sends it, is served with its body."""

import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from prometheus_client import CollectorRegistry
from starlette.types import Receive, Scope, Send

from duibiao.web.app import App
from duibiao.web.protocol import MOST_BETWEEN, ProblemProtocol
from tests.support.asgi import KnownKeys

OFFER = (
    b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\nUpgrade: h2c\r\n"
)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    del scope
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    answer = json.dumps({"heard": body.decode()}).encode()
    length = (b"content-length", str(len(answer)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": answer})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    hot = {("POST", "/echo"): echo}
    app = App(keyring=KnownKeys(), registry=CollectorRegistry(), hot=hot)
    config = uvicorn.Config(app, port=0, http=ProblemProtocol, log_level="critical")
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture(scope="module")
def line(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        yield line


def heard(line: socket.socket, *pieces: bytes) -> str:
    for piece in pieces:
        line.sendall(piece)
        time.sleep(0.02)  # each piece by itself; joined, they would only be an easier case
    received = b""
    while not received.endswith(b"}"):
        part = line.recv(65_536)
        assert part, received
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.split()[1] == b"200", head
    told: str = json.loads(body)["heard"]
    return told


def head(offer: bytes, length: bytes) -> bytes:
    return b"POST /echo HTTP/1.1\r\nHost: test\r\n" + offer + length + b"\r\n"


FIXED, CHUNKED = b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    ("length", "body"), [(FIXED, b"hello"), (CHUNKED, b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")]
)
def test_the_body_arrives(line: socket.socket, length: bytes, body: bytes) -> None:
    assert heard(line, head(OFFER, length) + body) == "hello"
    assert heard(line, head(OFFER, length), body) == "hello"
    assert heard(line, head(OFFER, length)[:60], head(OFFER, length)[60:], body) == "hello"


def test_an_offer_that_comes_in_parts_is_passed_over(line: socket.socket) -> None:
    sent = head(OFFER, FIXED)
    at = sent.index(b"Upgrade:")
    for cut in (at - 1, at, at + 3, at + 10):
        assert heard(line, sent[:cut], sent[cut:], b"hello") == "hello"


def test_no_body_is_ever_taken_for_another_request(port: int) -> None:
    inner = b"GET /livez HTTP/1.1\r\nHost: inner\r\n\r\n"
    length = b"Content-Length: %d\r\n" % len(inner)
    # Behind the body of a request nobody looks for the head of the next one.
    pieces = head(b"", FIXED), b"hello" + head(OFFER, length), inner
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        for piece in pieces:
            line.sendall(piece)
            time.sleep(0.02)
        received = b""
        while part := line.recv(65_536):
            received += part
    assert b'"live"' not in received
    assert b"HTTP/1.1 400" in received


def test_a_body_of_many_small_chunks_arrives(line: socket.socket) -> None:
    count = MOST_BETWEEN // 4  # each of 6 bytes: 5 of them are not of the body
    chunks = b"1\r\na\r\n" * count + b"0\r\n\r\n"
    assert heard(line, head(b"", CHUNKED), chunks) == "a" * count


def test_the_next_request_on_the_line_is_served(line: socket.socket) -> None:
    assert heard(line, head(OFFER, FIXED) + b"first") == "first"
    assert heard(line, head(b"", FIXED) + b"again") == "again"
    assert heard(line, head(OFFER, FIXED) + b"third") == "third"


def test_an_offer_within_a_body_is_part_of_it(line: socket.socket) -> None:
    said = "\r\nUpgrade: h2c\r\n"
    length = b"Content-Length: %d\r\n" % len(said)

    assert heard(line, head(OFFER, length), said.encode()) == said
    assert heard(line, head(b"", length) + said[:3].encode(), said[3:].encode()) == said
