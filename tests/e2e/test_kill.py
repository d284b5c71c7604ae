"""kill -9 at random moments under load: afterwards nothing is missing and nothing is there twice.

20 kills in two shapes in `make test`, 1,000 over four in `make soak`; the seed is printed and can
be set by `DUIBIAO_TEST_SEED`.
"""

import os
import random
import time
from functools import partial
from pathlib import Path

import pytest

from tests.support.evidence import check_product
from tests.support.history import History
from tests.support.product import NO_LIMITS, START_SECONDS, Product
from tests.support.shapes import (
    ONE_ON_SQLITE,
    THREE_ON_KAFKA,
    THREE_ON_POSTGRES,
    TWO_OF_EACH,
    Kind,
    Shape,
    running,
)
from tests.support.waiting import until
from tests.support.writers import run, three_writers

SEED = int(os.environ.get("DUIBIAO_TEST_SEED", "20210109"))
SETTLING = 600.0  # seconds in which what was posted between the kills is judged

STARTING = 0.1  # share of the kills that take a process whether it is ready or not
PAUSE = 0.1  # seconds between the posts of a writer, so that an hour's fit into memory

LONG = [pytest.mark.soak, pytest.mark.timeout(0)]
KILLS = [
    pytest.param(kind, kills, id=f"{kind.name}-{kills}", marks=marks)
    for kind, kills, marks in (
        (ONE_ON_SQLITE, 5, []),
        (THREE_ON_POSTGRES, 5, []),
        (ONE_ON_SQLITE, 400, LONG),
        (THREE_ON_KAFKA, 300, LONG),
        (THREE_ON_POSTGRES, 200, LONG),
        (TWO_OF_EACH, 100, LONG),
    )
]


def killed_at_random(shape: Shape, kills: int) -> None:
    """Kill one process after another, whichever it is, and start it at once.

    Mostly one that is at work; now and then the kill finds one starting.
    """
    chance = random.Random(SEED)
    for _ in range(kills):
        time.sleep(chance.uniform(0.05, 1.0))  # the moment is the experiment
        any_one = chance.random() < STARTING
        process = until(partial(_found, shape, chance, any_one=any_one), seconds=START_SECONDS)
        process.kill()
        process.start(wait=False)
    for process in shape.processes:
        process.wait_until_ready()


def _found(shape: Shape, chance: random.Random, *, any_one: bool) -> Product | None:
    found = [process for process in shape.processes if any_one or process.ready()]
    return chance.choice(found) if found else None


@pytest.mark.parametrize(("kind", "kills"), KILLS)
def test_nothing_answered_is_lost_or_counted_twice(
    tmp_path: Path, request: pytest.FixtureRequest, kind: Kind, kills: int
) -> None:
    history = History()
    with running(kind, tmp_path / "state", request.getfixturevalue, NO_LIMITS) as shape:
        writers = three_writers(shape, history, pause=PAUSE)
        run(list(writers), lambda: killed_at_random(shape, kills))

        check_product(shape, history, seconds=SETTLING)

        cases = sum(line.key != "figures" for line in history)
        verdict = shape.verdict("T13", "2021Q4")
        assert (verdict["sample_size"], verdict["within_limit"]) == (cases, cases)
        assert {line.outcome for line in history} == {"ok"}
    posts, repeats = (sum(getattr(w, what) for w in writers) for what in ("posts", "repeats"))
    print(f"\n{kills} kills, seed {SEED}: {posts} posts, {len(history)} rows, {repeats} replayed")  # noqa: T201 - the run can be repeated with it
