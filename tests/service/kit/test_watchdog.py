"""The watchdog: what counts as standing still, what does not, and what it does about it."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog

from duibiao.bus import Record
from duibiao.bus.positions import FencedOut
from duibiao.bus.watchdog import Stalled, Watchdog
from duibiao.bus.worker import Worker
from duibiao.core import Retry
from tests.support.bus import MemoryBus, events
from tests.support.counting import QUICK, Counting
from tests.support.waiting import until

LIMIT = 0.4


@pytest.fixture
def worker(bus: MemoryBus, service: Counting) -> Iterator[Worker]:
    made = service.worker(bus, limits=replace(QUICK, measure=0.02))
    yield made
    made.stop(5)


@pytest.fixture
def watchdog(worker: Worker) -> Iterator[Watchdog]:
    made = Watchdog([worker], LIMIT, every=0.02)
    yield made
    made.stop(5)


def rest(seconds: float) -> None:
    threading.Event().wait(seconds)


def test_a_worker_that_hears_nothing_of_what_is_there_ends_the_process(
    bus: MemoryBus, worker: Worker, watchdog: Watchdog
) -> None:
    bus.deaf = True
    bus.append(*events("ab"))
    with structlog.testing.capture_logs() as logs:
        worker.start()
        watchdog.start()
        until(lambda: watchdog.failed is not None)

    assert isinstance(watchdog.failed, Stalled)
    assert "worker has not moved" in str(watchdog.failed)
    assert "'duibiao.things.v1': 2" in str(watchdog.failed)
    stacks = {log["thread"]: log["stack"] for log in logs if log["event"] == "stack of a thread"}
    assert {"worker", "watchdog", "MainThread"} <= set(stacks)
    assert "poll" in stacks["worker"] or "turn" in stacks["worker"]


def test_a_handler_that_does_not_come_back_ends_the_process(
    bus: MemoryBus, service: Counting, worker: Worker, watchdog: Watchdog
) -> None:
    let_go = threading.Event()

    def hang(_record: Record) -> None:
        let_go.wait(20)

    service.act = hang
    bus.append(*events("a"))
    with structlog.testing.capture_logs() as logs:
        worker.start()
        watchdog.start()
        until(lambda: watchdog.failed is not None)
    let_go.set()

    assert any("let_go.wait" in log.get("stack", "") for log in logs)


def test_a_worker_with_nothing_to_read_is_well(worker: Worker, watchdog: Watchdog) -> None:
    worker.start()
    watchdog.start()

    rest(2 * LIMIT)

    assert watchdog.failed is None
    assert worker.still_for() < LIMIT


def test_a_worker_that_moves_slowly_is_well(
    bus: MemoryBus, service: Counting, worker: Worker, watchdog: Watchdog
) -> None:
    service.act = lambda _: rest(LIMIT / 4)
    bus.append(*events("abcdefgh"))
    worker.start()
    watchdog.start()

    until(lambda: service.handled() == list("abcdefgh"))

    assert watchdog.failed is None


@pytest.mark.parametrize("part", ["log", "store"])
def test_a_log_or_a_store_that_is_away_is_no_stall(
    bus: MemoryBus, service: Counting, worker: Worker, watchdog: Watchdog, part: str
) -> None:
    def away(_record: Record) -> None:
        raise Retry("the store is away")

    bus.append(*events("a"))
    if part == "log":
        bus.poll_fails = 1_000_000
    else:
        service.act = away
    worker.start()
    watchdog.start()

    rest(2 * LIMIT)

    assert watchdog.failed is None


def test_to_be_overtaken_again_and_again_is_a_stall(
    bus: MemoryBus, service: Counting, worker: Worker, watchdog: Watchdog
) -> None:
    def overtaken(_record: Record) -> None:
        raise FencedOut("somebody else")

    service.act = overtaken
    bus.append(*events("a"))
    worker.start()
    watchdog.start()

    until(lambda: watchdog.failed is not None)


def test_a_worker_that_was_not_started_or_has_failed_is_not_watched(
    bus: MemoryBus, worker: Worker
) -> None:
    assert worker.still_for() == 0

    bus.deaf = True
    bus.append(*events("a"))
    worker.start()
    until(lambda: worker.still_for() > 0.05)
    worker.stop(5)

    assert worker.still_for() == 0


def test_records_that_are_given_up_are_movement(
    bus: MemoryBus, service: Counting, worker: Worker, watchdog: Watchdog
) -> None:
    def fail(_record: Record) -> None:
        rest(0.05)
        raise LookupError("never")

    service.act = fail
    bus.append(*events("abcdef"))
    worker.start()
    watchdog.start()

    until(lambda: len(service.dead()) == 6)

    assert watchdog.failed is None
