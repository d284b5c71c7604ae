"""A reader of Kafka follows the service's own database, and says when the log is not the same."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog

from duibiao.bus import Consumer, End, LogMismatch, Record
from duibiao.bus.kafka import KafkaBus
from duibiao.bus.kafka_clients import Brokers
from duibiao.bus.kafka_topics import TopicAdmin
from duibiao.bus.reading import everything
from tests.support.bus import KeptPositions, drain, event, events, names
from tests.support.kafka_logs import QUICK, apply, declare, delete, fresh_name, opened
from tests.support.servers.kafka import Cluster
from tests.support.waiting import until


@pytest.fixture
def topic() -> str:
    return fresh_name()


@pytest.fixture
def brokers(kafka: Cluster) -> Brokers:
    return Brokers(bootstrap=kafka.bootstrap, pace=QUICK)


@pytest.fixture
def bus(brokers: Brokers, topic: str) -> Iterator[KafkaBus]:
    declared = declare(topic, partitions=1)
    apply(brokers, declared)
    made = opened(brokers, declared)
    yield made
    made.stop(5)


@pytest.fixture
def positions() -> KeptPositions:
    return KeptPositions()


@pytest.fixture
def consumer(bus: KafkaBus, topic: str, positions: KeptPositions) -> Iterator[Consumer]:
    made = bus.consumer(f"{topic}-readers", [topic], positions)
    yield made
    made.close(5)


def forget(brokers: Brokers, topic: str, before: int) -> None:
    """Have the broker delete the records before an offset, as retention does."""
    with TopicAdmin(brokers) as admin:
        from_kafka = {_place(topic): before}
        admin._ask("delete records", lambda c: c.delete_records(from_kafka))  # noqa: SLF001 - to do harm


def _place(topic: str) -> object:
    from kafka.structs import TopicPartition  # noqa: PLC0415 - only here

    return TopicPartition(topic, 0)


def test_what_the_group_remembers_is_not_asked(
    bus: KafkaBus, topic: str, positions: KeptPositions, consumer: Consumer
) -> None:
    bus.producer().send(events("abc", topic=topic))
    drain(consumer, 3)
    consumer.close(5)  # the group may have been told of 3; our database says 0

    again = bus.consumer(f"{topic}-readers", [topic], positions)
    assert names(drain(again, 3)) == ["a", "b", "c"]
    again.close(5)


def test_records_say_what_they_follow(bus: KafkaBus, topic: str, consumer: Consumer) -> None:
    bus.producer().send(events("abc", topic=topic))

    found = drain(consumer, 3)

    assert [(record.offset, record.follows) for record in found] == [(0, 0), (1, 1), (2, 2)]


def test_what_is_gone_unread_is_told(
    brokers: Brokers, bus: KafkaBus, topic: str, positions: KeptPositions, consumer: Consumer
) -> None:
    bus.producer().send(events("abcdef", topic=topic))
    positions.handled(drain(consumer, 6)[:2])
    forget(brokers, topic, 4)
    consumer.rewind()

    with structlog.testing.capture_logs() as logs:
        found = drain(consumer, 2)

    assert names(found) == ["e", "f"]
    assert found[0].follows == 2
    (told,) = [line for line in logs if line["event"] == "records are gone unread"]
    assert (told["first"], told["last"]) == (2, 3)


def test_a_log_that_ends_before_our_position_is_not_read(
    bus: KafkaBus, topic: str, positions: KeptPositions, consumer: Consumer
) -> None:
    bus.producer().send(events("ab", topic=topic))
    ahead = Record(event("x", topic=topic), 0, 99)
    positions.handled([ahead])

    def read_on() -> bool:
        consumer.poll(10, 0.2)
        return False

    with pytest.raises(LogMismatch, match="gave offset 0 where 100 was next") as told:
        until(read_on, seconds=20)
    assert told.value.place == (topic, 0)


def test_a_topic_that_was_recreated_is_another_log(
    brokers: Brokers, bus: KafkaBus, topic: str
) -> None:
    written = bus.producer().send(events("abc", topic=topic))
    assert written == {(topic, 0): range(3)}
    before = looked(bus, topic)
    assert before.next_offset == 3

    delete(brokers, [topic])
    apply(brokers, declare(topic, partitions=1))
    after = looked(bus, topic)

    cluster, ident = before.log.split("/")
    assert after.next_offset == 0
    assert after.log.split("/")[0] == cluster
    assert after.log.split("/")[1] != ident


def looked(bus: KafkaBus, topic: str) -> End:
    """Return where the topic ends as of now."""
    since = time.monotonic()

    def seen() -> bool:
        look = bus.look([topic], since)
        return look is not None and (topic, 0) in look.ends

    until(seen, seconds=30)
    look = bus.look([topic], since)
    assert look is not None
    return look.ends[topic, 0]


def test_everything_is_read_without_a_trace(bus: KafkaBus, topic: str, kafka: Cluster) -> None:
    bus.producer().send([event(f"{n:04}", key=f"k{n}", topic=topic) for n in range(1200)])

    assert sorted(names(list(everything(bus, topic)))) == [f"{n:04}" for n in range(1200)]
    groups = kafka.tool("consumer.group.ConsumerGroupCommand", "--list")
    assert topic not in groups


def test_the_group_is_told_for_the_sake_of_lag_tools(
    bus: KafkaBus, topic: str, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duibiao.bus.kafka_reader.TELL_EVERY", 0.0)
    bus.producer().send(events("abc", topic=topic))
    drain(consumer, 3)

    def committed() -> bool:
        consumer.poll(1, 0.2)
        client = consumer._client  # type: ignore[attr-defined]  # noqa: SLF001 - asked of Kafka
        return bool(client.committed(_place(topic)) == 3)

    until(committed, seconds=20)


def test_a_key_keeps_its_partition(brokers: Brokers) -> None:
    topic = fresh_name()
    declared = declare(topic, partitions=12)
    apply(brokers, declared)
    bus = opened(brokers, declared)
    keys = ["tax-bureau", "housing-bureau", "T16/tax-bureau/610102", "市税务局", ""]
    bus.producer().send([event(str(n), key=key, topic=topic) for n, key in enumerate(keys)])
    bus.producer().send([event(str(n + 5), key=key, topic=topic) for n, key in enumerate(keys)])

    places: dict[str, set[int]] = {}
    for record in everything(bus, topic):
        places.setdefault(record.event.key, set()).add(record.partition)

    assert {key: len(parts) for key, parts in places.items()} == dict.fromkeys(keys, 1)
    bus.stop(5)


def test_a_key_goes_where_javas_own_client_sends_it(brokers: Brokers, kafka: Cluster) -> None:
    topic = fresh_name()
    declared = declare(topic, partitions=12)
    apply(brokers, declared)
    keys = [*(f"T{n:02}/tax-bureau/610102" for n in range(20)), "市税务局"]
    kafka.tool(
        "ConsoleProducer",
        *("--topic", topic, "--reader-property", "parse.key=true"),
        *("--reader-property", "key.separator=|"),
        said="".join(f"{key}|java\n" for key in keys),
    )
    bus = opened(brokers, declared)
    bus.producer().send([event(str(n), key=key, topic=topic) for n, key in enumerate(keys)])

    places: dict[str, list[int]] = {}
    for record in everything(bus, topic):
        places.setdefault(record.event.key, []).append(record.partition)

    assert {key: (len(found), len(set(found))) for key, found in places.items()} == dict.fromkeys(
        keys, (2, 1)
    )
    bus.stop(5)


def test_a_closed_producer_of_a_closed_log_does_no_harm(brokers: Brokers, topic: str) -> None:
    declared = declare(topic)
    apply(brokers, declared)
    bus = opened(replace(brokers), declared)
    producer = bus.producer()
    bus.stop(5)
    producer.close(1)

    with pytest.raises(ValueError, match="closed"):
        producer.send(events("a", topic=topic))
