"""A reader that stands still ends its process, on both logs; the next one catches up.

Case 11 of the catalogue of faults, with a limit of two seconds in place of sixty.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from duibiao.bus.kafka_clients import Brokers
from tests.service.kit.small_process import Child
from tests.support.history import History, Place, check
from tests.support.kafka_logs import apply, declare
from tests.support.shapes import with_topics
from tests.support.waiting import until

LIMIT = "2"
Start = Callable[..., Child]


@pytest.fixture(params=["sqlite", "kafka"], autouse=True)
def log(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUIBIAO_STALL_SECONDS", LIMIT)
    prefix = f"t{uuid4().hex[:12]}."
    if request.param == "kafka":
        bootstrap = request.getfixturevalue("kafka").bootstrap
        settings = with_topics(bootstrap, DUIBIAO_TOPIC_PREFIX=prefix)
        apply(Brokers(bootstrap=bootstrap), declare(f"{prefix}things.v1"))
        for name, text in settings.items():
            monkeypatch.setenv(name, text)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Child] = []

    def begin(*manner: str) -> Child:
        started.append(Child(tmp_path, *manner))
        return started[-1].ready()

    yield begin
    for child in started:
        child.kill()


def lines(child: Child) -> list[dict[str, Any]]:
    return [json.loads(line) for line in child.log().splitlines()]


def test_a_stalled_reader_ends_the_process_and_the_next_one_catches_up(start: Start) -> None:
    names = [f"n{number}" for number in range(20)]
    deaf = start("deaf")
    assert deaf.put("tax-bureau", names) == names

    assert deaf.ended(within=40) == 1
    told = lines(deaf)
    stacks = {line["thread"] for line in told if line["event"] == "stack of a thread"}
    assert {"counting-worker", "watchdog", "MainThread"} <= stacks
    (end,) = [line for line in told if line["event"] == "process ends because a part failed"]
    assert end["part"] == "watchdog"
    assert "counting-worker has not moved for" in end["error"]

    sound = start()
    until(lambda: len(sound.handled()) >= len(names), seconds=40)
    history = History()
    history.say_all("tax-bureau", names)
    check(history, Place("the effects", sound.handled()))
    assert sound.stop() == 0


def test_a_process_with_nothing_to_read_runs_on(start: Start) -> None:
    child = start()
    child.put("tax-bureau", ["a"])
    until(lambda: child.handled() == ["a"], seconds=40)

    with pytest.raises(AssertionError, match="not within"):
        until(lambda: child.process.poll() is not None, seconds=2 * float(LIMIT))

    assert child.stop() == 0
