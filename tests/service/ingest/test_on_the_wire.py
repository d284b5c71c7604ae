"""Over a real socket: many at once, bodies that are too large or too slow, senders that leave."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import uvicorn

from duibiao.web.protocol import protocol_within
from tests.service.ingest.service import Desk
from tests.support.ingest import case, figure
from tests.support.registers import TAX
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("each_database")

HEADERS = {"Authorization": "Bearer tax", "Content-Type": "application/json"}
MIB = 1024 * 1024
BODY_SECONDS = 0.3


class Wire:
    """The desk behind uvicorn on a port of the loopback address."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        config = uvicorn.Config(
            desk.app,
            port=0,
            lifespan="off",
            log_config=None,
            http=protocol_within(10, BODY_SECONDS),
        )
        self._server = uvicorn.Server(config)
        listener = config.bind_socket()
        self.port: int = listener.getsockname()[1]
        self._thread = threading.Thread(
            target=asyncio.run, args=(self._server.serve([listener]),), daemon=True
        )

    def start(self) -> None:
        self._thread.start()
        until(lambda: self._server.started)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers=HEADERS, trust_env=False
        )

    def line(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    with Desk(tmp_path, max_body_bytes=MIB) as desk:
        wire = Wire(desk)
        wire.start()
        yield wire
        wire.stop()


def head(length: str) -> bytes:
    lines = ["POST /v1/cases HTTP/1.1", "Host: x", *(f"{k}: {v}" for k, v in HEADERS.items())]
    return "\r\n".join([*lines, length, "", ""]).encode()


def answer_on(line: socket.socket) -> tuple[int, bytes]:
    """Read one answer off a line: its status and what came of it."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += line.recv(65_536)
    return int(received.split(b" ", 2)[1]), received


def test_many_at_once_are_all_kept_and_answered(wire: Wire) -> None:
    def post(number: int) -> int:
        with wire.client() as client:
            rows = [case(case_no=f"{number}-{n}") for n in range(number % 3 + 1)]
            return client.post("/v1/cases", json=rows).status_code

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(post, range(120))) == {202}
    assert wire.desk.count("submissions") == 120
    assert len(wire.desk.sent(120)) == 120


def test_one_line_serves_many_requests_whatever_becomes_of_them(wire: Wire) -> None:
    with wire.client() as client:
        statuses = [
            client.post("/v1/observations", content=body).status_code
            for body in (json.dumps(figure()), "{", "[" * 1000, json.dumps(figure(value=-1)))
        ]
        assert statuses == [202, 400, 400, 422]
        assert client.get("/v1/submissions").status_code == 200


def test_a_body_declared_too_large_is_refused_before_it_is_sent(wire: Wire) -> None:
    with wire.line() as line:
        line.sendall(head(f"Content-Length: {MIB + 1}"))
        status, answer = answer_on(line)
        assert status == 413
        assert b"application/problem+json" in answer


def test_a_body_that_grows_too_large_is_refused_on_the_way(wire: Wire) -> None:
    piece = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    with wire.line() as line:
        line.sendall(head("Transfer-Encoding: chunked"))
        for _ in range(17):
            line.sendall(piece)
        assert answer_on(line)[0] == 413


def test_a_body_that_does_not_come_is_given_up(wire: Wire) -> None:
    with wire.line() as line:
        line.sendall(head("Content-Length: 100") + b"[")
        status, answer = answer_on(line)
        assert status == 408
        assert b"connection: close" in answer.lower()
    assert wire.desk.count("submissions") == 0
    until(lambda: wire.desk.metric("duibiao_refusals_total", org=TAX, reason="timeout") == 1)
    assert wire.desk.metric("duibiao_submissions_total", org=TAX, result="refused") == 1


def test_a_sender_that_leaves_in_the_middle_harms_nobody(wire: Wire) -> None:
    for _ in range(5):
        with wire.line() as line:
            line.sendall(head("Content-Length: 100000") + b"[" * 1_000)
    with wire.client() as client:
        assert client.post("/v1/observations", json=figure()).status_code == 202
    assert wire.desk.count("submissions") == 1


def test_a_slow_sender_holds_nobody_up(wire: Wire) -> None:
    with wire.line() as slow:
        slow.sendall(head("Content-Length: 2") + b"[")
        with wire.client() as client:
            for value in range(20):
                answer = client.post("/v1/observations", json=figure(value=value))
                assert answer.status_code == 202
        assert answer_on(slow)[0] in {400, 408, 422}
