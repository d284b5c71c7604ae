"""Several workers of one service on Kafka: shares that move, brokers that roll, owners held up.

Cases 10 and 12 of the catalogue of faults: nothing twice, nothing lost, the order of each key kept.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from duibiao.bus import Consumer, PositionOf, Record
from duibiao.bus.kafka import KafkaBus
from duibiao.bus.kafka_clients import Brokers
from duibiao.bus.relay import Relay
from tests.support.bus import event
from tests.support.counting import Counting
from tests.support.history import History, Place, check
from tests.support.kafka_logs import QUICK, apply, declare, fresh_name, opened
from tests.support.servers.kafka import Cluster
from tests.support.waiting import until

pytestmark = pytest.mark.soak
KEYS = [f"org-{n}" for n in range(8)]
PAUSE_AT_MOST = 15.0  # seconds: session, election and rebalance of the short times tests use


@pytest.fixture
def topic() -> str:
    return fresh_name()


@pytest.fixture
def service(tmp_path: Path, topic: str) -> Iterator[Counting]:
    made = Counting(tmp_path, "counting", topic=topic, remembers=True)
    yield made
    made.store.close()


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Counting]:
    made = Counting(tmp_path, "source")
    yield made
    made.store.close()


class HeldUp:
    """A log whose consumers are held up once, with the first records they find in hand."""

    name = "log"
    failed = None

    def __init__(self, bus: KafkaBus, held: threading.Event, go_on: threading.Event) -> None:
        self._bus = bus
        self._held = held
        self._go_on = go_on
        self.accepted = bus.accepted
        self.look = bus.look
        self.producer = bus.producer
        self.start = bus.start
        self.stop = bus.stop

    def consumer(self, group: str, topics: Sequence[str], positions: PositionOf) -> Consumer:
        consumer = self._bus.consumer(group, topics, positions)
        poll = consumer.poll

        def held_up(limit: int, timeout: float) -> Sequence[Record]:
            records = poll(limit, timeout)
            if records and not self._held.is_set():
                self._held.set()
                self._go_on.wait(60)
            return records

        consumer.poll = held_up  # type: ignore[method-assign]  # that one consumer of the test
        return consumer


class Load:
    """Puts numbered events of every key into an outbox, one by one, until it is stopped."""

    def __init__(self, source: Counting, topic: str, bus: KafkaBus, pause: float = 0.01) -> None:
        self.history = History()
        self._source = source
        self._topic = topic
        self._pause = pause
        self._over = threading.Event()
        self._relay = Relay("relay", source.outbox.source(source.store), bus)
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._relay.start()
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def drained(self) -> bool:
        return not self._source.outbox.source(self._source.store).pending(1)

    def end(self) -> None:
        self._relay.stop(5)

    def _run(self) -> None:
        number = 0
        while not self._over.wait(self._pause):
            number += 1
            key = KEYS[number % len(KEYS)]
            name = f"{number:05}"
            with self._source.store.begin() as tx:
                self._source.outbox.put(tx, [event(name, key=key, topic=self._topic)])
            self.history.say(key, name, "ok")
            self._relay.nudge()


def effects(service: Counting) -> Place:
    return Place("the effects", service.handled())


def all_handled(service: Counting, history: History) -> Callable[[], bool]:
    return lambda: len(service.handled()) >= len(history)


def longest_pause(moments: Sequence[float]) -> float:
    return max(after - before for before, after in pairwise(moments))


@pytest.mark.parametrize("rounds", [1, 20])
def test_three_workers_over_a_rolling_restart_of_three_brokers(
    three_brokers: Cluster, topic: str, source: Counting, service: Counting, rounds: int
) -> None:
    brokers = Brokers(bootstrap=three_brokers.bootstrap, pace=QUICK)
    declared = declare(topic, partitions=6, copies=3)
    apply(brokers, declared)
    bus = opened(brokers, declared)
    moments: list[float] = []
    service.act = lambda _: moments.append(time.monotonic())
    workers = [service.worker(bus, name=f"worker-{n}") for n in range(3)]
    load = Load(source, topic, bus)
    load.start()
    for worker in workers:  # one after the other, so that shares move
        worker.start()
        time.sleep(1)

    for broker in three_brokers.brokers * rounds:
        broker.stop()
        time.sleep(1)
        broker.start()
        time.sleep(2)
    workers[0].stop(5)  # and one of the readers goes, too
    time.sleep(2)
    load.stop()
    until(load.drained, seconds=60)
    until(all_handled(service, load.history), seconds=60)

    check(load.history, effects(service))
    assert sum(worker.rebalances for worker in workers) >= 1
    assert longest_pause(moments) < PAUSE_AT_MOST
    for worker in workers:
        worker.stop(5)
        assert worker.failed is None
    load.end()
    bus.stop(5)


def test_an_owner_that_was_held_up_writes_nothing_after_its_share_has_gone(
    kafka: Cluster, topic: str, service: Counting
) -> None:
    pace = replace(QUICK, handling=4.0)
    brokers = Brokers(bootstrap=kafka.bootstrap, pace=pace)
    declared = declare(topic, partitions=1)
    apply(brokers, declared)
    bus = opened(brokers, declared)
    held, go_on = threading.Event(), threading.Event()
    history = History()
    history.say_all("one", [f"{n:02}" for n in range(40)])
    bus.producer().send([event(f"{n:02}", key="one", topic=topic) for n in range(20)])
    old = service.worker(HeldUp(bus, held, go_on), name="old")
    new = service.worker(bus, name="new")

    old.start()
    until(held.is_set, seconds=30)
    new.start()  # waits for the group, which in time gives up on the old one
    until(lambda: len(service.handled()) == 20, seconds=40)
    go_on.set()
    until(lambda: "rollback" in service.told, seconds=30)
    until(lambda: old.lag.get(topic) == 0 and old.still_for() < 1, seconds=30)
    bus.producer().send([event(f"{n:02}", key="one", topic=topic) for n in range(20, 40)])
    until(lambda: len(service.handled()) == 40, seconds=40)

    check(history, effects(service))
    assert service.repeats == 0
    for worker in (old, new):
        worker.stop(5)
        assert worker.failed is None
    bus.stop(5)


def test_a_handler_slower_than_the_poll_interval_is_neither_lost_nor_doubled(
    kafka: Cluster, topic: str, service: Counting
) -> None:
    pace = replace(QUICK, handling=4.0)
    brokers = Brokers(bootstrap=kafka.bootstrap, pace=pace)
    declared = declare(topic, partitions=1)
    apply(brokers, declared)
    bus = opened(brokers, declared)
    slow = {"03", "07"}

    def dawdle(record: Record) -> None:
        if record.event.data.decode() in slow:
            slow.discard(record.event.data.decode())
            time.sleep(6)

    service.act = dawdle
    bus.producer().send([event(f"{n:02}", key="one", topic=topic) for n in range(12)])
    workers = [service.worker(bus, name=f"worker-{n}") for n in range(2)]
    for worker in workers:
        worker.start()

    until(lambda: len(service.handled()) >= 12, seconds=60)

    history = History()
    history.say_all("one", [f"{n:02}" for n in range(12)])
    check(history, effects(service))
    assert service.repeats == 0
    for worker in workers:
        worker.stop(8)
        assert worker.failed is None
    bus.stop(5)


def test_a_reader_that_is_killed_is_missed_within_its_session(
    kafka: Cluster, topic: str, service: Counting
) -> None:
    brokers = Brokers(bootstrap=kafka.bootstrap, pace=QUICK)
    declared = declare(topic)
    apply(brokers, declared)
    bus = opened(brokers, declared)
    gone = bus.consumer(f"{topic}-counting", [topic], lambda *_: 0)
    bus.producer().send([event("a", topic=topic)])
    until(lambda: bool(gone.poll(10, 0.2)), seconds=30)
    silence(gone)

    began = time.monotonic()
    worker = service.worker(bus)
    worker.start()
    until(lambda: service.handled() == ["a"], seconds=QUICK.session + 10)

    assert time.monotonic() - began < QUICK.session + 7
    worker.stop(5)
    bus.stop(5)


def silence(consumer: Consumer) -> None:
    """Have a consumer vanish without a word, as a kill does."""
    consumer._client._client.close()  # type: ignore[attr-defined]  # noqa: SLF001 - no public way to die
