"""What is accepted and not settled: for the relay to send, and again where it may be lost.

A submission is settled by its outcome. One that is on the log and is not settled is published again

    when a later one of its org is settled: the reader has passed the place where it was
    when it is the oldest one of its org and its time is up: it is appended to the log, so that its
        outcome tells of all before it; one of an org at a time, so that a reader that is only slow
        is not sent its whole backlog once more
    when the log was recreated or has lost its end: all of them

at most `TIMES` times; the reader applies a submission once, however often it comes.
"""

import threading
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import sqlalchemy as sa
import structlog

from duibiao.bus import Event
from duibiao.bus.outbox import SENT, Note, batch_of, unnoted
from duibiao.core import Clock
from duibiao.store import Store
from services.ingest.adapters.tables import SUBMISSIONS, UNSETTLED
from services.ingest.domain.times import from_microseconds, microseconds

SOURCE: Final = "ingest"
EVENT_TYPE: Final = "duibiao.submission.accepted"
COUNT_EVERY: Final = 5.0  # seconds
TIMES: Final = 3  # that a submission is published again
_PASSED: Final = 0  # in the place of the moment at which it was sent
_AT_ONCE: Final = 1_000
_LOOKS: Final = 10  # for what is overdue, in the time that a submission has

_U = UNSETTLED.c
_UNSENT = _U.sent_us.is_(None)
_S = SUBMISSIONS.c
_BESIDE = _U.id == _S.id
_BATCH = batch_of(
    sa.select(_U.number, sa.func.length(_S.payload).label("size"))
    .join_from(UNSETTLED, SUBMISSIONS, _BESIDE)
    .where(_UNSENT, _U.number.not_in(SENT))
)
_WAITING = (
    sa.select(_U.number, _S.id, _S.org, _S.received_us, _S.payload)
    .join_from(UNSETTLED, SUBMISSIONS, _BESIDE)
    .join(_BATCH, _BATCH.c.number == _U.number)
    .order_by(_U.number)
)
_SENT = (
    sa.update(UNSETTLED)
    .where(_U.number == sa.bindparam("one"), _UNSENT)
    .values(sent_us=sa.bindparam("now"))
)
_FORGET = (
    sa.delete(UNSETTLED)
    .where(_U.id == sa.bindparam("one"))
    .returning(_U.number, _U.org, _U.sent_us, _U.times)
)
_PASS = (
    sa.update(UNSETTLED)
    .where(_U.org == sa.bindparam("the_org"), _U.number < sa.bindparam("before"))
    .where(_U.sent_us > _PASSED)
    .values(sent_us=_PASSED)
)
_log = structlog.get_logger(__name__)


class Backlog:
    """The submissions as an outbox (an `OutboxSource`): the stored record is what is sent.

    Attributes:
        republished: submissions published again since the start.
        unsettled: those that are not settled though they were published again `TIMES` times.

    """

    def __init__(
        self, store: Store, clock: Clock, topic: str, *, most: int, settle_seconds: float
    ) -> None:
        """`topic` is the name on the wire; `most` submissions may wait for the log.

        `settle_seconds`: how long after its sending the oldest one of an org may be unsettled.
        """
        self.republished = 0
        self.unsettled = 0
        self._store = store
        self._clock = clock
        self._topic = topic
        self._most = most
        self._settle_seconds = settle_seconds
        self._looked = float("-inf")
        self._lock = threading.Lock()
        self._count = 0
        self.count()

    @property
    def full(self) -> bool:
        """Whether no more may be accepted before some have been sent."""
        return self._count >= self._most

    def not_ready(self) -> Sequence[tuple[str, str]]:
        """Say why no more may be accepted, in English and Chinese; empty when they may."""
        return (("backlog full", "待发送的报送过多"),) if self.full else ()

    def count(self) -> None:
        """Count anew: replicas take submissions in, too, and one of them sends all.

        Whoever is answered meanwhile does not wait for it; what they add makes it void.
        """
        given_up = sa.select(sa.func.count()).where(_U.times >= TIMES, _U.sent_us < self._overdue())
        with self._store.read() as connection:
            known = self._count
            counted = connection.execute(sa.select(sa.func.count()).where(_UNSENT)).scalar_one()
            with self._lock:
                if self._count == known:
                    self._count = counted
            self.unsettled = connection.execute(given_up).scalar_one()

    def grew(self, by: int) -> None:
        """Take note of submissions that were written."""
        with self._lock:
            self._count += by

    def pending(self, limit: int, sent: Collection[int] = ()) -> Sequence[tuple[int, Event]]:
        """Return the oldest submissions to be sent, in the order of their commits."""
        now = self._clock.monotonic()
        if now >= self._looked + self._settle_seconds / _LOOKS:
            self._looked = now
            self._publish_overdue()
        with self._store.read() as connection:
            rows = connection.execute(_WAITING, {"limit": limit, "sent": [*sent]})
            return [(number, self._event(*row)) for number, *row in rows]

    def sent(self, ids: Sequence[int], note: Note = unnoted) -> None:
        """Take note that these are durable on the log."""
        now = microseconds(self._clock.now())
        sent = [{"one": number, "now": now} for number in ids]
        with self._store.begin() as tx:
            if sent:
                tx.execute(_SENT, sent)
            note(tx)  # what it finds lost is among them
        self.grew(-len(sent))

    def publish_all_again(self, tx: sa.Connection, _topic: str) -> None:
        """Put in once more whatever is on the log and not settled: the log may have lost it."""
        self._again(tx, _U.sent_us.is_not(None), afresh=True)

    def _publish_overdue(self) -> None:
        with self._store.read() as connection:
            numbers = overdue(connection, self._overdue())
        if numbers:
            with self._store.begin() as tx:
                self._again(tx, _U.number.in_(numbers))

    def _again(
        self, tx: sa.Connection, which: sa.ColumnElement[bool], *, afresh: bool = False
    ) -> None:
        """Give submissions new numbers, behind all others, so that numbers rise along the log."""
        rows = tx.execute(sa.select(UNSETTLED).where(which).order_by(_U.number).with_for_update())
        found = rows.all()
        for start in range(0, len(found), _AT_ONCE):
            some = found[start : start + _AT_ONCE]
            tx.execute(sa.delete(UNSETTLED).where(_U.number.in_([row.number for row in some])))
            again = [
                {"id": row.id, "org": row.org, "times": 1 if afresh else row.times + 1}
                for row in some
            ]
            tx.execute(sa.insert(UNSETTLED), again)
        if found:
            _log.warning("submissions are published again", count=len(found), first=found[0].id)
        self.republished += len(found)
        self.grew(len(found))

    def _overdue(self) -> int:
        """Return before which moment a submission must have been sent to be overdue."""
        return microseconds(self._clock.now()) - round(self._settle_seconds * 1_000_000)

    def _event(self, ident: str, org: str, received_us: int, payload: bytes) -> Event:
        return Event(
            id=ident,
            type=EVENT_TYPE,
            topic=self._topic,
            key=org,
            source=SOURCE,
            time=from_microseconds(received_us),
            data=payload,
        )


def overdue(connection: sa.Connection, before: int) -> Iterable[int]:
    """Return the numbers of those to be published again; `before`: sent earlier is overdue."""
    left = _U.times < TIMES
    passed = sa.select(_U.number).where(_U.sent_us == _PASSED, left)
    # An org that was asked after lately has had its turn.
    asked = sa.select(_U.org).where(_U.times > 0, sa.or_(_UNSENT, _U.sent_us >= before))
    oldest = (
        sa.select(sa.func.min(_U.number))
        .where(_U.sent_us > _PASSED, _U.sent_us < before, left, _U.org.not_in(asked))
        .group_by(_U.org)
    )
    return [*connection.scalars(passed.limit(_AT_ONCE)), *connection.scalars(oldest)]


def settled(tx: sa.Connection, submission_id: str) -> None:
    """Take note that a submission is settled; those of its org sent before it have been passed."""
    row = tx.execute(_FORGET, {"one": submission_id}).one_or_none()
    # Its outcome may come before the note that it was sent; what is published again is behind all.
    if row is not None and (row.sent_us is not None or row.times == 0):
        tx.execute(_PASS, {"the_org": row.org, "before": row.number})
