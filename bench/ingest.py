"""What taking rows costs beside decoding them: rows 1 to 3 of the speed table.

    .venv/bin/python -m bench.ingest [--rounds N] [--seconds S] [--json]

`serve ingest` alone on SQLite: authenticated, validated, audited, durable (FULL) before the answer.
Beside it `bench/bare.py` decodes the same rows and does nothing else. Each server has core 0, the
load comes from core 1; both sides take turns in every round. What counts is the processor's time of
the server for each row, which other work on the machine disturbs least; rows per second are told
too. Each line is the median of the rounds and their spread.
"""

import argparse
import asyncio
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

import httpx
import psutil

from tests.support.crowd import Line
from tests.support.product import NO_LIMITS, ROOT, Product, free_port

ORG: Final = "resources-planning-bureau"
FIGURES: Final = "tax-bureau"
REGIONS: Final = [f"6101{n:02}" for n in (2, 3, 4, 11, 12, 13, 14, 15, 16, 17, 18, 22, 24)]
SERVER, LOAD = 0, 1  # cores
BODIES: Final = 20  # different ones of each kind

Row = dict[str, Any]
Side = tuple[int, int, str, str]
"""A process, its port, a path there, and a header."""


@dataclass
class Measured:
    """What one side took in each round: microseconds of the processor and rows per second."""

    busy: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)


@dataclass
class Kind:
    """One line of the table: where both sides are asked, with which bodies, on how many lines."""

    name: str
    path: str
    bare: str
    media: str
    org: str
    rows: int
    lines: int
    must: float
    bodies: list[bytes]
    sides: tuple[Measured, Measured] = field(default_factory=lambda: (Measured(), Measured()))


def cases(number: int, start: int) -> list[Row]:
    """Return cases of the shape of the sample."""
    random = Random(start)  # noqa: S311 - the same each time
    rows = []
    for n in range(start, start + number):
        accepted = datetime(2021, 1, 1, 9) + timedelta(seconds=random.randrange(88 * 86400))  # noqa: DTZ001
        completed = accepted + timedelta(seconds=random.randrange(2 * 86400))
        row = {
            "case_no": f"XA-2021-{n:08}",
            "indicator": "mortgage-registration-days",
            "region": random.choice(REGIONS),
            "accepted_at": f"{accepted.isoformat()}+08:00",
        }
        done = {"completed_at": f"{completed.isoformat()}+08:00", "outcome": "completed"}
        rows.append({**row, **done})
    return rows


def figure(n: int) -> Row:
    return {
        "indicator": "export-rebate-days",
        "period": "2021Q1",
        "value": 5 + n % 10 / 10,
        "sample_size": 20 + n,
    }


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def as_csv(rows: list[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def kinds() -> list[Kind]:
    """Return the lines of the table."""
    many = [cases(1_000, n * 1_000) for n in range(BODIES)]
    lines = [cases(10_000, 10**6 + n * 10_000) for n in range(4)]
    as_json, ndjson, table = "application/json", "application/x-ndjson", "text/csv"
    figures = [compact(figure(n)) for n in range(BODIES)]
    arrays = [compact(rows) for rows in many]
    ndjsons = [b"\n".join(map(compact, rows)) for rows in lines]
    tables = [as_csv(rows) for rows in many]
    return [
        Kind("one figure", "/v1/observations", "/one", as_json, FIGURES, 1, 64, 0.6, figures),
        Kind("1,000 cases, JSON", "/v1/cases", "/many", as_json, ORG, 1_000, 16, 0.35, arrays),
        Kind("10,000, NDJSON", "/v1/cases", "/lines", ndjson, ORG, 10_000, 16, 0.35, ndjsons),
        Kind("1,000, CSV", "/v1/cases", "/table", table, ORG, 1_000, 16, 0.5, tables),
    ]


class Ingest(Product):
    """`serve ingest` alone on its core."""

    def __init__(self, folder: Path) -> None:
        large = {f"DUIBIAO_MAX_{what}BODIES_BYTES": str(1 << 30) for what in ("", "ORG_")}
        settings = {**NO_LIMITS, **large, "DUIBIAO_LOG_LEVEL": "WARNING"}
        super().__init__(folder, settings=settings, arguments=("serve", "ingest"))

    def header(self, org: str) -> str:
        """Make a key of an org; return its header."""
        command = [sys.executable, "-m", "services", "keys", "create", "--org", org, "--json"]
        environment = {**os.environ, **self.environment}
        made = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, check=True, text=True
        )
        return f"Authorization: Bearer {json.loads(made.stdout)['key']}\r\n"


@contextmanager
def bare() -> Iterator[tuple[int, int]]:
    """Run the other side; yield its process and port."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.bare:app", "--port", str(port)]
    quiet = ["--no-access-log", "--log-level", "error", "--http", "httptools"]
    with subprocess.Popen([*command, *quiet], cwd=ROOT, start_new_session=True) as process:
        try:
            until = time.monotonic() + 30
            while time.monotonic() < until:
                try:
                    httpx.get(f"http://127.0.0.1:{port}/docs")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield process.pid, port
        finally:
            process.terminate()


async def load(port: int, kind: Kind, requests: list[bytes], seconds: float) -> int:
    """Post for so many seconds on all lines; return the answers. All must be 2xx."""
    until, numbers, answered = time.monotonic() + seconds, count(), 0

    async def post() -> None:
        nonlocal answered
        line = await Line.opened(port)
        while time.monotonic() < until:
            answer = await line.ask(requests[next(numbers) % len(requests)], 0)
            if answer.status != httpx.codes.ACCEPTED:
                raise RuntimeError(f"{kind.name}: {answer.head!r}")
            answered += 1
        line.close()

    await asyncio.gather(*(post() for _ in range(kind.lines)))
    return answered


def measure(side: Side, kind: Kind, seconds: float) -> tuple[float, float]:
    """Return microseconds of the processor for each row, and rows per second."""
    pid, port, path, header = side
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind.media}\r\n{header}"
    requests = [
        f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in kind.bodies
    ]
    process = psutil.Process(pid)
    asyncio.run(load(port, kind, requests, 0.5))
    used, begun = sum(process.cpu_times()[:2]), time.monotonic()
    answers = asyncio.run(load(port, kind, requests, seconds))
    took, busy = time.monotonic() - begun, sum(process.cpu_times()[:2]) - used
    rows = answers * kind.rows
    return busy / rows * 1e6, rows / took


def told(kind: Kind) -> Row:
    """Return one line of results."""
    ours, other = kind.sides
    ratios = [them / us for us, them in zip(ours.busy, other.busy, strict=True)]
    return {
        "row": kind.name,
        "us": round(median(ours.busy), 2),
        "bare_us": round(median(other.busy), 2),
        "rows_per_s": round(median(ours.rate)),
        "bare_rows_per_s": round(median(other.rate)),
        "ratio": round(median(other.busy) / median(ours.busy), 3),
        "spread": [round(min(ratios), 3), round(max(ratios), 3)],
        "must": kind.must,
    }


def main() -> None:
    """Measure and print."""
    shape = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shape)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--only", default="", help="lines whose name has this in it")
    parser.add_argument("--json", action="store_true", help="one object a line")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours = stack.enter_context(Ingest(folder / "state"))
        other, other_port = stack.enter_context(bare())
        headers = {org: ours.header(org) for org in (ORG, FIGURES)}
        for pid, core in ((ours.process.pid, SERVER), (other, SERVER), (os.getpid(), LOAD)):
            for thread in psutil.Process(pid).threads():
                os.sched_setaffinity(thread.id, {core})
        chosen = [kind for kind in kinds() if asked.only in kind.name]
        for _ in range(asked.rounds):
            for kind in chosen:
                sides = (
                    (ours.process.pid, ours.port, kind.path, headers[kind.org]),
                    (other, other_port, kind.bare, ""),
                )
                for side, found in zip(sides, kind.sides, strict=True):
                    busy, rate = measure(side, kind, asked.seconds)
                    found.busy.append(busy)
                    found.rate.append(rate)
        for line in map(told, chosen):
            print(json.dumps(line) if asked.json else line, flush=True)


if __name__ == "__main__":
    main()
