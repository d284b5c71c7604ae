"""How Kafka's clients are made and kept from waiting for ever, and what their errors mean."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from kafka.errors import (
    IllegalStateError,
    KafkaConfigurationError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    NotEnoughReplicasError,
)

from duibiao.bus import Event, LogError, SendFailed
from duibiao.bus.kafka import KafkaBus
from duibiao.bus.kafka_clients import (
    WAVE_BYTES,
    Brokers,
    require_checksums,
    translate_errors,
    within,
)
from duibiao.bus.kafka_writer import KafkaWriter
from duibiao.bus.limits import Limits
from duibiao.contracts.topics import TOPICS
from duibiao.core import Retry
from tests.support.bus import event, events


@dataclass(frozen=True)
class Appended:
    topic: str
    partition: int
    offset: int


class Promise:
    def __init__(self, error: Exception | None, appended: Appended) -> None:
        self.appended = appended
        self._error = error

    def get(self, timeout: float) -> Appended:
        assert timeout >= 0
        if self._error is not None:
            raise self._error
        return self.appended


class Client:
    """A client of Kafka's that keeps what it is given; `errors` are those of its promises."""

    def __init__(self, errors: Sequence[Exception | None] = ()) -> None:
        self.sent: list[tuple[str, bytes, bytes]] = []
        self.closed = False
        self._errors = list(errors)
        self._sender = self

    def send(
        self, topic: str, *, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
    ) -> Promise:
        assert dict(headers)["ce_specversion"] == b"1.0"
        self.sent.append((topic, key, value))
        appended = Appended(topic, 0, len(self.sent) - 1)
        return Promise(self._errors.pop(0) if self._errors else None, appended)

    def force_close(self) -> None:
        self.closed = True

    def join(self, timeout: float) -> None:
        assert timeout > 0

    def close(self, timeout: float) -> None:
        assert timeout == 0


class Made(Brokers):
    """Brokers whose clients are those of the test."""

    def __init__(self, *clients: Client) -> None:
        super().__init__(bootstrap="example.invalid:9092")
        object.__setattr__(self, "_clients", list(clients))

    __slots__ = ("_clients",)

    def producer(self) -> Client:
        client: Client = self._clients.pop(0)  # type: ignore[attr-defined]  # a slot of the test
        return client


def test_work_that_comes_back_gives_its_answer() -> None:
    assert within(5, "adding", lambda: 1 + 1) == 2
    assert within(5, "nothing", lambda: None) is None


def test_what_work_raises_is_raised() -> None:
    def fail() -> None:
        raise LookupError("here")

    with pytest.raises(LookupError, match="here"):
        within(5, "failing", fail)


def test_work_that_does_not_come_back_is_given_up() -> None:
    over = threading.Event()
    began = time.monotonic()

    with pytest.raises(Retry, match="hanging did not come back"):
        within(0.1, "hanging", lambda: over.wait(20))

    assert time.monotonic() - began < 5
    over.set()


@pytest.mark.parametrize("error", [KafkaTimeoutError("late"), NotEnoughReplicasError(), OSError()])
def test_what_may_pass_is_for_another_try(error: Exception) -> None:
    with (
        pytest.raises(Retry, match=f"reading: {type(error).__name__}"),
        translate_errors("reading"),
    ):
        raise error


@pytest.mark.parametrize("error", [KafkaConfigurationError("x"), IllegalStateError("x")])
def test_a_fault_of_our_own_is_not_tried_again(error: Exception) -> None:
    with pytest.raises(type(error)), translate_errors("reading"):
        raise error


def test_without_the_compiled_checksum_there_is_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    require_checksums()
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    with pytest.raises(LogError, match="crc32c"):
        KafkaBus(Brokers(bootstrap="example.invalid:9092"), ())


class Asked:
    """Stands for a class of clients; keeps what it was made with."""

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {}

    def __call__(self, **settings: object) -> "Asked":
        self.settings = settings
        return self

    def subscribe(self, topics: Sequence[str]) -> None:
        pass

    def partitions_for_topic(self, topic: str) -> None:
        pass


def test_a_producer_loses_nothing_and_takes_the_largest_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Asked()
    monkeypatch.setattr("duibiao.bus.kafka_clients.KafkaProducer", asked)

    Brokers(bootstrap="example.invalid:9092").producer()

    wanted = {"enable_idempotence": True, "acks": "all", "allow_auto_create_topics": False}
    assert wanted.items() <= asked.settings.items()
    assert "transactional_id" not in asked.settings
    assert asked.settings["max_request_size"] > max(topic.max_bytes for topic in TOPICS)


def test_a_consumer_commits_nothing_by_itself_and_begins_at_the_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Asked()
    monkeypatch.setattr("duibiao.bus.kafka_clients.KafkaConsumer", asked)

    Brokers(bootstrap="example.invalid:9092").consumer("readers", ("things",))

    wanted = {"enable_auto_commit": False, "auto_offset_reset": "earliest", "group_id": "readers"}
    assert wanted.items() <= asked.settings.items()
    assert asked.settings["receive_message_max_bytes"] > max(topic.max_bytes for topic in TOPICS)
    assert asked.settings["max_poll_interval_ms"] > 2 * 1000 * Limits().longest
    assert asked.settings["heartbeat_interval_ms"] * 3 <= asked.settings["session_timeout_ms"]


def test_events_go_out_in_order_under_their_keys() -> None:
    client = Client()
    KafkaWriter(Made(client)).send([event("a", key="one"), event("b", key="市税务局")])

    assert [(key.decode(), value) for _, key, value in client.sent] == [
        ("one", b"a"),
        ("市税务局", b"b"),
    ]


@pytest.mark.parametrize("error", [KafkaTimeoutError(), MessageSizeTooLargeError()])
def test_one_that_fails_fails_the_send_and_its_client_is_given_up(error: Exception) -> None:
    failing, sound = Client([None, error, None]), Client()
    writer = KafkaWriter(Made(failing, sound))

    with pytest.raises(SendFailed):
        writer.send(events("abc"))
    assert failing.closed

    writer.send(events("abc"))
    assert [value for _, _, value in sound.sent] == [b"a", b"b", b"c"]
    assert not sound.closed


def test_nothing_goes_out_after_what_failed() -> None:
    large = [_large(name) for name in "abc"]
    client = Client([None, KafkaTimeoutError()])
    writer = KafkaWriter(Made(client))

    with pytest.raises(SendFailed):
        writer.send(large)

    assert [value[:1] for _, _, value in client.sent] == [b"a", b"b"]


def test_small_events_go_out_together_and_a_large_one_alone() -> None:
    waves: list[int] = []

    class Counting(Client):
        def send(
            self, topic: str, *, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
        ) -> Promise:
            promise = super().send(topic, key=key, value=value, headers=headers)

            def get(timeout: float) -> Appended:  # noqa: ARG001 - the promise's own
                waves.append(len(self.sent))
                return promise.appended

            promise.get = get  # type: ignore[method-assign]  # notes when it is waited for
            return promise

    client = Counting()
    KafkaWriter(Made(client)).send([*events("ab"), _large("c"), *events("de")])

    # How many were out when each was waited for: a and b, then c, then d and e.
    assert waves == [2, 2, 3, 5, 5]
    assert [value[:1] for _, _, value in client.sent] == [b"a", b"b", b"c", b"d", b"e"]


def test_closing_ends_the_client() -> None:
    client = Client()
    writer = KafkaWriter(Made(client))
    writer.send(events("a"))

    writer.close(1)
    writer.close(1)

    assert client.closed
    with pytest.raises(ValueError, match="closed"):
        writer.send(events("b"))


def _large(name: str) -> Event:
    some = event(name)
    return Event(
        id=some.id,
        type=some.type,
        topic=some.topic,
        key=some.key,
        source=some.source,
        time=some.time,
        data=name.encode() * (WAVE_BYTES + 1),
    )
