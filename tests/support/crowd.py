"""Posting at a pace, cheaply: requests made ready beforehand, on raw lines that stay open.

What is measured is the product, so the one who measures must cost little. Nothing is pipelined: a
line sends its next request when the last one is answered and the next is due.
"""

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from typing import NamedTuple, Self

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length: "


class Answer(NamedTuple):
    """What came back: the head as it came, how long it took from when the request was due."""

    status: int
    head: bytes
    body: bytes
    seconds: float


@dataclass
class Heard:
    """What one sender heard: statuses, how long each answer took, an answer of every status."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    answers: dict[int, Answer] = field(default_factory=dict)

    def add(self, answer: Answer) -> None:
        self.statuses[answer.status] += 1
        self.seconds.append(answer.seconds)
        self.answers[answer.status] = answer

    def merge(self, other: "Heard") -> None:
        self.statuses.update(other.statuses)
        self.seconds += other.seconds
        self.answers |= other.answers

    def p(self, percent: float) -> float:
        """Return a percentile of the seconds, by nearest rank."""
        ordered = sorted(self.seconds)
        return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]


class Line(asyncio.Protocol):
    """One connection that stays open."""

    @classmethod
    async def opened(cls, port: int) -> Self:
        _, line = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._came = b""
        self._answer: asyncio.Future[tuple[bytes, bytes]] | None = None

    def data_received(self, data: bytes) -> None:
        self._came += data
        head, end, body = self._came.partition(END_OF_HEAD)
        if not end:
            return
        _, _, rest = head.partition(LENGTH)
        if len(body) >= int(rest.partition(b"\r\n")[0]) and self._answer is not None:
            self._came = b""
            self._answer.set_result((head, body))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the line was closed"))

    async def ask(self, request: bytes, due: float) -> Answer:
        """Send a request; `due` is when it should have been sent, by the loop's clock."""
        loop = asyncio.get_running_loop()
        self._answer = loop.create_future()
        self._transport.write(request)
        head, body = await self._answer
        return Answer(int(head[9:12]), head, body, loop.time() - due)

    def close(self) -> None:
        self._transport.close()


def request(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return a POST as it goes over the line."""
    fields = {"Host": "127.0.0.1", "Content-Type": "application/json", **headers}
    fields["Content-Length"] = str(len(body))
    told = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {path} HTTP/1.1\r\n{told}\r\n".encode() + body


async def steady(port: int, requests: Iterator[bytes], rate: float, seconds: float) -> Heard:
    """Post `rate` a second on one line; what is late counts as late from when it was due."""
    loop = asyncio.get_running_loop()
    line = await Line.opened(port)
    heard = Heard()
    began = loop.time()
    for number in range(round(rate * seconds)):
        due = began + number / rate
        await asyncio.sleep(due - loop.time())
        heard.add(await line.ask(next(requests), due))
    line.close()
    return heard


async def crowd(
    port: int, senders: Sequence[Iterator[bytes]], rate: float, seconds: float
) -> list[Heard]:
    """Post on a line for each sender, all at once; return what each heard."""
    senders_at_work = (steady(port, sender, rate, seconds) for sender in senders)
    return list(await asyncio.gather(*senders_at_work))


async def _pushing(port: int, request: bytes, every: float, first: float, until: float) -> Heard:
    loop = asyncio.get_running_loop()
    line = await Line.opened(port)
    heard = Heard()
    due = first
    while due < until:
        await asyncio.sleep(due - loop.time())
        heard.add(await line.ask(request, due))
        due = max(due + every, loop.time())  # never more than the pace, whatever was missed
    line.close()
    return heard


async def flood(port: int, request: bytes, rate: float, seconds: float, lines: int) -> Heard:
    """Post the same request `rate` a second at most, spread over lines."""
    now = asyncio.get_running_loop().time()
    every = lines / rate
    pushing = (
        _pushing(port, request, every, now + every * line / lines, now + seconds)
        for line in range(lines)
    )
    heard = Heard()
    for one in await asyncio.gather(*pushing):
        heard.merge(one)
    return heard


def _flood(port: int, request: bytes, rate: float, seconds: float, lines: int) -> Heard:
    return asyncio.run(flood(port, request, rate, seconds, lines))


class Flooder:
    """Floods from a process of its own, so that whoever measures does not wait for it."""

    def __init__(self, port: int, request: bytes, rate: float, lines: int = 16) -> None:
        self._flood = partial(_flood, port, request, rate, lines=lines)
        self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))

    def __enter__(self) -> Self:
        self._pool.submit(int).result()  # the process is there
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def begin(self, seconds: float) -> "Future[Heard]":
        return self._pool.submit(self._flood, seconds=seconds)
