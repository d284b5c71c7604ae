"""The worker: one commit for effect and position, and what each kind of error leads to."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import structlog

from duibiao.bus import Record, UnprocessableRecord
from duibiao.bus.limits import Limits
from duibiao.bus.positions import FencedOut
from duibiao.bus.worker import Worker
from duibiao.core import Retry
from duibiao.core.parts import NICENESS
from duibiao.store import StoreError, StoreUnavailable
from tests.support.bus import TOPIC, MemoryBus, event, events
from tests.support.counting import QUICK, Counting
from tests.support.waiting import until

Run = Callable[..., Worker]


@pytest.fixture
def run(bus: MemoryBus, service: Counting) -> Iterator[Run]:
    started: list[Worker] = []

    def begin(limits: Limits = QUICK) -> Worker:
        worker = service.worker(bus, limits=limits)
        worker.start()
        started.append(worker)
        return worker

    yield begin
    for worker in started:
        worker.stop(5)


def raising(error: Exception, *names: str, times: int = 1000) -> Callable[[Record], None]:
    """An act that raises for these names, so many times in all."""
    left = [times]

    def act(record: Record) -> None:
        if record.event.data.decode() in names and left[0]:
            left[0] -= 1
            raise error

    return act


def test_every_record_is_handled_once_and_in_order(
    bus: MemoryBus, service: Counting, run: Run
) -> None:
    bus.append(*events("abcde"))

    run()

    until(lambda: service.position() == 5)
    assert service.handled() == list("abcde")


def test_many_records_share_a_commit(bus: MemoryBus, service: Counting, run: Run) -> None:
    bus.append(*events("abcde"))

    run()

    until(lambda: service.position() == 5)
    until(lambda: service.told == ["commit"])


def test_a_commit_comes_when_the_time_is_up(bus: MemoryBus, service: Counting, run: Run) -> None:
    bus.append(*events("abc"))

    run(Limits(wait=0.01, budget=0.0))

    until(lambda: service.told == ["commit"] * 3)
    assert service.handled() == list("abc")


def test_what_comes_while_it_rests_shares_a_commit(
    bus: MemoryBus, service: Counting, run: Run
) -> None:
    bus.append(*events("a"))
    found = set[int]()
    service.act = lambda _: found.add(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    began = time.monotonic()
    run(Limits(wait=0.01, rest=0.3))
    until(lambda: service.position() == 1)

    bus.append(*events("b"))
    bus.append(*events("c"))

    until(lambda: service.position() == 3)
    assert time.monotonic() - began >= 0.3
    assert service.told == ["commit"] * 2
    assert min(found) >= NICENESS or sys.platform != "linux"  # nobody waits for it


def test_a_restart_goes_on_where_the_last_commit_was(
    bus: MemoryBus, service: Counting, run: Run
) -> None:
    bus.append(*events("ab"))
    first = run()
    until(lambda: service.position() == 2)
    first.stop(5)

    bus.append(*events("cd"))
    run()

    until(lambda: service.position() == 4)
    assert service.handled() == list("abcd")


def test_retry_waits_and_does_it_again(bus: MemoryBus, service: Counting, run: Run) -> None:
    bus.append(*events("abc"))
    service.act = raising(Retry("not yet"), "b", times=2)

    worker = run()

    until(lambda: service.position() == 3)
    assert service.handled() == list("abc")
    assert service.told.count("rollback") == 2
    assert (worker.dead, worker.failed) == (0, None)


def test_a_log_that_is_away_is_waited_for(bus: MemoryBus, service: Counting, run: Run) -> None:
    bus.append(*events("a"))
    bus.open_fails = bus.poll_fails = 1

    worker = run()

    until(lambda: service.position() == 1)
    assert worker.failed is None


def test_a_client_that_the_log_lets_in_no_more_is_made_anew(
    bus: MemoryBus, service: Counting, run: Run
) -> None:
    bus.append(*events("a"))
    worker = run(replace(QUICK, measure=0.0, stale=0.3))
    until(lambda: service.handled() == ["a"])
    before = worker.rebalances

    bus.lets_in += 1  # as after a change of passwords: no poll fails, none finds anything
    bus.append(*events("b"))

    until(lambda: service.handled() == ["a", "b"])
    assert bus.closed == ["consumer"]
    until(lambda: worker.rebalances == before + 1)


def test_one_answer_that_does_not_come_after_long_work_costs_the_client_nothing(
    bus: MemoryBus, service: Counting, run: Run
) -> None:
    def dawdle(_record: Record) -> None:
        threading.Event().wait(1.2)  # longer than the log may be silent
        bus.lag_fails = 1

    service.act = dawdle
    bus.append(*events("a"))

    run(replace(QUICK, measure=0.0, stale=1.0))

    until(lambda: service.handled() == ["a"] and not bus.lag_fails)
    polls = bus.polls
    until(lambda: bus.polls > polls + 2)
    assert bus.closed == []


def test_a_store_that_is_away_costs_the_log_s_client_nothing(
    bus: MemoryBus, service: Counting, run: Run
) -> None:
    service.act = raising(StoreUnavailable("away"), "a", times=4)
    bus.append(*events("a"))

    run(replace(QUICK, measure=10, stale=0.0))

    until(lambda: service.handled() == ["a"])
    assert bus.closed == []


def test_poison_is_given_up_at_once_and_the_rest_goes_on(
    bus: MemoryBus, service: Counting, run: Run
) -> None:
    bus.append(*events("abcd"))
    service.act = raising(UnprocessableRecord("no message of ours"), "b")

    worker = run()

    until(lambda: service.position() == 4)
    assert service.handled() == list("acd")
    assert service.seen == ["a", "b", "a", "b", "c", "d"]
    (letter,) = service.dead()
    assert letter.headers["dead-reason"] == "no message of ours"
    assert worker.dead == 1


def test_another_error_is_tried_a_few_times(bus: MemoryBus, service: Counting, run: Run) -> None:
    bus.append(*events("ab"))
    # Once in the shared transaction, twice of three times alone.
    service.act = raising(KeyError("x"), "a", times=3)

    worker = run()

    until(lambda: service.position() == 2)
    assert service.handled() == ["a", "b"]
    assert worker.dead == 0


def test_after_its_last_try_a_record_is_given_up_with_the_error_named(
    bus: MemoryBus, service: Counting, run: Run
) -> None:
    bus.append(*events("ab"))
    service.act = raising(KeyError("x"), "a")

    run(Limits(wait=0.01, pause=0.001, tries=2))

    until(lambda: service.position() == 2)
    assert service.seen == ["a", "a", "a", "b"]
    assert service.handled() == ["b"]
    (letter,) = service.dead()
    assert letter.headers["dead-reason"] == "KeyError: 'x'"


def test_at_a_flood_of_poison_the_worker_stands_until_the_record_can_be_handled(
    bus: MemoryBus, service: Counting, run: Run
) -> None:
    bus.append(*events("abcdefgh"))
    service.act = raising(UnprocessableRecord("what is this"), *"abcdef")

    worker = run(Limits(wait=0.01, dead_letters=3, window=10, measure=0.0))

    until(lambda: service.seen.count("d") > 8)  # again and again
    assert worker.failed is None  # to be started anew would cost three more
    assert worker.still_for() < 30
    assert len(service.dead()) == 3
    assert service.position() == 3
    assert worker.lag == {TOPIC: 5}  # what an alert is raised by

    service.act = raising(UnprocessableRecord("what is this"))
    until(lambda: service.handled() == list("defgh"))
    assert worker.dead == 3


def test_a_flood_is_told_with_its_place_and_reason(
    bus: MemoryBus, service: Counting, run: Run
) -> None:
    bus.append(*events("ab"))
    service.act = raising(UnprocessableRecord("what is this"), *"ab")

    with structlog.testing.capture_logs() as logs:
        run(Limits(wait=0.01, dead_letters=1, window=10))
        until(lambda: service.seen.count("b") > 8)

    told = [log["reason"] for log in logs if log["event"] == "part retries"]
    assert f"{TOPIC}/0/1, because: what is this" in told[0]


def test_poison_now_and_then_is_no_flood(bus: MemoryBus, service: Counting, run: Run) -> None:
    names = [str(n) for n in range(30)]
    bus.append(*events(names))
    service.act = raising(UnprocessableRecord("odd"), *names[::10])

    worker = run(Limits(wait=0.01, dead_letters=2, window=10))

    until(lambda: service.position() == 30)
    assert worker.failed is None
    assert worker.dead == 3


def test_a_worker_that_was_overtaken_in_the_middle_leaves_no_second_effect(
    bus: MemoryBus, service: Counting
) -> None:
    one, other = service.worker(bus), service.worker(bus)
    for worker in (one, other):
        worker.turn()  # both have read up to here
    bus.append(event("a"))
    one.turn()
    bus.append(event("b"))

    with pytest.raises(FencedOut):
        other.turn()
    assert service.handled() == ["a"]

    other.turn()
    assert service.handled() == ["a", "b"]


def test_two_workers_on_one_store_share_the_work_without_doubling_it(
    bus: MemoryBus, service: Counting, run: Run
) -> None:
    bus.append(*events(str(n) for n in range(40)))

    one, other = run(Limits(batch=3, wait=0.01)), run(Limits(batch=4, wait=0.01))

    until(lambda: service.position() == 40)
    assert service.handled() == [str(n) for n in range(40)]
    assert (one.failed, other.failed) == (None, None)


def test_the_lag_is_known(bus: MemoryBus, service: Counting, run: Run) -> None:
    bus.append(*events("abc"), event("d", topic="other"))

    worker = run()

    until(lambda: service.position() == 3)
    until(lambda: worker.lag == {TOPIC: 0})


def test_stopping_closes_the_consumer(bus: MemoryBus, run: Run) -> None:
    worker = run()
    until(lambda: bus.polls > 0)

    worker.stop(5)

    assert bus.closed == ["consumer"]


def test_stopping_gives_up_no_record_that_had_tries_left(
    bus: MemoryBus, service: Counting, run: Run
) -> None:
    bus.append(*events("a"))
    service.act = raising(KeyError("x"), "a")
    worker = run(Limits(wait=0.01, pause=60))
    until(lambda: len(service.seen) == 2)

    worker.stop(5)

    assert service.dead() == []
    assert service.position() == 0


def test_an_error_after_the_commit_fails_the_part_and_keeps_the_effect(
    bus: MemoryBus, service: Counting
) -> None:
    class Deaf(list[str]):
        def append(self, told: str) -> None:
            raise LookupError(told)

    service.told = Deaf()
    bus.append(*events("a"))
    worker = service.worker(bus)
    worker.start()

    until(lambda: worker.failed is not None)
    assert service.handled() == ["a"]
    assert service.position() == 1


def test_a_fault_of_the_store_ends_it_and_gives_nothing_up(
    bus: MemoryBus, service: Counting, run: Run
) -> None:
    """It reads well and finds no table: the outbox is there, a dead letter could be written."""
    bus.append(*events("ab"))
    service.break_down()

    worker = run()

    until(lambda: worker.failed is not None)
    assert isinstance(worker.failed, StoreError)
    assert (service.position(), service.dead(), worker.dead) == (0, [], 0)


def test_a_log_that_was_recreated_is_read_from_its_beginning(
    bus: MemoryBus, service: Counting, run: Run
) -> None:
    bus.append(*events("abc"))
    run().stop(5)
    worker = run()
    until(lambda: service.position() == 3)
    worker.stop(5)

    bus.records.clear()
    bus.log = "memory/2"
    bus.append(*events("defgh"))  # longer than what was read of the other one
    run()

    until(lambda: service.position() == 5)
    assert service.handled() == list("abcdefgh")


def test_what_else_is_told_of_a_dead_letter_goes_out_with_it(
    bus: MemoryBus, service: Counting, run: Run
) -> None:
    service.of_dead_letter = lambda record: [event(f"dead {record.event.id}")]
    service.act = raising(UnprocessableRecord("never"), "b")
    bus.append(*events("abc"))

    run()

    until(lambda: service.position() == 3)
    letter, told = service.dead()
    assert letter.headers["dead-id"] == "id-b"
    assert told.id == "id-dead id-b"
