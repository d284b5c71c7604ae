"""Reading Kafka from positions that the service keeps in its own database.

No rebalance listener and no committed offset is trusted: whenever the share of partitions is
another one, everything is sought anew from the positions, and what was fetched from anywhere
else is dropped. A reader whose share went to somebody else notices at the latest when it wants
to commit: its position is then not the one that stands (duibiao/bus/positions.py).
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from kafka.structs import OffsetAndMetadata, TopicPartition

from duibiao.bus.kafka_clients import SPARE, Brokers, let_go, translate_errors, within
from duibiao.bus.kafka_events import Raw, event_of
from duibiao.bus.ports import LogMismatch, PositionOf, Record

TELL_EVERY = 5.0  # seconds between notes to the group of how far we are, for lag tools

Share = tuple[int, frozenset[TopicPartition]]

_log = structlog.get_logger(__name__)


class KafkaReader:
    """A consumer on the thread that made it."""

    def __init__(
        self, brokers: Brokers, group: str, topics: Sequence[str], positions: PositionOf
    ) -> None:
        """Connect. Raises `Retry` when the cluster does not answer."""
        self.rebalances = 0
        self._brokers = brokers
        self._group = group
        self._topics = tuple(topics)
        self._positions = positions
        self._share: Share | None = None
        self._generation = -1
        self._next: dict[TopicPartition, int] = {}
        self._committed_at = time.monotonic()
        limit = brokers.pace.connect + SPARE
        with translate_errors("connecting to Kafka"):
            self._client: Any = within(
                limit, "connecting", lambda: brokers.consumer(group, self._topics)
            )

    def poll(self, limit: int, timeout: float) -> Sequence[Record]:
        """Return the next records of our share of the partitions.

        Raises:
            LogMismatch: the log ends before our position: it is not the log that we have read.

        """
        until = time.monotonic() + timeout
        while True:
            self._settle()
            left = max(0.0, until - time.monotonic())
            with translate_errors("reading from Kafka"):
                self._commit_to_group()
                found = self._client.poll(timeout_ms=int(left * 1000), max_records=limit)
            if self._settle():
                found = {}  # read from wherever the group once stood
            records = [self._advance(raw) for raws in found.values() for raw in raws]
            if records or time.monotonic() >= until:
                return records

    def rewind(self) -> None:
        """Read again from the positions."""
        self._share = None

    def lag(self) -> Mapping[str, int]:
        """Count what lies beyond what was returned, of our share; of everything before we have one.

        A reader that waits for its share must not look as if nothing waited for it.
        """
        with translate_errors("measuring the lag"):
            places = self._places()
            ends = self._client.end_offsets(
                places, timeout_ms=round(self._brokers.pace.request * 1000)
            )
        lag = dict.fromkeys(self._topics, 0)
        for place, end in ends.items():
            lag[place.topic] += max(0, end - self._position(place))
        return lag

    def close(self, timeout: float) -> None:
        """Leave the group, so that the others need not miss us first."""
        limit = {"timeout_ms": timeout * 1000}
        let_go(self._client, timeout, autocommit=False, **limit)

    def _settle(self) -> bool:
        """Seek to the positions when our share is another one; tell whether it was."""
        generation = self._client.group_metadata().generation_id if self._group else 0
        share: Share = generation, frozenset(self._client.assignment())
        if share == self._share:
            return False
        if generation not in (self._generation, -1):
            self.rebalances += self._generation != -1
            self._generation = generation
        places = {
            place: self._positions(place.topic, place.partition) for place in sorted(share[1])
        }
        for place, offset in places.items():
            try:
                self._client.seek(place, offset)
            except ValueError:  # taken from us this very moment
                return True
        self._next = places
        self._share = share
        return True

    def _advance(self, raw: Raw) -> Record:
        place = TopicPartition(raw.topic, raw.partition)
        follows = self._next[place]
        about = {"topic": raw.topic, "partition": raw.partition}
        if raw.offset < follows:
            raise LogMismatch(
                (raw.topic, raw.partition),
                f"{raw.topic}/{raw.partition} gave offset {raw.offset} where {follows} was next: "
                "the topic was recreated, or lost its end",
            )
        if raw.offset > follows > 0:
            _log.error("records are gone unread", **about, first=follows, last=raw.offset - 1)
        self._next[place] = raw.offset + 1
        return Record(event_of(raw), raw.partition, raw.offset, follows)

    def _places(self) -> list[TopicPartition]:
        if self._share is not None and self._share[0] >= 0:
            return list(self._share[1])
        limit = self._brokers.pace.request + SPARE
        partitions = within(
            limit,
            "asking for partitions",
            lambda: {topic: self._client.partitions_for_topic(topic) for topic in self._topics},
        )
        return [TopicPartition(topic, one) for topic in partitions for one in partitions[topic]]

    def _position(self, place: TopicPartition) -> int:
        known = self._next.get(place) if self._share is not None else None
        return self._positions(place.topic, place.partition) if known is None else known

    def _commit_to_group(self) -> None:
        # What was returned before is handled by now, or was rewound. Nothing of ours reads it.
        due = self._committed_at + TELL_EVERY
        if not self._group or self._share is None or time.monotonic() < due:
            return
        self._committed_at = time.monotonic()
        offsets = {
            place: OffsetAndMetadata(offset, "", -1)
            for place, offset in self._next.items()
            if offset
        }
        if offsets:
            self._client.commit_async(offsets, callback=_commit_answered)


def _commit_answered(_offsets: object, answer: object) -> None:
    if isinstance(answer, Exception):
        _log.debug("the group was not told", reason=repr(answer))
