"""Bombs, slow bodies and 1,000 idle sockets: what the others wait, with and without.

    .venv/bin/python -m bench.nuisances [--bomb thin] [--rounds 6] [--sockets 1000] [--prefer]

The product is a child process on SQLite with its default limits. Six orgs post ten cases five
times a second each; in every other round one org sends bombs of a kind (bench/load.py
lists them) one after the other, 50 a second at most, four bodies a byte at a time, and holds idle
sockets.
"""

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

from bench.load import BOMBS, NUISANCE, Bomb, Heard, Neighbours, bombs, idle, slow
from bench.side_by_side import Side, prefer, tell
from tests.support.product import Product

SETTLING = 1.0
SLOW = 4


async def beset(
    product: Product, neighbours: Neighbours, bomb: Bomb, seconds: float, sockets: int
) -> tuple[Heard, Counter[int]]:
    key = product.key(NUISANCE)
    async with idle(product, sockets):
        await asyncio.sleep(SETTLING)
        dripping = [asyncio.create_task(slow(product, key, seconds)) for _ in range(SLOW)]
        bombing = asyncio.create_task(bombs(product, key, bomb, seconds))
        heard = await neighbours.posting(seconds)
        await asyncio.gather(*dripping)
        return heard, await bombing


def measure(product: Product, bomb: Bomb, rounds: int, seconds: float, sockets: int) -> None:
    neighbours = Neighbours(product)
    neighbours.post(3)
    quiet, beset_side, refused = Side("quiet", product), Side("beset", product), Counter[int]()
    memory = psutil.Process(product.process.pid).memory_info
    idle_bytes = most = memory().rss
    for _ in range(rounds):
        time.sleep(SETTLING)
        with quiet:
            quiet.heard.merge(neighbours.post(seconds))
        time.sleep(SETTLING)
        with beset_side:
            heard, statuses = asyncio.run(beset(product, neighbours, bomb, seconds, sockets))
        beset_side.heard.merge(heard)
        refused.update(statuses)
        most = max(most, memory().rss)
    tell(quiet, beset_side)
    grown = (most - idle_bytes) / 2**20
    print(f"bombs: {dict(refused)}; the product grew by {grown:.0f} MiB")


def main() -> None:
    shape = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shape)
    parser.add_argument("--bomb", choices=BOMBS, default="thin")
    parser.add_argument("--rounds", type=int, default=6, help="of each kind")
    parser.add_argument("--round", type=float, default=5, help="seconds of one round")
    parser.add_argument("--sockets", type=int, default=1_000, help="idle ones")
    parser.add_argument("--prefer", action="store_true", help="before all else on the machine")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Product(Path(folder) / "state") as product:
        if asked.prefer:
            prefer(product)
        measure(product, BOMBS[asked.bomb](), asked.rounds, asked.round, asked.sockets)


if __name__ == "__main__":
    main()
