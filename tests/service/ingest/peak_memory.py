"""Hands one ingest service the heaviest odd bodies and tells how much memory that took.

Run as a process of its own (`python -m tests.service.ingest.peak_memory FOLDER`): the peak of a
process never falls, so it can be measured only where nothing else happens.
"""

import gzip
import json
import resource
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from services.ingest.domain.context import Kind
from services.ingest.domain.submission import Format
from tests.service.ingest import bombs
from tests.service.ingest.service import Desk
from tests.support.ingest import KINDS, case, figure

Odd = tuple[Format, bytes, dict[str, str]]
GZIPPED = {"Content-Encoding": "gzip"}


def bodies() -> Iterator[tuple[Format, bytes]]:
    """Yield bodies that are small to send and would be large in memory."""
    yield "json", b"[" + b"{}," * 5_000_000 + b"{}]"
    yield "json", b"[" + b"1," * 10_000_000 + b"1]"
    yield "json", b'[{"a":[' + b"1," * 10_000_000 + b"1]}]"
    yield "json", b'{"a":"' + b'\\"' * 10_000_000
    yield "json", b'{"labels":{' + b'"a":"b",' * 2_000_000 + b'"a":"b"}}'
    yield "json", b"[" * 20_000_000
    yield "ndjson", b"\n" * 20_000_000
    yield "ndjson", b"{}\n" * 5_000_000
    yield "csv", b"indicator\n" + b"\n" * 20_000_000
    yield "csv", b"," * 20_000_000
    yield "csv", b"indicator,value\n" + b"1,2\n" * 4_000_000


def unfolding() -> list[Odd]:
    """Return bodies that unfold to hundreds of megabytes, by their headers."""
    packed: list[Odd] = [("json", body, {"Content-Encoding": how}) for how, body in bombs.packed()]
    return packed + [("xlsx", make(), {}) for make in bombs.WORKBOOKS.values()]


def largest_sound() -> list[tuple[Kind, bytes]]:
    """Return sound bodies of as many rows as one request may hold, with one fault at the end."""
    cases = [case(case_no=f"N-{n}", labels={"note": "x" * 30}) for n in range(9_999)]
    figures = [figure(period="19990101", region="nowhere", comment="长" * 100)] * 10_000
    return [
        ("case", json.dumps([*cases, {}]).encode()),
        ("observation", json.dumps(figures).encode()),
    ]


def peak() -> float:
    """Return the most memory this process has held so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    with Desk(Path(sys.argv[1])) as desk:
        for kind, body in largest_sound():
            assert desk.post(kind, body).status_code == 422
        odd: list[Odd] = [(form, gzip.compress(body, 1), GZIPPED) for form, body in bodies()]
        # Made elsewhere: what they unfold to would count as memory of this process.
        with ProcessPoolExecutor(1, get_context("spawn")) as elsewhere:
            odd += elsewhere.submit(unfolding).result()
        before = peak()
        for form, body, headers in odd:
            for kind in KINDS:
                answer = desk.post(kind, body, form=form, headers=headers)
                assert 400 <= answer.status_code < 500, (form, body[:20], answer.text[:200])
        assert desk.count("submissions") == 0
        print(json.dumps({"before": before, "after": peak()}))  # noqa: T201 - its one answer


if __name__ == "__main__":
    main()
