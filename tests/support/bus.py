"""The log in tests: events by name, positions in memory, and a log that can be made to fail.

`MemoryBus` has offsets, drops resent ids as the SQLite log does, and keeps no thread.
"""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from duibiao.bus import Consumer, End, Event, Look, Place, PositionOf, Record, SendFailed
from duibiao.core import Retry

TOPIC = "duibiao.things.v1"
WHEN = datetime(2021, 3, 25, 1, 2, 3, 456789, tzinfo=UTC)


def event(name: str, *, key: str = "tax-bureau", topic: str = TOPIC) -> Event:
    """An event whose data says its name; ids are names too, for the eye."""
    return Event(
        id=f"id-{name}",
        type="duibiao.thing.happened",
        topic=topic,
        key=key,
        source="ingest",
        time=WHEN,
        data=name.encode(),
    )


def events(names: Iterable[str], *, key: str = "tax-bureau", topic: str = TOPIC) -> list[Event]:
    return [event(name, key=key, topic=topic) for name in names]


def names(records: Iterable[Record]) -> list[str]:
    return [record.event.data.decode() for record in records]


class KeptPositions:
    """What a service's database would say."""

    def __init__(self) -> None:
        self._next: dict[tuple[str, int], int] = {}

    def __call__(self, topic: str, partition: int) -> int:
        return self._next.get((topic, partition), 0)

    def handled(self, records: Sequence[Record]) -> None:
        for record in records:
            self._next[record.event.topic, record.partition] = record.offset + 1


def drain(consumer: Consumer, count: int, *, limit: int = 100) -> list[Record]:
    """Poll until `count` records came; at most so many polls that a stuck log shows."""
    found: list[Record] = []
    for _ in range(count + 20):
        found += consumer.poll(limit, 0.5)
        if len(found) >= count:
            return found
    raise AssertionError(f"{len(found)} of {count} records came: {names(found)}")


class MemoryBus:
    name = "log"
    failed: BaseException | None = None
    accepted = ""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.log = "memory/1"  # another one: the log was recreated
        self.sends = 0
        self.polls = 0
        self.closed: list[str] = []
        self.send_fails = 0  # so many of the next sends fail, after they have been appended
        self.poll_fails = 0
        self.open_fails = 0
        self.lag_fails = 0
        self.deaf = False  # polls come back empty, whatever there is to read
        self.lets_in = 1  # consumers made before another number was set hear nothing any more
        self._turn = threading.Lock()

    def start(self) -> None:
        pass

    def stop(self, timeout: float) -> None:
        pass

    def producer(self) -> "MemoryProducer":
        self._maybe_closed()
        return MemoryProducer(self)

    def consumer(
        self, group: str, topics: Sequence[str], positions: PositionOf
    ) -> "MemoryConsumer":
        self._maybe_closed()
        return MemoryConsumer(self, group, topics, positions)

    def look(self, topics: Sequence[str], since: float) -> Look | None:
        with self._turn:
            end = End(self.log, len(self.records))
        return Look(max(since, time.monotonic()), {(topic, 0): end for topic in topics})

    def append(self, *events: Event) -> None:
        with self._turn:
            known = {record.event.id for record in self.records}
            for event in events:
                if event.id not in known:
                    self.records.append(Record(event, 0, len(self.records)))

    @property
    def events(self) -> list[Event]:
        return [record.event for record in self.records]

    def _maybe_closed(self) -> None:
        if self.open_fails:
            self.open_fails -= 1
            raise Retry("no log")


class MemoryProducer:
    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus

    def send(self, events: Sequence[Event]) -> Mapping[Place, range]:
        self._bus.sends += 1
        self._bus.append(*events)
        if self._bus.send_fails:
            self._bus.send_fails -= 1
            raise SendFailed("no answer")
        end = len(self._bus.records)
        return {(event.topic, 0): range(end, end) for event in events}

    def close(self, timeout: float) -> None:
        assert timeout > 0
        self._bus.closed.append("producer")


class MemoryConsumer:
    def __init__(
        self, bus: MemoryBus, group: str, topics: Sequence[str], positions: PositionOf
    ) -> None:
        self.group = group
        self._bus = bus
        self._topics = topics
        self._positions = positions
        self._next: dict[str, int] = {}
        self._was_let_in = bus.lets_in
        self.rebalances = 1

    def poll(self, limit: int, timeout: float) -> Sequence[Record]:
        self._bus.polls += 1
        if self._bus.poll_fails:
            self._bus.poll_fails -= 1
            raise Retry("no log")
        for topic in self._topics:
            self._position(topic)
        ahead = [record for record in self._bus.records if self._is_ahead(record)]
        found = [] if self._bus.deaf or self._is_shut_out() else ahead[:limit]
        found = [self._taken(record) for record in found]
        if not found:
            threading.Event().wait(min(timeout, 0.001))
        return found

    def rewind(self) -> None:
        self._next.clear()

    def _taken(self, record: Record) -> Record:
        follows = self._position(record.event.topic)
        self._next[record.event.topic] = record.offset + 1
        return replace(record, follows=follows)

    def _is_shut_out(self) -> bool:
        return self._was_let_in != self._bus.lets_in

    def lag(self) -> Mapping[str, int]:
        if self._is_shut_out() or self._bus.lag_fails:
            self._bus.lag_fails = max(0, self._bus.lag_fails - 1)
            raise Retry("no answer")
        ahead = [record.event.topic for record in self._bus.records if self._is_ahead(record)]
        return {topic: ahead.count(topic) for topic in self._topics}

    def close(self, timeout: float) -> None:
        assert timeout > 0
        self._bus.closed.append("consumer")

    def _is_ahead(self, record: Record) -> bool:
        topic = record.event.topic
        return topic in self._topics and record.offset >= self._position(topic)

    def _position(self, topic: str) -> int:
        if topic not in self._next:
            self._next[topic] = self._positions(topic, 0)
        return self._next[topic]
