"""Sending to Kafka under faults: repeats change nothing, what failed is never marked sent.

Cases 3, 8 and 9 of the catalogue of faults, from the relay's side.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from duibiao.bus import Event, Record, SendFailed
from duibiao.bus.kafka import KafkaBus
from duibiao.bus.kafka_clients import Brokers
from duibiao.bus.reading import everything
from duibiao.bus.relay import Relay
from tests.support.bus import event, events, names
from tests.support.counting import Counting
from tests.support.history import History, Place, check
from tests.support.kafka_logs import QUICK, apply, declare, fresh_name, opened
from tests.support.servers.kafka import Cluster
from tests.support.servers.proxy import FaultProxy
from tests.support.waiting import until

Open = Callable[..., KafkaBus]
KEY = "tax-bureau"  # of every event here


@pytest.fixture
def topic() -> str:
    return fresh_name()


@pytest.fixture
def log(topic: str) -> Iterator[Open]:
    """Opens the log on a cluster, its topic made over the direct way."""
    opened_logs: list[KafkaBus] = []

    def open_log(cluster: Cluster, bootstrap: str = "", copies: int = 1) -> KafkaBus:
        declared = declare(topic, copies=copies)
        apply(Brokers(bootstrap=cluster.bootstrap, pace=QUICK), declared)
        bus = opened(Brokers(bootstrap=bootstrap or cluster.bootstrap, pace=QUICK), declared)
        opened_logs.append(bus)
        return bus

    yield open_log
    for bus in opened_logs:
        bus.stop(5)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Counting]:
    made = Counting(tmp_path, "source")
    yield made
    made.store.close()


@pytest.fixture
def service(tmp_path: Path, topic: str) -> Iterator[Counting]:
    made = Counting(tmp_path, "counting", topic=topic, remembers=True)
    yield made
    made.store.close()


@pytest.fixture
def history() -> History:
    return History()


def once(found: Iterable[str]) -> Place:
    """Return the log as a reader sees it who drops repeats: the first of each."""
    return Place("the log", list(dict.fromkeys(found)))


def put(source: Counting, some: list[Event]) -> None:
    with source.store.begin() as tx:
        source.outbox.put(tx, some)


def waiting(source: Counting) -> int:
    return len(source.outbox.source(source.store).pending(1000))


def on_the_log(bus: KafkaBus, topic: str) -> list[Record]:
    return list(everything(bus, topic))


def test_a_relay_that_dies_between_sending_and_noting_it_repeats_and_counts_once(
    kafka: Cluster, log: Open, topic: str, source: Counting, service: Counting, history: History
) -> None:
    bus = log(kafka)
    history.say_all(KEY, "abc")
    put(source, events("abc", topic=topic))
    pending = source.outbox.source(source.store).pending(10)
    bus.producer().send([one for _, one in pending])  # and gone, before `sent`

    relay = Relay("relay", source.outbox.source(source.store), bus)
    relay.start()
    worker = service.worker(bus)
    worker.start()
    until(lambda: service.repeats == 3, seconds=30)
    relay.stop(5)
    worker.stop(5)

    assert names(on_the_log(bus, topic)) == list("abcabc")
    check(history, once(names(on_the_log(bus, topic))), Place("the effects", service.handled()))
    assert waiting(source) == 0


def test_a_black_hole_ends_by_the_relays_own_clock_and_nothing_is_lost(
    restless_kafka: Cluster,
    proxy: FaultProxy,
    log: Open,
    topic: str,
    source: Counting,
    history: History,
) -> None:
    bus = log(restless_kafka, restless_kafka.proxied_bootstrap)
    history.say_all(KEY, ["first", *"abc"])
    producer = bus.producer()
    producer.send([event("first", topic=topic)])
    proxy.black_hole()
    put(source, events("abc", topic=topic))

    began = time.monotonic()
    with pytest.raises(SendFailed):
        producer.send(events("abc", topic=topic))
    assert time.monotonic() - began < QUICK.send + 6

    relay = Relay("relay", source.outbox.source(source.store), bus)
    relay.start()
    assert waiting(source) == 3
    proxy.heal()
    until(lambda: waiting(source) == 0, seconds=30)
    relay.stop(5)

    # Repeats, if any, come as they were sent: nothing overtakes what had failed.
    check(history, once(names(on_the_log(bus, topic))))


@pytest.mark.parametrize("fault", ["refused", "reset", "cut", "slow"])
def test_a_bad_line_loses_nothing_and_keeps_the_order(
    restless_kafka: Cluster,
    proxy: FaultProxy,
    log: Open,
    topic: str,
    source: Counting,
    history: History,
    fault: str,
) -> None:
    history.say_all(KEY, [f"{n:02}" for n in range(60)])
    bus = log(restless_kafka, restless_kafka.proxied_bootstrap)
    relay = Relay("relay", source.outbox.source(source.store), bus, batch=7)
    relay.start()
    for start in range(0, 60, 20):
        put(source, [event(f"{n:02}", topic=topic) for n in range(start, start + 20)])
        relay.nudge()
        match fault:
            case "refused":
                proxy.refuse()
                time.sleep(0.5)
            case "reset":
                proxy.reset()
            case "cut":
                proxy.cut(after=300)
                time.sleep(0.5)
            case "slow":
                proxy.slow(rate=3000)
        if fault != "slow":
            proxy.heal()
    until(lambda: waiting(source) == 0, seconds=60)
    relay.stop(5)
    proxy.heal()

    check(history, once(names(on_the_log(bus, topic))))


@pytest.mark.soak
def test_with_two_of_three_brokers_gone_nothing_is_marked_sent_and_it_heals_alone(
    three_brokers: Cluster, log: Open, topic: str, source: Counting, history: History
) -> None:
    history.say_all(KEY, "abcdefghi")
    bus = log(three_brokers, copies=3)
    relay = Relay("relay", source.outbox.source(source.store), bus)
    relay.start()
    put(source, events("abc", topic=topic))
    until(lambda: waiting(source) == 0, seconds=30)

    three_brokers.brokers[0].kill()
    put(source, events("def", topic=topic))
    until(lambda: waiting(source) == 0, seconds=60)  # two copies are enough

    three_brokers.brokers[1].kill()
    put(source, events("ghi", topic=topic))
    time.sleep(2 * QUICK.send)
    assert waiting(source) == 3
    assert relay.failed is None
    assert relay.waiting_since is not None  # the age of the outbox tells

    three_brokers.start()
    until(lambda: waiting(source) == 0, seconds=90)
    relay.stop(5)

    check(history, once(names(on_the_log(bus, topic))))
