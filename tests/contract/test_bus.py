"""What every log promises, whatever it is made of (duibiao/bus/ports.py).

A log is opened through a factory: each call opens the same log once more, as a second process
or a restart would.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from duibiao.bus import Bus, Consumer, Event, PositionOf
from duibiao.bus.kafka import KafkaBus
from duibiao.bus.kafka_clients import Brokers
from duibiao.bus.reading import everything
from duibiao.bus.sqlite import SqliteBus
from tests.support.bus import KeptPositions, drain, event, events, names
from tests.support.clock import ManualClock
from tests.support.kafka_logs import QUICK, apply, declare, fresh_name, ready
from tests.support.waiting import until

Open = Callable[[], Bus]
Read = Callable[..., Consumer]


@pytest.fixture
def topic() -> str:
    return fresh_name()


@pytest.fixture
def other() -> str:
    return fresh_name("others")


@pytest.fixture(params=["sqlite", "kafka"])
def reopen(
    request: pytest.FixtureRequest, tmp_path: Path, topic: str, other: str
) -> Iterator[Open]:
    opened: list[Bus] = []
    if request.param == "kafka":
        brokers = Brokers(bootstrap=request.getfixturevalue("kafka").bootstrap, pace=QUICK)
        declared = declare(topic, other)
        apply(brokers, declared)

    def open_log() -> Bus:
        bus: Bus
        if request.param == "kafka":
            bus = KafkaBus(brokers, declared)
        else:
            bus = SqliteBus(tmp_path / "log.db", ManualClock())
        bus.start()
        opened.append(bus)
        ready(bus)
        return bus

    yield open_log
    for bus in opened:
        bus.stop(5)
        assert bus.failed is None


@pytest.fixture
def bus(reopen: Open) -> Bus:
    return reopen()


@pytest.fixture
def read(topic: str) -> Iterator[Read]:
    opened: list[Consumer] = []

    def consumer(
        bus: Bus, *topics: str, positions: PositionOf | None = None, group: str | None = None
    ) -> Consumer:
        positions = positions or KeptPositions()
        group = f"{topic}-readers" if group is None else group and f"{topic}-{group}"
        made = bus.consumer(group, topics or (topic,), positions)
        opened.append(made)
        return made

    yield consumer
    for made in opened:
        made.close(5)


def test_an_event_comes_back_as_it_was_sent(bus: Bus, read: Read, topic: str) -> None:
    sent = Event(
        id="0179a2b4-0000-7000-8000-000000000001",
        type="duibiao.submission.accepted",
        topic=topic,
        key="市税务局",
        source="ingest",
        time=datetime(2021, 3, 25, 23, 59, 59, 999999, tzinfo=UTC),
        data=bytes(range(256)),
        content_type="application/x-odd",
        headers={"reason": "全角，标点", "empty": ""},
    )

    bus.producer().send([sent])

    (record,) = drain(read(bus), 1)
    assert record.event == sent


def test_an_empty_message_and_a_large_one_pass(bus: Bus, read: Read, topic: str) -> None:
    large = replace(event("large", topic=topic), data=b"x" * 1_000_000)
    empty = replace(event("empty", topic=topic), data=b"")
    bus.producer().send([large, empty])

    found = drain(read(bus), 2)

    assert [len(record.event.data) for record in found] == [1_000_000, 0]


def test_events_of_a_key_keep_their_order(bus: Bus, read: Read, topic: str) -> None:
    producer = bus.producer()
    for start in range(0, 60, 6):
        producer.send(events((str(n) for n in range(start, start + 6)), key="one", topic=topic))

    found = drain(read(bus), 60, limit=7)

    assert names(found) == [str(n) for n in range(60)]


def test_offsets_rise_within_a_partition(bus: Bus, read: Read, topic: str) -> None:
    bus.producer().send(events("abcdef", topic=topic))

    found = drain(read(bus), 6)

    places: dict[int, list[int]] = {}
    for record in found:
        places.setdefault(record.partition, []).append(record.offset)
    for offsets in places.values():
        assert offsets == sorted(set(offsets))


def test_a_poll_returns_no_more_than_its_limit_and_loses_nothing(
    bus: Bus, read: Read, topic: str
) -> None:
    bus.producer().send(events("abcde", topic=topic))
    consumer = read(bus)

    first = drain(consumer, 1, limit=2)

    assert len(first) <= 2
    rest = drain(consumer, 5 - len(first), limit=2)
    assert sorted(names([*first, *rest])) == list("abcde")


def test_an_empty_poll_waits_and_comes_back_empty(bus: Bus, read: Read) -> None:
    consumer = read(bus)
    began = time.monotonic()

    assert list(consumer.poll(10, 0.2)) == []
    assert time.monotonic() - began >= 0.15


def test_a_waiting_poll_is_woken_by_an_append(bus: Bus, read: Read, topic: str) -> None:
    consumer = read(bus)
    consumer.poll(10, 0.2)
    later = threading.Timer(0.2, lambda: bus.producer().send([event("a", topic=topic)]))
    began = time.monotonic()

    later.start()
    found = consumer.poll(10, 20)

    assert names(found) == ["a"]
    assert time.monotonic() - began < 10
    later.join()


def test_what_was_returned_is_not_returned_again(bus: Bus, read: Read, topic: str) -> None:
    bus.producer().send(events("ab", topic=topic))
    consumer = read(bus)
    drain(consumer, 2)

    assert list(consumer.poll(10, 0.3)) == []


def test_a_reader_begins_where_its_own_database_says(bus: Bus, read: Read, topic: str) -> None:
    bus.producer().send(events("abcd", topic=topic))
    positions = KeptPositions()
    before = read(bus, positions=positions)
    first = drain(before, 4)
    positions.handled(first[:3])
    before.close(5)

    again = read(bus, positions=positions)

    expected = [r for r in first if r.offset >= positions(topic, r.partition)]
    assert drain(again, len(expected)) == expected
    assert "d" in names(expected)


def test_rewinding_reads_again_what_was_not_handled(bus: Bus, read: Read, topic: str) -> None:
    bus.producer().send(events("abc", topic=topic))
    positions = KeptPositions()
    consumer = read(bus, positions=positions)
    found = drain(consumer, 3)
    positions.handled(found[:1])

    consumer.rewind()

    assert drain(consumer, 2) == found[1:]


def test_each_group_reads_everything(bus: Bus, read: Read, topic: str) -> None:
    bus.producer().send(events("abc", topic=topic))

    for group in ("indicators", "alerts"):
        found = drain(read(bus, group=group), 3)
        assert names(found) == ["a", "b", "c"]


def test_topics_are_kept_apart(bus: Bus, read: Read, topic: str, other: str) -> None:
    bus.producer().send([event("a", topic=topic), event("b", topic=other), event("c", topic=topic)])

    only = drain(read(bus, group="one"), 2)
    both = drain(read(bus, topic, other, group="two"), 3)

    assert names(only) == ["a", "c"]
    assert sorted(names(both)) == ["a", "b", "c"]


def test_the_log_outlives_the_process(reopen: Open, read: Read, topic: str) -> None:
    first = reopen()
    first.producer().send(events("ab", topic=topic))
    positions = KeptPositions()
    before = read(first, positions=positions)
    positions.handled(drain(before, 1, limit=1))
    before.close(5)
    first.stop(5)

    second = reopen()
    second.producer().send(events("c", topic=topic))

    assert names(drain(read(second, positions=positions), 2)) == ["b", "c"]


def test_what_send_returned_from_is_there_for_everybody(
    reopen: Open, read: Read, topic: str
) -> None:
    one, another = reopen(), reopen()
    consumer = read(another)
    consumer.poll(1, 0.2)

    one.producer().send(events("ab", topic=topic))

    assert names(drain(consumer, 2)) == ["a", "b"]


def test_lag_counts_what_lies_ahead(bus: Bus, read: Read, topic: str, other: str) -> None:
    bus.producer().send([*events("abc", topic=topic), event("d", topic=other)])
    consumer = read(bus, topic, other)
    assert consumer.lag() == {topic: 3, other: 1}

    drain(consumer, 4)

    assert consumer.lag() == {topic: 0, other: 0}


def test_producers_in_many_threads_lose_nothing_and_keep_order_per_key(
    bus: Bus, read: Read, topic: str
) -> None:
    producer = bus.producer()

    def send(key: str) -> None:
        for n in range(25):
            producer.send(events([f"{key}{n:02}"], key=key, topic=topic))

    threads = [threading.Thread(target=send, args=(key,)) for key in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = names(drain(read(bus), 100))
    for key in "abcd":
        assert [name for name in found if name[0] == key] == [f"{key}{n:02}" for n in range(25)]


def test_sending_nothing_is_nothing(bus: Bus, read: Read, topic: str) -> None:
    bus.producer().send([])

    assert read(bus).lag() == {topic: 0}


def test_a_closed_producer_takes_nothing(bus: Bus, topic: str) -> None:
    producer = bus.producer()
    producer.close(1)

    with pytest.raises(ValueError, match="closed"):
        producer.send([event("a", topic=topic)])


def test_closing_twice_does_no_harm(bus: Bus, read: Read) -> None:
    producer, consumer = bus.producer(), read(bus)

    for _ in range(2):
        producer.close(1)
        consumer.close(1)


def test_reading_all_there_is_ends_though_more_keeps_coming(bus: Bus, topic: str) -> None:
    producer = bus.producer()
    producer.send(events("abc", topic=topic))
    found = []
    for record in everything(bus, topic):
        found.append(record)
        assert len(found) < 100
        producer.send([event(f"later {len(found)}", topic=topic)])

    assert names(found)[:3] == ["a", "b", "c"]


def test_reading_all_of_an_empty_topic_gives_nothing(bus: Bus, topic: str) -> None:
    assert list(everything(bus, topic)) == []


def test_ends_are_told_and_never_fall(reopen: Open, topic: str) -> None:
    one, another = reopen(), reopen()
    first = one.producer().send(events("abc", key="a", topic=topic))
    second = one.producer().send(events("de", key="a", topic=topic))

    (place,) = first
    assert first.keys() == second.keys()
    assert second[place].start >= first[place].stop
    for bus in (one, another):
        since = time.monotonic()
        until(lambda b=bus, s=since: b.look([topic], s) is not None)  # type: ignore[misc]
        look = bus.look([topic], since)
        assert look is not None
        assert look.ends[place].next_offset == second[place].stop
        assert look.ends[place].log == one.look([topic], 0).ends[place].log  # type: ignore[union-attr]


def test_a_look_tells_of_the_topics_asked_for_alone(bus: Bus, topic: str, other: str) -> None:
    since = time.monotonic()
    until(lambda: bus.look([topic, other], since) is not None)
    look = bus.look([other], since)
    assert look is not None
    assert {name for name, _ in look.ends} == {other}
