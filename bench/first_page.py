"""The first page over a full store: time of the server, bytes, when its largest part is painted.

    .venv/bin/python -m bench.first_page [--verdicts 100000] [--cases 500000] [--rounds 200]

The product is a child process on SQLite with its sample, beside which rows of other units and
regions are written into the store while it is stopped. `rendered` asks at an address that the page
cache does not know, `kept` at the same one again; a pause before each leaves the renderer its rest.
"""

import argparse
import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import cycle, islice, product
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser

from tests.e2e.chromium import chromium
from tests.support.product import NO_LIMITS, Product
from tests.support.registers import the_register
from tests.support.waiting import until

PAGE: Final = "/board"
PAINTED: Final = """() => new Promise((done) => new PerformanceObserver((list) =>
    done(list.getEntries().at(-1).startTime))
    .observe({type: 'largest-contentful-paint', buffered: true}))"""
SENT: Final = """() => performance.getEntries().filter((one) => one.transferSize)
    .reduce((sum, one) => sum + one.transferSize, 0)"""
A_CASE: Final = 3_600_000_000  # microseconds between two cases
BEGAN: Final = 1_609_459_200_000_000


@dataclass(frozen=True)
class Seen:
    """What was measured: seconds of the server, rendered anew and kept; bytes; seconds of paint."""

    rendered: Sequence[float]
    kept: Sequence[float]
    transfer: int
    painted: Sequence[float]


def p(percent: int, values: Sequence[float]) -> float:
    """Return a percentile."""
    return sorted(values)[-(-percent * len(values) // 100) - 1]


@contextmanager
def filled(folder: Path, verdicts: int, cases: int) -> Iterator[Product]:
    """Run the product over its sample and so many more rows."""
    settings = {**NO_LIMITS, "DUIBIAO_WATCH_FROM": ""}
    with Product(folder, arguments=("up",), settings=settings) as sampled:
        until(lambda: sampled.items("/v1/alerts"), seconds=120, what="the sample is there")
        sampled.settled()
    with closing(sqlite3.connect(folder / "duibiao-indicators.db")) as store, store:
        _write(store, "verdicts", islice(_verdicts(store), verdicts))
        _write(store, "cases", islice(_cases(), cases))
        store.execute("ANALYZE")
    with Product(folder, arguments=("up",), settings=settings) as product_:
        product_.settled()
        yield product_


def _write(store: sqlite3.Connection, table: str, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows, None)
    if first is not None:
        into = f"INSERT INTO {table} ({', '.join(first)}) VALUES ({', '.join('?' * len(first))})"  # noqa: S608
        store.execute(into, tuple(first.values()))
        store.executemany(into, (tuple(row.values()) for row in rows))


def _verdicts(store: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    """Yield copies of the city's verdicts for all units and regions, present and past ones."""
    store.row_factory = sqlite3.Row
    of_city = "SELECT * FROM verdicts WHERE org = '' AND region = ?"
    city = store.execute(of_city, [the_register().city]).fetchall()
    store.row_factory = None
    regions = [f"bench-{n}" for n in range(40)]
    places = product(sorted(the_register().orgs), regions, city)
    for number, (org, region, row) in enumerate(places):
        document = json.loads(row["document"])
        new = {"id": f"{row['id'][:24]}{number:012x}", "org": org, "region": region}
        document[0][0], document[0][4], document[0][5] = new.values()  # as VerdictRow has them
        yield {**dict(row), **new, "document": json.dumps(document), "proof": b""}


def _cases() -> Iterator[dict[str, Any]]:
    for number, one in enumerate(cycle(list(the_register().indicators.values()))):
        began = BEGAN + number * A_CASE // 100
        yield {
            "indicator": one.code,
            "org": one.reported_by[0],
            "case_no": f"bench-{number}",
            "region": the_register().city,
            "accepted_us": began,
            "completed_us": began + 24 * A_CASE,
            "outcome": "completed",
            "stated_us": began,
            "submission_id": "bench",
            "received_us": began,
        }


def measured(product_: Product, browser: Browser, rounds: int) -> Seen:
    """Measure the page; the browser opens it without a cache each time."""
    painted, transfer = list[float](), 0
    rendered, kept = [], []
    for number in range(rounds):
        rendered.append(_asked(product_, f"{PAGE}?n={number}"))
        kept.append(_asked(product_, f"{PAGE}?n={number}"))
    for _ in range(3):
        with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
            page = context.new_page()
            page.goto(f"{product_.url}{PAGE}")
            painted.append(page.evaluate(PAINTED) / 1000)
            transfer = page.evaluate(SENT)
    return Seen(rendered, kept, transfer, painted)


def _asked(product_: Product, address: str) -> float:
    time.sleep(0.15)
    began = time.perf_counter()
    answer = product_.client.get(address)
    took = time.perf_counter() - began
    assert answer.status_code == 200, answer.text
    return took


def main() -> None:
    """Measure and print."""
    shape = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shape)
    parser.add_argument("--verdicts", type=int, default=100_000)
    parser.add_argument("--cases", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=200)
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        full = stack.enter_context(filled(folder / "state", asked.verdicts, asked.cases))
        seen = measured(full, stack.enter_context(chromium()), asked.rounds)
    for name in ("rendered", "kept"):
        times = getattr(seen, name)
        told = "  ".join(f"p{percent} {p(percent, times) * 1000:.1f}" for percent in (50, 95, 99))
        print(f"{name:9} {told} ms")
    print(f"transfer  {seen.transfer / 1000:.0f} kB")
    print(f"painted   {', '.join(f'{one * 1000:.0f}' for one in seen.painted)} ms")


if __name__ == "__main__":
    main()
