"""Load on a running product: requests made ready beforehand, on raw connections that stay open.

What is measured is the product, so whoever measures must cost little. Nothing is pipelined: a
connection sends its next request when the last one is answered and the next is due.

`Neighbours` are six orgs that post at an ordinary pace. Beside them a client may be broken or
hostile: `Flooder` posts too fast, `idle` holds connections on which nothing is said, `slow` sends
a body a byte at a time, `bombs` are bodies small to send and large in memory.
"""

import asyncio
import itertools
import json
import multiprocessing
import resource
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from typing import Final, NamedTuple, Self

from services.ingest.adapters.formats import XLSX
from tests.service.ingest.bombs import blanks, empty, gzipped
from tests.support.product import Product, Row

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


ORGS: Final = {
    "resources-planning-bureau": "mortgage-registration-days",
    "financial-work-bureau": "mortgage-registration-days",
    "civil-affairs-bureau": "social-relief-days",
    "human-resources-bureau": "social-relief-days",
    "disabled-persons-federation": "social-relief-days",
    "housing-construction-bureau": "social-investment-approval-days",
}
PACE: Final = 5.0  # posts a second of each
ROWS: Final = 10  # cases of each post
NUISANCE: Final = "big-data-bureau"
NUISANCE_INDICATOR: Final = "hotline-resolution-rate"


class Neighbours:
    """Posts new cases of the six orgs, each on a line of its own."""

    def __init__(self, product: Product) -> None:
        self._port = product.port
        self._senders = [_posts(product, org, indicator) for org, indicator in ORGS.items()]

    def post(self, seconds: float) -> Heard:
        """Post for a while; return what all heard together."""
        return asyncio.run(self.posting(seconds))

    async def posting(self, seconds: float) -> Heard:
        heard = Heard()
        for one in await crowd(self._port, self._senders, PACE, seconds):
            heard.merge(one)
        return heard


def nuisance(product: Product) -> bytes:
    """Return one sound request of one case, as the seventh org posts it again and again."""
    row = {**case("N-1", NUISANCE_INDICATOR), "resolved": True}
    return request("/v1/cases", product.key(NUISANCE), json.dumps(row).encode())


def case(number: str, indicator: str) -> Row:
    return {
        "case_no": number,
        "indicator": indicator,
        "accepted_at": "2021-02-03T09:00:00+08:00",
        "completed_at": "2021-02-04T09:00:00+08:00",
        "outcome": "completed",
    }


def _posts(product: Product, org: str, indicator: str) -> Iterator[bytes]:
    headers = product.key(org)
    for number in itertools.count():
        rows = [case(f"{org}-{number}-{row}", indicator) for row in range(ROWS)]
        yield request("/v1/cases", headers, json.dumps(rows).encode())


BOMBS_A_SECOND: Final = 50
BETWEEN_BYTES: Final = 0.1  # seconds between two bytes of a slow body


class Bomb(NamedTuple):
    """A body that costs much more to read than to send, and the headers that say what it is."""

    body: bytes
    headers: dict[str, str]


_GZIPPED: Final = {"Content-Encoding": "gzip"}
BOMBS: Final[Mapping[str, Callable[[], Bomb]]] = {
    "thin": lambda: Bomb(gzipped(300), _GZIPPED),
    "stout": lambda: Bomb(gzipped(300, level=1), _GZIPPED),
    "blanks": lambda: Bomb(blanks(31), _GZIPPED),
    "workbook": lambda: Bomb(empty(), {"Content-Type": XLSX}),
}
"""300 MB of zeros in 300 kB, and in 1.3 MB, which is as rows are; 31 MiB of blanks, which are no
more than may be; a workbook of eight million empty cells."""


def allow_sockets(number: int) -> None:
    """Let this process have so many sockets open, beside what it has already."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number + 200
    assert hard == resource.RLIM_INFINITY or hard >= wanted, "the system allows too few files"
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@asynccontextmanager
async def idle(product: Product, number: int) -> AsyncIterator[None]:
    """Hold connections on which nothing is said; opened again as the product closes them."""
    allow_sockets(number)

    opened, enough = itertools.count(1), asyncio.Event()

    async def one() -> None:
        while True:
            reader, writer = await asyncio.open_connection("127.0.0.1", product.port)
            if next(opened) == number:
                enough.set()
            try:
                assert await reader.read() == b""
            finally:
                writer.close()

    holding = [asyncio.create_task(one()) for _ in range(number)]
    try:
        await asyncio.wait_for(enough.wait(), 60)
        yield
        broken = [task.exception() for task in holding if task.done() and not task.cancelled()]
        assert broken == []
    finally:
        for task in holding:
            task.cancel()
        await asyncio.gather(*holding, return_exceptions=True)


async def slow(product: Product, headers: dict[str, str], seconds: float) -> int:
    """Send one body a byte at a time for a while, or until there is an answer; return its status.

    0 where there was none.
    """
    head, end, _ = request("/v1/cases", headers, bytes(1_000_000)).partition(b"\r\n\r\n")
    reader, writer = await asyncio.open_connection("127.0.0.1", product.port)
    writer.write(head + end)
    answer = asyncio.create_task(reader.read(12))
    over = asyncio.get_running_loop().time() + seconds
    while not answer.done() and asyncio.get_running_loop().time() < over:
        writer.write(b" ")
        await asyncio.wait([answer], timeout=BETWEEN_BYTES)
    writer.close()
    answer.cancel()
    told = await asyncio.gather(answer, return_exceptions=True)
    return int(told[0][9:12]) if isinstance(told[0], bytes) and told[0] else 0


async def bombs(
    product: Product, headers: dict[str, str], bomb: Bomb, seconds: float
) -> Counter[int]:
    """Send a bomb again and again, each on a line of its own; return the statuses.

    Never more than `BOMBS_A_SECOND`: the line's own speed is not what is looked at.
    """
    packed = request("/v1/cases", headers | bomb.headers, bomb.body)
    loop = asyncio.get_running_loop()
    due = loop.time()
    over = due + seconds
    statuses = Counter[int]()
    while due < over:
        await asyncio.sleep(due - loop.time())
        line = await Line.opened(product.port)
        statuses[(await line.ask(packed, due)).status] += 1
        line.close()
        due = max(due + 1 / BOMBS_A_SECOND, loop.time())
    return statuses
