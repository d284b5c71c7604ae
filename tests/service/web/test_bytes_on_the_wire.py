"""What uvicorn does with bytes that never become a request of the app."""

import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from prometheus_client import CollectorRegistry

from duibiao.web.app import App
from duibiao.web.protocol import MOST_BETWEEN, ProblemProtocol
from tests.support.asgi import KnownKeys

Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = App(keyring=KnownKeys(), registry=CollectorRegistry())
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


def ask(port: int, sent: bytes) -> Answer:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        received = b""
        while part := line.recv(65_536):
            received += part
    head, _, body = received.partition(b"\r\n\r\n")
    status, *headers = head.decode("latin-1").split("\r\n")
    named = dict(header.lower().split(": ", 1) for header in headers)
    return int(status.split()[1]), named, body


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: test\r\nContent-Length: many\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_no_http_is_answered_with_a_problem(port: int, sent: bytes) -> None:
    status, headers, body = ask(port, sent)
    assert status == 400
    assert headers["content-type"] == "application/problem+json"
    told = json.loads(body)
    assert told["type"] == "/problems/bad-request"
    assert told["trace_id"] == headers["x-request-id"]
    assert [error["code"] for error in told["errors"]] == ["malformed"]
    assert len(body) == int(headers["content-length"])


def test_odd_paths_and_headers_are_answered_by_the_app(port: int) -> None:
    sent = (
        b"GET /%00%ff/%F0%9F%9A%80?key=dbk_secret HTTP/1.1\r\n"
        b"Host: evil.example.invalid/x?\r\nAuthorization: Bearer dbk_secret\r\n"
        b"Connection: close\r\n\r\n"
    )
    status, headers, body = ask(port, sent)
    assert status == 404
    assert headers["content-type"] == "application/problem+json"
    assert b"dbk_secret" not in body
    assert b"evil" not in body
    assert json.loads(body)["instance"] == "/%00%EF%BF%BD/%F0%9F%9A%80"


def test_a_large_body_is_refused_before_it_is_read(port: int) -> None:
    sent = (
        b"POST /v1/anything HTTP/1.1\r\nHost: test\r\nContent-Length: 65537\r\n"
        b"Connection: close\r\n\r\n"
    )
    status, headers, body = ask(port, sent)
    assert status == 413
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["errors"][0]["code"] == "too-large"


def taken_of(port: int, begin: bytes, piece: bytes) -> int:
    """Send pieces until the other side has had enough; return how many bytes went out."""
    sent = 0
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(begin)
        try:
            while sent < 1_000 * MOST_BETWEEN:
                line.sendall(piece)
                sent += len(piece)
        except OSError:
            pass  # the other side has closed
    return sent


@pytest.mark.parametrize("piece", [b"X: " + b"a" * 4_000 + b"\r\n", b"a" * 4_000])
def test_a_head_without_end_is_not_kept(port: int, piece: bytes) -> None:
    assert taken_of(port, b"GET /livez HTTP/1.1\r\nX: a", piece) < 1_000 * MOST_BETWEEN


@pytest.mark.parametrize("begin", [b"0\r\nX: a", b"5;a="])
def test_what_stands_beside_a_body_is_not_kept_without_end(port: int, begin: bytes) -> None:
    head = b"POST /livez HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert taken_of(port, head + begin, b"a" * 4_000) < 1_000 * MOST_BETWEEN


def test_too_large_a_head_is_told_so(port: int) -> None:
    half = b"X: " + b"a" * (MOST_BETWEEN // 2) + b"\r\n"
    status, headers, body = ask(port, b"GET /livez HTTP/1.1\r\nHost: test\r\n" + half * 2)
    assert status == 431
    assert headers["content-type"] == "application/problem+json"
    told = json.loads(body)
    assert told["type"] == "/problems/client-error"
    assert [error["code"] for error in told["errors"]] == ["head-too-large"]
