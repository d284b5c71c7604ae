"""What a broken or hostile client does to a running product, over real sockets.

idle        connections on which nothing is ever said
slow        bodies that come a byte at a time
bombs       bodies that are small to send and would be large in memory
"""

import asyncio
import itertools
import resource
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from services.ingest.adapters.formats import XLSX
from tests.support.bombs import blanks, empty, gzipped
from tests.support.crowd import Line, request
from tests.support.product import Product

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
