"""Publishing heads: how far a chain has come, told to the log, where others keep it.

A chain alone is only a promise: whoever may write its store may write all of it anew. A head that
is kept elsewhere is the witness that this was done.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Final

import structlog
from google.protobuf.message import DecodeError

from duibiao.audit.digests import DIGEST_BYTES
from duibiao.audit.log import AuditLog
from duibiao.audit.records import START, Checkpoint
from duibiao.audit.verify import Published
from duibiao.bus import Bus, Event, Record
from duibiao.bus.outbox import Outbox
from duibiao.bus.reading import everything
from duibiao.contracts.topics import AUDIT_HEADS
from duibiao.contracts.v1 import audit_pb2
from duibiao.core.clock import Clock
from duibiao.core.ids import new_id
from duibiao.core.parts import Loop
from duibiao.core.retry import Retry
from duibiao.store import Store
from duibiao.workdays import from_us, to_us

EVENT_TYPE: Final = "duibiao.audit.head"
HOUR: Final = 3600.0
# At an orderly end the relay gets this long to take the last heads to the log; what is left in
# the outbox goes out at the next start.
_LAST_SECONDS: Final = 1.0
_LOOK: Final = 0.02

_log = structlog.get_logger(__name__)


class CheckpointPublisher(Loop):
    """A part that publishes the heads of some chains: at its start, every hour, at its end.

    It must stop before the relay that empties `outbox`, and after whatever writes the chains.

    Attributes:
        logs: the chains.

    """

    def __init__(
        self,
        service: str,
        logs: Sequence[AuditLog],
        *,
        store: Store,
        outbox: Outbox,
        topic_prefix: str,
        clock: Clock,
        every: float = HOUR,
    ) -> None:
        """`store` and `outbox` are the service's own, whosever the chains are."""
        super().__init__(f"{service} audit heads")
        self.logs = tuple(logs)
        self._service = service
        self._store = store
        self._outbox = outbox
        self._unsent = outbox.source(store)
        self._topic = AUDIT_HEADS.name(topic_prefix)
        self._clock = clock
        self._every = every

    def turn(self) -> None:
        """Publish, then wait."""
        self._publish()
        self.wait(self._every)

    def leave(self) -> None:
        """Publish once more, and let the relay take it."""
        try:
            self._publish()
            self._until_sent()
        except Retry as reason:
            _log.warning("last audit heads not published", part=self.name, reason=str(reason))

    def _publish(self) -> None:
        heads = [(log, log.checkpoint()) for log in self.logs]
        events = [self._event(log, head) for log, head in heads if head != START]
        if events:
            with self._store.begin() as tx:
                self._outbox.put(tx, events)

    def _event(self, log: AuditLog, head: Checkpoint) -> Event:
        now = self._clock.now()
        told = audit_pb2.AuditHead(
            chain=log.chain, sequence=head.sequence, hash=head.hash, published_us=to_us(now)
        )
        return Event(
            id=new_id(self._clock),
            type=EVENT_TYPE,
            topic=self._topic,
            key=log.chain,
            source=self._service,
            time=now,
            data=told.SerializeToString(),
            content_type=AUDIT_HEADS.content_type,
        )

    def _until_sent(self) -> None:
        deadline = time.monotonic() + _LAST_SECONDS
        while self._unsent.pending(1) and time.monotonic() < deadline:
            time.sleep(_LOOK)


class UnreadableHeadError(Exception):
    """Something on the topic is no head of a chain."""


def published_heads(bus: Bus, topic: str) -> Mapping[str, Sequence[Published]]:
    """Return all heads on the log, by chain. May raise `Retry`.

    Raises:
        UnreadableHeadError: the topic holds something else, too.

    """
    heads: dict[str, list[Published]] = {}
    for record in everything(bus, topic):
        chain, published = _read(record)
        heads.setdefault(chain, []).append(published)
    return heads


def _read(record: Record) -> tuple[str, Published]:
    try:
        told = audit_pb2.AuditHead.FromString(record.event.data)
        head = Checkpoint(told.sequence, told.hash)
        published = Published(head, from_us(told.published_us))
    except (DecodeError, OverflowError) as error:
        raise UnreadableHeadError(f"offset {record.offset}: {error}") from error
    if head.sequence < 1 or len(head.hash) != DIGEST_BYTES:
        raise UnreadableHeadError(f"offset {record.offset}: no head of a chain")
    return told.chain, published
