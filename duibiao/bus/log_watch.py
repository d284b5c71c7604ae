"""Compares how far a reader or a writer has come with the log that is there, over restarts.

A topic that was deleted and recreated has another id; one that lost its end (a power cut, a broker
whose disk was not flushed) ends before the position. Nobody goes on from such a position:

    a reader    reads the partition again from its beginning; what it knows changes nothing
    a writer    publishes again what the topic may have lost

Both happen by themselves within one Kafka cluster. A log of another cluster may be somebody else's,
so it is held: nothing is read or written until an operator names the cluster.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, Protocol

import structlog
from sqlalchemy import Connection

from duibiao.bus.ports import Bus, End, Look, Place
from duibiao.bus.positions import Positions
from duibiao.store import Store

EVERY: Final = 5.0  # seconds between comparisons

# Puts again, in a transaction, what a topic may have lost.
PublishAgain = Callable[[Connection, str], None]

_log = structlog.get_logger(__name__)


def nothing_again(_tx: Connection, _topic: str) -> None:
    """Publish nothing again: what is lost there is told to people only."""


class Watch(Protocol):
    """What a reader or a writer asks; see `LogWatch`."""

    clear: bool
    held: Mapping[str, str]
    mismatches: Mapping[str, int]

    def look(self) -> bool: ...
    def forget(self, distrusted: Collection[Place] = ()) -> None: ...
    def wrote(self, tx: Connection, written: Mapping[Place, range]) -> None: ...


class Unwatched:
    """The watch of whoever does not compare."""

    clear = True
    held: Mapping[str, str] = {}
    mismatches: Mapping[str, int] = {}

    def look(self) -> bool:
        """Find nothing."""
        return False

    def forget(self, distrusted: Collection[Place] = ()) -> None:
        """Know nothing."""

    def wrote(self, tx: Connection, written: Mapping[Place, range]) -> None:
        """Note nothing."""


UNWATCHED: Final = Unwatched()


class LogWatch:
    """The comparison for one reader or writer; belongs to its thread.

    Attributes:
        clear: the log has been compared and is the one that the positions were taken on.
        held: topic -> why nothing is read or written there, in words.
        mismatches: topic -> how often it was another log, or had lost its end. From any thread.

    """

    def __init__(
        self,
        bus: Bus,
        store: Store,
        positions: Positions,
        topics: Sequence[str],
        publish_again: PublishAgain | None = None,
    ) -> None:
        """`publish_again` is given for a writer, whose `positions` are the ends it has seen."""
        self.clear = False
        self.held: Mapping[str, str] = {}
        self.mismatches: Mapping[str, int] = dict.fromkeys(topics, 0)
        self._bus = bus
        self._store = store
        self._positions = positions
        self._topics = tuple(topics)
        self._publish_again = publish_again
        self._stood: Mapping[Place, End] | None = None
        self._since = self._due = 0.0
        self._distrusted: set[Place] = set()

    def look(self) -> bool:
        """Compare where that is due; return whether anything was begun again. May raise `Retry`."""
        if self._stood is None:
            self._stand()
        elif time.monotonic() < self._due:
            return False
        # A look that began later than the positions were read: they cannot be ahead of it.
        look = self._bus.look(self._topics, self._since)
        if look is None:
            return False
        restarted = self._compare(look)
        self._stand()
        self._due = time.monotonic() + EVERY
        return restarted

    def forget(self, distrusted: Collection[Place] = ()) -> None:
        """Compare again before anything else; `distrusted` partitions have lost their end."""
        self._stood = None
        self.clear = False
        self._distrusted |= set(distrusted)

    def wrote(self, tx: Connection, written: Mapping[Place, range]) -> None:
        """Note what was appended, with its going from the outbox.

        Offsets of a partition only rise: where they do not, it has lost its end in between.
        """
        known = self._positions.ends(tx, {topic for topic, _ in written}, hold=True)
        lost = set()
        for place, offsets in written.items():
            before = known.get(place, End("", 0))
            shrunk = offsets.start < before.next_offset
            end = End(before.log, offsets.stop)
            self._positions.put(tx, place, end, restarts=int(shrunk))
            if shrunk:
                _log_mismatch(place, before, End(before.log, offsets.start))
                lost.add(place[0])
        self._again(tx, lost)

    def _stand(self) -> None:
        with self._store.read() as connection:
            self._stood = self._positions.ends(connection, self._topics)
            self.mismatches = {
                **dict.fromkeys(self._topics, 0),
                **self._positions.restarts(connection, self._topics),
            }
        self._since = time.monotonic()

    def _compare(self, look: Look) -> bool:
        stood = self._stood or {}
        strange = {place: end for place, end in look.ends.items() if stood.get(place) is None}
        other = {
            place: end
            for place, end in look.ends.items()
            if place in stood and (self._differs(place, stood[place], end) or not stood[place].log)
        }
        self.held = {
            place[0]: _held(place[0], stood[place], end)
            for place, end in other.items()
            if self._is_foreign(stood[place], end)
        }
        restarted = False
        if not self.held and (strange or other):
            restarted = self._settle(strange | other)
        self.clear = not self.held
        return restarted

    def _settle(self, found: Mapping[Place, End]) -> bool:
        """Take positions on the log that is there; begin again where they were of another."""
        stood = self._stood or {}
        lost = set()
        with self._store.begin() as tx:
            now = self._positions.ends(tx, self._topics, hold=True)
            for place, end in sorted(found.items()):
                before = now.get(place)
                if before != stood.get(place):
                    continue  # another replica was quicker
                if before is None:
                    self._positions.put(tx, place, End(end.log, 0))
                elif self._differs(place, before, end):
                    _log_mismatch(place, before, end)
                    offset = 0 if self._publish_again is None else end.next_offset
                    self._positions.put(tx, place, End(end.log, offset), restarts=1)
                    lost.add(place[0])
                else:
                    self._positions.put(tx, place, End(end.log, before.next_offset))
            self._again(tx, lost)
        self._distrusted -= set(found)
        return bool(lost)

    def _differs(self, place: Place, stood: End, end: End) -> bool:
        another = stood.log not in ("", end.log)
        return another or stood.next_offset > end.next_offset or place in self._distrusted

    def _is_foreign(self, stood: End, end: End) -> bool:
        cluster = _cluster(end.log)
        return bool(stood.log) and cluster not in (_cluster(stood.log), self._bus.accepted)

    def _again(self, tx: Connection, topics: Collection[str]) -> None:
        for topic in sorted(topics):
            if self._publish_again is not None:
                self._publish_again(tx, topic)


def _cluster(log: str) -> str:
    return log.partition("/")[0]


def _held(topic: str, stood: End, end: End) -> str:
    return (
        f"{topic} is on the log of {_cluster(end.log)}, positions were taken on that of "
        f"{_cluster(stood.log)}: set DUIBIAO_ACCEPT_CLUSTER={_cluster(end.log)} if that is meant"
    )


def _log_mismatch(place: Place, before: End, end: End) -> None:
    _log.error(
        "主题被重建或丢失末尾，重新读取或重新发布。"
        "A topic was recreated or lost its end: it is read or published again.",
        topic=place[0],
        partition=place[1],
        position=before.next_offset,
        end=end.next_offset,
        was=before.log,
        now=end.log,
    )
