"""What is accepted and not yet on the log: for the relay to send, and counted against a cap."""

import threading
from collections.abc import Sequence

from sqlalchemy import delete, func, select

from duibiao.bus import Event
from duibiao.bus.outbox import last_of_a_batch
from duibiao.store import Store
from services.ingest.adapters.tables import SUBMISSIONS, UNSENT
from services.ingest.domain.moments import from_microseconds

SOURCE = "ingest"
EVENT_TYPE = "duibiao.submission.accepted"
COUNT_EVERY = 5.0  # seconds

_BESIDE = UNSENT.c.id == SUBMISSIONS.c.id
_SIZES = (
    select(UNSENT.c.number, func.length(SUBMISSIONS.c.payload))
    .join_from(UNSENT, SUBMISSIONS, _BESIDE)
    .order_by(UNSENT.c.number)
)
_WAITING = (
    select(
        UNSENT.c.number,
        SUBMISSIONS.c.id,
        SUBMISSIONS.c.org,
        SUBMISSIONS.c.received_us,
        SUBMISSIONS.c.payload,
    )
    .join_from(UNSENT, SUBMISSIONS, _BESIDE)
    .order_by(UNSENT.c.number)
)


class Backlog:
    """The submissions as an outbox (an `OutboxSource`): the stored record is what is sent."""

    def __init__(self, store: Store, topic: str, most: int) -> None:
        """`topic` is the name on the wire; `most` submissions may wait for the log."""
        self._store = store
        self._topic = topic
        self._most = most
        self._lock = threading.Lock()
        self._count = 0
        self.count()

    @property
    def full(self) -> bool:
        """Whether no more may be accepted before some have been sent."""
        return self._count >= self._most

    def not_ready(self) -> Sequence[str]:
        """Say why no more may be accepted; empty when they may."""
        return ("backlog full",) if self.full else ()

    def count(self) -> None:
        """Count anew: replicas take submissions in, too, and one of them sends all.

        Whoever is answered meanwhile does not wait for it; what they add may be missed until the
        next time.
        """
        query = select(func.count()).select_from(UNSENT)
        with self._store.read() as connection:
            counted = connection.execute(query).scalar_one()
        with self._lock:
            self._count = counted

    def grew(self, by: int) -> None:
        """Take note of submissions that were written."""
        with self._lock:
            self._count += by

    def pending(self, limit: int) -> Sequence[tuple[int, Event]]:
        """Return the oldest submissions not yet sent, in the order of their commits."""
        with self._store.read() as connection:
            last = last_of_a_batch(connection.execute(_SIZES.limit(limit)))
            if last is None:
                return []
            query = _WAITING.where(UNSENT.c.number <= last)
            return [
                (
                    row.number,
                    Event(
                        id=row.id,
                        type=EVENT_TYPE,
                        topic=self._topic,
                        key=row.org,
                        source=SOURCE,
                        time=from_microseconds(row.received_us),
                        data=row.payload,
                    ),
                )
                for row in connection.execute(query)
            ]

    def sent(self, ids: Sequence[int]) -> None:
        """Take note that these are durable on the log."""
        with self._store.begin() as tx:
            gone = tx.execute(delete(UNSENT).where(UNSENT.c.number.in_(ids))).rowcount
        with self._lock:
            self._count -= gone
