"""Whatever fails and whenever the program is killed: in the end every row was sent once in effect.

The product is a stand-in that does an accident per request; a kill ends the program before a
request, after it, while it waits, or in the midst of writing its state.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from duibiao.client import Retries, Spool, StateFile, Unavailable
from duibiao.client.asking import Given
from duibiao.client.progress import Purpose
from duibiao.client.spool import drain
from duibiao.client.uploading import Plan, Uploading
from duibiao.client.wire import Heard, Send, Steps, Wait
from tests.support.stand_in import StandIn
from tests.support.steps import Taker, cases

PURPOSE = Purpose("content", "url", "cases", "partial")
ACCIDENTS = st.sampled_from(["", "", "lost", "unheard", "running", "429", "503", "502", "500"])
KILLS = st.sampled_from(["", "", "", "", "before", "after", "torn"])
TORN = b'{"first":0,"count":3,"receipt":{"submission_id"'
PATIENCE = 8.0


class Killed(Exception):  # noqa: N818 - what happens to the program
    pass


@dataclass
class Mortal(Taker):
    """Takes steps until it is killed."""

    kills: list[str] = field(default_factory=list)

    def _do(self, step: Send | Wait) -> Heard:
        kill = self.kills.pop(0) if self.kills else ""
        if kill == "before":
            raise Killed
        heard = super()._do(step)
        if kill in {"after", "torn"}:
            raise Killed(kill)
        return heard


def until_done(state: Path, taker: Mortal, steps_of: "StepsOf") -> None:
    """Run again and again, as a person or a timer would."""
    for _ in range(200):
        try:
            taker.take(steps_of())
        except Unavailable:
            taker.now += 1.0
        except Killed as killed:
            if str(killed) == "torn" and state.exists():
                with state.open("ab") as file:
                    file.write(TORN)
        else:
            return
    raise AssertionError("it never ends")


class StepsOf:
    """One run of an upload, from its state file."""

    def __init__(
        self, taker: Mortal, state: Path, rows: Sequence[object], sizes: list[int]
    ) -> None:
        self._taker = taker
        self._state = state
        self._rows = rows
        self._sizes = sizes

    def __call__(self) -> Steps[None]:
        # The size of requests may be another one in every run.
        size = self._sizes.pop(0) if len(self._sizes) > 1 else self._sizes[0]
        asking = self._taker.asking(Retries(patience=PATIENCE, first=1.0, chance=lambda: 0.5))
        plan = Plan("cases", most_rows=size)
        state = StateFile(self._state, PURPOSE)
        return Uploading(asking, Given(self._rows), plan, state).steps()


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
    taker = Mortal(product.serve, kills=list(kills))
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"

        until_done(state, taker, StepsOf(taker, state, rows, list(sizes)))
        progress = StateFile(state, PURPOSE)
        parts = list(progress.parts())

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
    assert progress.totals.received == count
    assert progress.totals.rejected == len(bad & set(range(count)))
    refused = {row.index for part in parts for row in part.refused}
    unlisted = sum(part.unlisted for part in parts)
    assert refused <= bad
    assert len(refused) + unlisted == progress.totals.rejected


@settings(max_examples=100, deadline=None)
@given(
    batches=st.lists(st.integers(1, 12), min_size=1, max_size=8),
    accidents=st.lists(ACCIDENTS, max_size=40),
    kills=st.lists(KILLS, max_size=40),
)
def test_a_spool(batches: list[int], accidents: list[str], kills: list[str]) -> None:
    product = StandIn(accidents=["lost"])
    taker = Mortal(product.serve)
    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(Path(folder))
        first = 0
        for number, size in enumerate(batches):
            rows = Given(cases(range(first, first + size)))
            asking = taker.asking(Retries(patience=0.0))
            plan = Plan("cases", most_rows=5)
            state = StateFile(Path(folder) / f"{number}", PURPOSE)
            taker.take(Uploading(asking, rows, plan, state, spool=spool).steps())
            first += size
        waiting = len(spool)
        product.accidents, taker.kills = list(accidents), list(kills)

        for _ in range(200):
            try:
                asking = taker.asking(Retries(patience=PATIENCE, first=1.0))
                taker.take(drain(spool, asking))
            except Killed:
                continue
            if not spool:
                break

        assert len(spool) == 0

    assert waiting == sum(-(-size // 5) for size in batches)
    assert len(product.stored) == waiting
    assert [row["case_no"] for one in product.stored for row in one.rows] == [
        str(n) for n in range(first)
    ]
