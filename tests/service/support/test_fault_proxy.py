"""The fault proxy does what the fault tests believe it does."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.support.servers.ports import free_ports
from tests.support.servers.proxy import FaultProxy


class Echo:
    """A server that says back what it hears."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._say_back, args=(connection,), daemon=True).start()

    def _say_back(self, connection: socket.socket) -> None:
        with connection:
            try:
                while heard := connection.recv(65536):
                    connection.sendall(heard)
            except OSError:
                return

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    echo = Echo()
    (port,) = free_ports(1)
    with FaultProxy(port, echo.port) as proxy:
        yield proxy
    echo.close()


@pytest.fixture
def line(proxy: FaultProxy) -> Iterator[socket.socket]:
    with connected(proxy) as made:
        yield made


def connected(proxy: FaultProxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.listen), timeout=5)


def said_back(line: socket.socket, words: bytes) -> bytes:
    line.sendall(words)
    heard = b""
    while len(heard) < len(words):
        more = line.recv(65536)
        if not more:
            raise ConnectionResetError
        heard += more
    return heard


def test_it_forwards(proxy: FaultProxy, line: socket.socket) -> None:
    assert said_back(line, b"x" * 100_000) == b"x" * 100_000
    assert proxy.accepted == 1


def test_it_refuses_new_connections_and_ends_old_ones(
    proxy: FaultProxy, line: socket.socket
) -> None:
    said_back(line, b"a")
    proxy.refuse()

    with pytest.raises(ConnectionRefusedError):
        connected(proxy)
    with pytest.raises(ConnectionResetError):
        said_back(line, b"b")

    proxy.heal()
    with connected(proxy) as again:
        assert said_back(again, b"c") == b"c"


def test_a_black_hole_swallows_until_it_heals(proxy: FaultProxy, line: socket.socket) -> None:
    proxy.black_hole()
    with connected(proxy) as another:
        for one in (line, another):
            one.settimeout(0.3)
            with pytest.raises(TimeoutError):
                said_back(one, b"hello")

        proxy.heal()

        for one in (line, another):
            one.settimeout(5)
            assert one.recv(100) == b"hello"


def test_it_delays(proxy: FaultProxy, line: socket.socket) -> None:
    proxy.delay(0.15, jitter=0.05)
    began = time.monotonic()

    said_back(line, b"a")

    assert time.monotonic() - began >= 0.3  # there and back


def test_it_is_slow(proxy: FaultProxy, line: socket.socket) -> None:
    proxy.slow(rate=20_000)
    began = time.monotonic()

    said_back(line, b"x" * 5_000)

    assert time.monotonic() - began >= 0.4


def test_it_resets_what_is_connected_and_nothing_else(
    proxy: FaultProxy, line: socket.socket
) -> None:
    said_back(line, b"a")
    proxy.reset()

    with pytest.raises(OSError):  # noqa: PT011 - reset or broken pipe, as the kernel likes
        said_back(line, b"b")
    with connected(proxy) as again:
        assert said_back(again, b"c") == b"c"


def test_it_cuts_in_the_middle(proxy: FaultProxy, line: socket.socket) -> None:
    proxy.cut(after=50_000)
    said_back(line, b"x" * 10_000)

    with pytest.raises(OSError):  # noqa: PT011 - the same
        said_back(line, b"x" * 100_000)


def ask(proxy: FaultProxy) -> None:
    with connected(proxy) as line:
        line.settimeout(5)
        line.recv(1)


def test_a_target_that_is_not_there_ends_the_connection() -> None:
    nobody, port = free_ports(2)
    with FaultProxy(port, nobody) as proxy, pytest.raises(ConnectionResetError):
        ask(proxy)  # the reset may come as soon as the line is there, or with the first word
