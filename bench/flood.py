"""One org at 50 times its rate: what the others wait, side by side with what they wait in quiet.

    .venv/bin/python -m bench.flood [--seconds 60] [--round 5]

The product is a child process on SQLite with its default limits. Six orgs post ten cases five
times a second each; in every other round a seventh posts one case 1,000 times a second. Rounds of
quiet and of flood take turns, so that what else goes on in the machine falls on both alike.
"""

import argparse
import asyncio
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.support.crowd import Flooder, Heard, crowd, request
from tests.support.product import Product, Row

RATE = 20.0  # DUIBIAO_REQUEST_RATE, as it comes
TIMES = 50
OTHERS = {
    "resources-planning-bureau": "mortgage-registration-days",
    "financial-work-bureau": "mortgage-registration-days",
    "civil-affairs-bureau": "social-relief-days",
    "human-resources-bureau": "social-relief-days",
    "disabled-persons-federation": "social-relief-days",
    "housing-construction-bureau": "social-investment-approval-days",
}
FLOODER = "big-data-bureau"
OTHERS_RATE = 5.0
SETTLING = 1.0  # seconds between rounds, in which what was taken is judged
LEAD = 1.5  # seconds of flood before a round of it: a minute has one full bucket, not twelve


def case(number: int, indicator: str) -> Row:
    row: Row = {
        "case_no": f"{indicator}-{number:07}",
        "indicator": indicator,
        "accepted_at": "2021-02-03T09:00:00+08:00",
        "completed_at": "2021-02-04T09:00:00+08:00",
        "outcome": "completed",
    }
    return row | ({"resolved": True} if indicator.startswith("hotline") else {})


def posts(product: Product, org: str, indicator: str, rows: int) -> Iterator[bytes]:
    headers = product.key(org)
    for number in itertools.count():
        batch = [case(number * rows + n, f"{indicator}") for n in range(rows)]
        for row in batch:
            row["case_no"] += f"-{org}"
        yield request("/v1/cases", headers, json.dumps(batch).encode())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60, help="of flood, all rounds together")
    parser.add_argument("--round", type=float, default=5, help="seconds of one round")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Product(Path(folder) / "state") as product:
        measure(product, rounds=round(asked.seconds / asked.round), seconds=asked.round)


def measure(product: Product, rounds: int, seconds: float) -> None:
    senders = [posts(product, org, indicator, 10) for org, indicator in OTHERS.items()]
    body = next(posts(product, FLOODER, "hotline-resolution-rate", 1))
    process = psutil.Process(product.process.pid)
    asyncio.run(crowd(product.port, senders, OTHERS_RATE, 3))  # warm
    quiet, flooded, flooder = Heard(), Heard(), Heard()
    busy: dict[bool, list[float]] = {False: [], True: []}
    with Flooder(product.port, body, RATE * TIMES) as pushing:
        for number in range(rounds * 2):
            flooding = number % 2 == 1
            time.sleep(SETTLING)
            pushed = pushing.begin(seconds + LEAD) if flooding else None
            time.sleep(LEAD)
            before = sum(process.cpu_times()[:2])
            heard = asyncio.run(crowd(product.port, senders, OTHERS_RATE, seconds))
            busy[flooding].append((sum(process.cpu_times()[:2]) - before) / seconds)
            for one in heard:
                (flooded if flooding else quiet).merge(one)
            if pushed is not None:
                flooder.merge(pushed.result())
    tell(quiet, flooded, flooder, busy, rounds * (seconds + LEAD))


def tell(
    quiet: Heard, flooded: Heard, flooder: Heard, busy: dict[bool, list[float]], seconds: float
) -> None:
    for name, heard in (("quiet", quiet), ("flooded", flooded)):
        spread = "  ".join(f"p{p} {heard.p(p) * 1000:7.1f} ms" for p in (50, 90, 99, 100))
        used = statistics.fmean(busy[name == "flooded"])
        print(f"others, {name:8} {spread}   {dict(heard.statuses)}  product busy {used:.0%}")
    pushed = flooder.statuses
    pace, slowest = sum(pushed.values()) / seconds, flooder.p(99) * 1000
    print(f"flooder  {pace:.0f} a second, p99 {slowest:.1f} ms   {dict(pushed)}")
    for percent in (99, 50):
        ratio = flooded.p(percent) / quiet.p(percent)
        print(f"ratio of the others' p{percent}: {ratio:.2f}")


if __name__ == "__main__":
    main()
