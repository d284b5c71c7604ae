"""Events for tests of the log, and positions that are kept in memory."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from duibiao.bus import Consumer, Event, Record

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
