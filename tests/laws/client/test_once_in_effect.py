"""Whatever fails and whenever the program is killed: in the end every row was sent once in effect.

The product is a stand-in that has an accident per request; a kill ends the program before a
request, after it, while it waits, or while it writes its cursor.
"""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from hypothesis import example, given, settings
from hypothesis import strategies as st

from duibiao.client import Client, Cursor, Unavailable
from duibiao.client.cursor import Purpose
from tests.service.client.fake_product import StandIn, Time, cases

PURPOSE = Purpose("content", "url", "cases", "partial")
ACCIDENTS = st.sampled_from(["", "", "lost", "unheard", "running", "429", "503", "502", "500"])
KILLS = st.sampled_from(["", "", "", "", "before", "after", "torn"])
TORN = b'{"type":"part","part":{"first":0,"count":3,"receipt":{'
PATIENCE = 8.0


class Killed(Exception):  # noqa: N818 - what happens to the program
    pass


@dataclass
class Mortal(Time):
    """Serves and waits until it is killed."""

    product: StandIn = field(default_factory=StandIn)
    kills: list[str] = field(default_factory=list)

    def serve(self, request: httpx.Request) -> httpx.Response:
        kill = self.kills.pop(0) if self.kills else ""
        if kill == "before":
            raise Killed
        try:
            return self.product.serve(request)
        finally:
            if kill in {"after", "torn"}:
                raise Killed(kill)

    def sleep(self, seconds: float) -> None:
        if self.kills and self.kills.pop(0):
            raise Killed
        super().sleep(seconds)


def until_done(path: Path, mortal: Mortal, rows: object, sizes: list[int]) -> None:
    """Run again and again, as a person or a timer would."""
    transport = httpx.MockTransport(mortal.serve)
    client = Client(
        "http://x.invalid", "key", transport=transport, retries=mortal.retries(PATIENCE)
    )
    for _ in range(200):
        # The number of rows per request may be another one in every run.
        size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
        try:
            for _part in client.upload("cases", rows, cursor=Cursor.open(path, PURPOSE, rows=size)):
                pass
        except Unavailable:
            mortal.now += 1.0
        except Killed as killed:
            if str(killed) == "torn" and path.exists():
                with path.open("ab") as file:
                    file.write(TORN)
        else:
            return
    raise AssertionError("it never ends")


# A part of the second half is lost: the next run must not ask for more rows than it held.
@example(9, set(), [9], 3, 1, [], ["", "", "", "after"])
@example(10, set(), [10], 3, 1, [], [*[""] * 5, "after"])
@settings(max_examples=100, deadline=None)
@given(
    count=st.integers(0, 40),
    bad=st.sets(st.integers(0, 39), max_size=5),
    sizes=st.lists(st.integers(1, 15), min_size=1, max_size=4),
    most_rows=st.integers(1, 20),
    listed=st.integers(1, 5),
    accidents=st.lists(ACCIDENTS, max_size=40),
    kills=st.lists(KILLS, max_size=40),
)
def test_an_upload(
    count: int,
    bad: set[int],
    sizes: list[int],
    most_rows: int,
    listed: int,
    accidents: list[str],
    kills: list[str],
) -> None:
    rows = cases(f"bad-{n}" if n in bad else n for n in range(count))
    good = {str(n) for n in range(count) if n not in bad}
    product = StandIn(most_rows=most_rows, listed=listed, accidents=list(accidents))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cursor"

        until_done(path, Mortal(product=product, kills=list(kills)), rows, list(sizes))
        parts = list(Cursor.open(path, PURPOSE).parts())

    # Once in effect, and by replays rather than by luck: no row came under two keys.
    assert product.effects == dict.fromkeys(good, 1)
    assert sum(one.duplicate + one.revised for one in product.stored) == 0
    # In order, and every row is accounted for.
    assert [row["case_no"] for one in product.stored for row in one.rows] == [
        str(n) for n in range(count) if n not in bad
    ]
    assert [part.first for part in parts] == [
        sum(part.count for part in parts[:place]) for place in range(len(parts))
    ]
    assert sum(part.receipt.received for part in parts) == count
    total = sum(part.receipt.rejected for part in parts)
    assert total == len(bad & set(range(count)))
    rejected = {row.line - 1 for part in parts for row in part.rejected}
    assert rejected <= bad
    assert len(rejected) + sum(part.unlisted for part in parts) == total
