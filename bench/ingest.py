"""What taking rows costs beside decoding them: rows 1 to 3 of the speed table.

`serve ingest` alone on SQLite: authenticated, validated, audited, durable (FULL) before the answer.
Beside it `bench/bare.py` decodes the same rows and does nothing else. Each server has core 0, the
load comes from core 1; both sides take turns in every round. What counts is the processor's time of
the server for each row, which other work on the machine disturbs least.
"""

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
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
import psutil

from bench.load import Line as Connection
from bench.table import Line
from tests.support.product import NO_LIMITS, Product, free_port
from tests.support.project import ROOT

ORG: Final = "resources-planning-bureau"
FIGURES: Final = "tax-bureau"
REGIONS: Final = [f"6101{n:02}" for n in (2, 3, 4, 11, 12, 13, 14, 15, 16, 17, 18, 22, 24)]
SERVER, LOAD = 0, 1  # cores
BODIES: Final = 20  # different ones of each kind
SECONDS: Final = 3.0  # of load on a side, in each round

Row = dict[str, Any]
Side = tuple[int, int, str, str]
"""A process, its port, a path there, and a header."""


@dataclass
class Kind:
    """A line of the table: where both sides are asked, with which bodies, on how many lines."""

    line: Line
    path: str
    bare: str
    media: str
    org: str
    rows: int
    lines: int
    bodies: list[bytes]


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
    bare, decoding = "FastAPI, raw body, msgspec", "raw ASGI, msgspec"
    table_of = "csv.DictReader, msgspec.convert"
    return [
        Kind(
            Line("1", "POST of one observation", bare, 0.6, "us a row"),
            *("/v1/observations", "/one", as_json, FIGURES, 1, 64, figures),
        ),
        Kind(
            Line("2", "1,000 cases, JSON", decoding, 0.35, "us a row"),
            *("/v1/cases", "/many", as_json, ORG, 1_000, 16, arrays),
        ),
        Kind(
            Line("3", "10,000 cases, NDJSON", decoding, 0.35, "us a row"),
            *("/v1/cases", "/lines", ndjson, ORG, 10_000, 16, ndjsons),
        ),
        Kind(
            Line("3", "1,000 cases, CSV", table_of, 0.5, "us a row"),
            *("/v1/cases", "/table", table, ORG, 1_000, 16, tables),
        ),
    ]


class Ingest(Product):
    """`serve ingest` alone on its core."""

    def __init__(self, folder: Path) -> None:
        large = {f"DUIBIAO_MAX_{what}BODIES_BYTES": str(1 << 30) for what in ("", "ORG_")}
        settings = {**NO_LIMITS, **large, "DUIBIAO_LOG_LEVEL": "WARNING"}
        super().__init__(
            folder, settings=settings, arguments=("serve", "ingest"), program="services"
        )

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
        connection = await Connection.opened(port)
        while time.monotonic() < until:
            answer = await connection.ask(requests[next(numbers) % len(requests)], 0)
            if answer.status != httpx.codes.ACCEPTED:
                raise RuntimeError(f"{kind.line.what}: {answer.head!r}")
            answered += 1
        connection.close()

    await asyncio.gather(*(post() for _ in range(kind.lines)))
    return answered


def measure(side: Side, kind: Kind) -> float:
    """Return the server's microseconds of processor time for each row."""
    pid, port, path, header = side
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind.media}\r\n{header}"
    requests = [
        f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in kind.bodies
    ]
    process = psutil.Process(pid)
    asyncio.run(load(port, kind, requests, 0.5))
    used = sum(process.cpu_times()[:2])
    answers = asyncio.run(load(port, kind, requests, SECONDS))
    busy = sum(process.cpu_times()[:2]) - used
    return busy / (answers * kind.rows) * 1e6


def lines(rounds: int) -> Iterator[Line]:
    """Measure; yield the lines of the table."""
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours = stack.enter_context(Ingest(folder / "state"))
        other, other_port = stack.enter_context(bare())
        headers = {org: ours.header(org) for org in (ORG, FIGURES)}
        for pid, core in ((ours.process.pid, SERVER), (other, SERVER), (os.getpid(), LOAD)):
            for thread in psutil.Process(pid).threads():
                os.sched_setaffinity(thread.id, {core})
        measured = kinds()
        for _ in range(rounds):
            for kind in measured:
                mine = (ours.process.pid, ours.port, kind.path, headers[kind.org])
                theirs = (other, other_port, kind.bare, "")
                kind.line.add(measure(mine, kind), measure(theirs, kind))
    yield from (kind.line for kind in measured)
