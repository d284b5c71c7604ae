"""What requests with a key wait while visitors without one read the board.

    .venv/bin/python -m bench.visitors [--beside FOLDER] [--visitors 40] [--rounds 4] [--round 5]

The product is a child process on SQLite with its sample and its default limits. Rounds without and
with visitors take turns, so that what else goes on in the machine falls on both alike. A visitor
opens one page after the other, and comes again when told; with `--stubborn` at once. With
`--beside` another release, from the folder of its source, is measured in the same way, by turns.
"""

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import count, cycle
from multiprocessing import get_context
from pathlib import Path
from ssl import create_default_context
from typing import Final

import httpx

from bench.bodies import Release
from tests.support.product import Product
from tests.support.project import ROOT
from tests.support.registers import the_register
from tests.support.waiting import until

READS: Final = ("/v1/verdicts?limit=20", "/v1/alerts?limit=20", "/v1/duties?limit=20")
PAGES: Final = (
    "/board",
    *(f"/board/targets/{target.id}" for target in the_register().targets),
    *(f"/board/orgs/{code}" for code in sorted(the_register().orgs)[:20]),
)
READERS: Final = 4
PAUSE: Final = 0.02  # seconds between two reads of a reader
TOO_MANY: Final = 429
CERTIFICATES: Final = create_default_context()  # made once: it takes a while


class Sampled(Release):
    """The product with its sample and the limits that it comes with."""

    def __init__(self, root: Path, folder: Path) -> None:
        Product.__init__(self, folder, arguments=("up",))
        self.root = root

    def sampled(self) -> None:
        """Wait for the sample and all that follows from it."""
        until(lambda: self.items("/v1/alerts"), seconds=120, what="the sample is there")
        self.settled()


@dataclass
class Side:
    """What was heard in all rounds of one kind."""

    waits: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    pages: Counter[int] = field(default_factory=Counter)

    def p(self, percent: int) -> float:
        """Return a percentile of the waits, in milliseconds."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000


def client(url: str, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=60, verify=CERTIFICATES)


async def read(asking: httpx.AsyncClient, side: Side, end: float) -> None:
    for path in cycle(READS):
        if time.monotonic() >= end:
            return
        began = time.monotonic()
        answer = await asking.get(path)
        side.waits.append(time.monotonic() - began)
        side.statuses[answer.status_code] += 1
        await asyncio.sleep(PAUSE)


async def visit(url: str, pages: Counter[int], end: float, first: int, *, stubborn: bool) -> None:
    async with client(url) as asking:
        for number in count(first):
            if time.monotonic() >= end:
                return
            answer = await asking.get(PAGES[number % len(PAGES)])
            pages[answer.status_code] += 1
            if answer.status_code == TOO_MANY and not stubborn:
                await asyncio.sleep(float(answer.headers["Retry-After"]))


def visits(url: str, seconds: float, visitors: int, *, stubborn: bool) -> Counter[int]:
    """Let visitors come for a while; in a process of their own."""
    pages = Counter[int]()

    async def all_of_them() -> None:
        end = time.monotonic() + seconds
        await asyncio.gather(
            *(visit(url, pages, end, one, stubborn=stubborn) for one in range(visitors))
        )

    asyncio.run(all_of_them())
    return pages


async def reads(release: Release, side: Side, seconds: float) -> None:
    async with client(release.url, release.key("office")) as asking:
        end = time.monotonic() + seconds
        await asyncio.gather(*(read(asking, side, end) for _ in range(READERS)))


def measure(releases: Sequence[Release], asked: argparse.Namespace, crowd: Executor) -> None:
    sides = [(release, n, Side()) for release in releases for n in (0, asked.visitors)]
    for _ in range(asked.rounds):
        for release, visitors, side in sides:
            time.sleep(1)
            about = release.url, asked.round, visitors
            coming = crowd.submit(partial(visits, *about, stubborn=asked.stubborn))
            asyncio.run(reads(release, side, asked.round))
            side.pages.update(coming.result())
    for release, visitors, side in sides:
        waits = "  ".join(f"p{p} {side.p(p):7.1f}" for p in (50, 90, 99, 100))
        print(
            f"{release.root.name:12} {visitors:3} visitors: {waits} ms  "
            f"reads {dict(side.statuses)}  pages {dict(side.pages)}"
        )


def main() -> None:
    shape = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shape)
    parser.add_argument("--beside", type=Path, help="folder of another release's source")
    parser.add_argument("--visitors", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=4, help="of each kind")
    parser.add_argument("--round", type=float, default=5, help="seconds of one round")
    parser.add_argument("--stubborn", action="store_true", help="429 is not heeded")
    asked = parser.parse_args()
    roots = [ROOT] if asked.beside is None else [asked.beside, ROOT]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        releases = [
            stack.enter_context(Sampled(root, folder / str(n))) for n, root in enumerate(roots)
        ]
        for release in releases:
            release.sampled()
        crowd = stack.enter_context(ProcessPoolExecutor(1, get_context("spawn")))
        crowd.submit(int).result()  # it is there before anything is measured
        measure(releases, asked, crowd)


if __name__ == "__main__":
    main()
