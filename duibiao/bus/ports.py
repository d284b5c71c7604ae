"""Ports of the log: what is on it, how it is written and read. No technology here.

Exception
+-- Retry (duibiao.core)   do it again later
|   +-- SendFailed            the log did not take the events, or did not say so
|   +-- LogMismatch           the log is not the one on which the position was taken
+-- UnprocessableRecord                    this record can never be handled: dead-letter it
+-- LogError                  the log cannot be used as it is set up
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from duibiao.contracts.topics import PROTOBUF
from duibiao.core.parts import Part
from duibiao.core.retry import Retry


@dataclass(frozen=True, slots=True)
class Event:
    """One event, as CloudEvents 1.0 names its parts (contract section 4).

    Attributes:
        id: a UUIDv7, the same over resends.
        type: what happened, such as duibiao.submission.accepted.
        topic: the name on the wire, prefix included.
        key: events of one key keep their order.
        source: the service that says so.
        time: when it happened, aware UTC.
        data: the message, encoded as `content_type` says.
        headers: further short texts beside the message.

    """

    id: str
    type: str
    topic: str
    key: str
    source: str
    time: datetime
    data: bytes
    content_type: str = PROTOBUF
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """An event at its place on the log. Offsets rise within (topic, partition), with gaps.

    `follows` is the next offset as it was before this record was read: where the reader stood.
    Whoever finds another one in the database has been overtaken. None when nobody knows.
    """

    event: Event
    partition: int
    offset: int
    follows: int | None = field(default=None, compare=False)


# (topic, partition).
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class End:
    """How far a partition goes, or somebody has come in it.

    `log`: CLUSTER/TOPIC, the ids of both; another one when the topic is recreated. "": not known.
    """

    log: str
    next_offset: int


@dataclass(frozen=True, slots=True)
class Look:
    """The ends of some partitions, none of them older than `began` (of the monotonic clock)."""

    began: float
    ends: Mapping[Place, End]


# (topic, partition) -> the next offset to read, 0 at first; from the reader's own database.
PositionOf = Callable[[str, int], int]


class SendFailed(Retry):
    """Some of the events may not be on the log. Send them all again; ids make that harmless."""


class LogMismatch(Retry):
    """The partition at `place` ends before the position: it is not what was read."""

    def __init__(self, place: Place, text: str) -> None:
        super().__init__(text)
        self.place = place


class LogError(Exception):
    """The log cannot be used as it is set up; the text says why and what to do."""


class UnprocessableRecord(Exception):  # noqa: N818 - an instruction to the worker, read as `raise UnprocessableRecord`
    """The handler will never be able to handle this record, whatever the state: give it up.

    The text is the reason that people will read on the dead letter.
    """


class Producer(Protocol):
    """Writes to the log. Safe to share between threads."""

    def send(self, events: Sequence[Event]) -> Mapping[Place, range]:
        """Append events in this order; return their offsets when ALL of them are durable.

        A range begins at or behind the end that the partition had before, and ends at its new one.

        Raises:
            SendFailed: some may be missing; send all of them again later, in the same order.

        """

    def close(self, timeout: float) -> None:
        """Let go of the log within about `timeout` seconds. Sending afterwards is an error."""


class Consumer(Protocol):
    """Reads topics for one group. Belongs to one thread: only that one may call it."""

    def poll(self, limit: int, timeout: float) -> Sequence[Record]:
        """Return the next records, at most `limit`, in order per partition.

        Waits up to `timeout` seconds for the first; empty when none came. What was returned is
        not returned again until `rewind`. May raise `Retry`.
        """

    def rewind(self) -> None:
        """Forget how far was read: the next poll begins where `PositionOf` says."""

    def lag(self) -> Mapping[str, int]:
        """Return per topic how many records lie beyond those already returned by `poll`."""

    @property
    def rebalances(self) -> int:
        """How often this reader has got another share of the partitions since it began."""

    def close(self, timeout: float) -> None:
        """Let go of the log within about `timeout` seconds."""


class Bus(Part, Protocol):
    """The log. Started before any producer or consumer, stopped after all of them.

    Attributes:
        accepted: id of the cluster to go on with where positions were taken on another; "" = none.

    """

    accepted: str

    def producer(self) -> Producer:
        """Return a producer. May raise `Retry` when the log cannot be reached."""

    def consumer(self, group: str, topics: Sequence[str], positions: PositionOf) -> Consumer:
        """Return a consumer for the calling thread, reading from `positions`. May raise `Retry`.

        Readers of the same group share the partitions of a topic where the log has several.
        One without a group ("") reads all of them alone and leaves no trace.
        """

    def look(self, topics: Sequence[str], since: float) -> Look | None:
        """Return the ends of topics as of `since` or later (monotonic clock).

        None where they are not known yet: they are being asked for. Topics that do not exist are
        left out. May raise `Retry`.
        """
