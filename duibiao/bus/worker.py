"""The worker: reads topics and has each record handled, effect and position in ONE commit.

What a handler raises is an instruction:

    Retry    (StoreUnavailable ...) nothing is wrong with the record: wait and do it again
    UnprocessableRecord   the record can never be handled: dead letter, go on
    StoreError  the store is not as it must be, the record may be well: end the process
    another  tried a few times more, then as UnprocessableRecord; the traceback is logged
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog
from sqlalchemy import Connection

from duibiao.bus.dead_letters import DeadLetters
from duibiao.bus.limits import Limits
from duibiao.bus.log_watch import LogWatch
from duibiao.bus.outbox import Outbox
from duibiao.bus.ports import Bus, Consumer, Event, LogMismatch, Record, UnprocessableRecord
from duibiao.bus.positions import FencedOut, Positions
from duibiao.core.failpoints import failpoint, named
from duibiao.core.parts import Loop
from duibiao.core.retry import Backoff, Retry
from duibiao.store import Store, StoreError, StoreUnavailable
from duibiao.store.config_lease import ALWAYS, Lease

# Puts the effect of a record in the transaction; True: that was done before, and not again.
Handle = Callable[[Connection, Record], bool | None]

CLOSING = 2.0
_LOOKING = 0.05  # seconds between looks before the log has been seen

# What else is to be told of a record that was given up.
OfDeadLetter = Callable[[Record], Iterable[Event]]

_log = structlog.get_logger(__name__)


class LeaseLost(Retry):
    """The work is others' to do just now; nothing was done."""


class DeadLetterCircuitOpen(Retry):
    """Too much of what came was poison: the fault is likelier ours than the records'.

    The worker stands at the record and tries it again. It does not end the process: whoever starts
    that anew would let it give up as many records once more each time, until none is left.
    """


_LIMITS = Limits()


class Worker(Loop):
    """A part that handles the records of some topics for one service.

    Many records share a transaction; when one of them fails, all of it is rolled back and they
    are handled one by one. `handle(tx, record)` must put every effect in `tx` and nowhere else;
    what it keeps in memory must be put right in `after_rollback`.

    It works while it has the `lease`. Without it, it leaves the group, so that the records go to
    those that have it; every transaction asks, so that not one is handled or given up without.

    Attributes:
        dead: dead letters since the start.
        repeats: records since the start whose effect was there already.
        lag: records per topic that wait, as of about a second ago.
        rebalances: how often it has got another share of the partitions.
        watch: sees whether the log is the one that was read; nothing is read before it has looked.

    """

    def __init__(  # noqa: PLR0913 - a worker joins that many things
        self,
        name: str,
        *,
        bus: Bus,
        group: str,
        topics: Sequence[str],
        store: Store,
        positions: Positions,
        handle: Handle,
        outbox: Outbox,
        dead_letters: DeadLetters,
        of_dead_letter: OfDeadLetter = lambda _: (),
        after_commit: Callable[[], None] = lambda: None,
        after_rollback: Callable[[], None] = lambda: None,
        lease: Lease = ALWAYS,
        limits: Limits = _LIMITS,
    ) -> None:
        super().__init__(name, background=limits.rest > 0)
        self.dead = 0
        self.repeats = 0
        self.lag: Mapping[str, int] = dict.fromkeys(topics, 0)
        self.rebalances = self._rebalances_before = 0
        self._bus = bus
        self._group = group
        self._topics = tuple(topics)
        self._store = store
        self._positions = positions
        self._handle = handle
        self._outbox = outbox
        self._dead_letters = dead_letters
        self._of_dead_letter = of_dead_letter
        self.watch = LogWatch(bus, store, positions, topics)
        self._after_commit = after_commit
        self._after_rollback = after_rollback
        self._lease = lease
        self._limits = limits
        self._given_up: deque[bool] = deque(maxlen=limits.window)
        self._consumer: Consumer | None = None
        self._last_response_at = self._measured = float("-inf")
        self._began: float | None = None
        self._moved = 0.0
        self._before_commit = named(name, "before-commit")
        self._committed = named(name, "after-commit")

    @property
    def acts(self) -> bool:
        """Whether it does its work, or has stepped aside."""
        return self._lease.acts and self._store.clock.right

    @property
    def clock_skew(self) -> float | None:
        """Seconds by which the clock of this process is ahead of the database's, if it has one."""
        return self._store.clock.skew

    def still_for(self) -> float:
        """Return for how many seconds there was something to read and nothing has moved.

        A turn that does not come back counts, whatever it is at. What the log or the store cannot
        do just now does not: that is told elsewhere, and starting anew would not mend it.
        """
        if self._began is None or self.stopping or self.failed is not None:
            return 0.0
        return time.monotonic() - min(self._began, self._moved)

    def turn(self) -> None:
        """Poll once and handle what came.

        Raises:
            StoreError: the store is not as it must be; no record was given up for that.

        """
        if self._began is None:
            self._move()
        self._began = time.monotonic()
        try:
            self._turn()
        except FencedOut:
            raise
        except Retry:
            self._move()
            raise

    def _turn(self) -> None:
        if not self.acts:
            self._leave_the_log()
            self.watch.forget()
            self.lag = dict.fromkeys(self._topics, 0)  # whoever has our share measures it
            self._move()
            self.wait(self._limits.wait)
            return
        if self.watch.look():
            self._leave_the_log()  # what its client knows is of the log that was
        if not self.watch.clear:
            self._leave_the_log()
            self._move()
            self.wait(_LOOKING)
            return
        if self._consumer is None:
            self._consumer = self._bus.consumer(self._group, self._topics, self._position)
            self._last_response_at = time.monotonic()
        try:
            with self._dropping_a_stale_client():
                records = self._consumer.poll(self._limits.batch, self._limits.wait)
        except LogMismatch as mismatch:
            self.watch.forget([mismatch.place])
            self._leave_the_log()
            raise
        try:
            done = self._work(records)
        except Retry as reason:
            self._consumer.rewind()
            if isinstance(reason, DeadLetterCircuitOpen):
                self._measure(self._consumer)  # that it stands must show
            raise
        finally:
            if records:  # however long they took: meanwhile nobody asked the log
                self._last_response_at = time.monotonic()
        if done < len(records):
            self._consumer.rewind()
        self._measure(self._consumer)
        self._stopping.wait(self._limits.rest if records else 0.0)

    @contextmanager
    def _dropping_a_stale_client(self) -> Iterator[None]:
        """Ask the log; drop a client that has had no response for too long."""
        try:
            yield
        except StoreUnavailable:  # where we stand is asked as well
            raise
        except Retry:
            if time.monotonic() - self._last_response_at >= self._limits.stale:
                _log.warning("stale client of the log is recreated", part=self.name)
                self._leave_the_log()
            raise

    def leave(self) -> None:
        """Close the consumer."""
        self._leave_the_log()

    def _leave_the_log(self) -> None:
        if self._consumer is None:
            return
        consumer, self._consumer = self._consumer, None
        self._rebalances_before += consumer.rebalances
        consumer.close(CLOSING)

    def _position(self, topic: str, partition: int) -> int:
        with self._store.read() as connection:
            return self._positions.of(connection, topic, partition)

    def _work(self, records: Sequence[Record]) -> int:
        """Handle records; return how many. The rest is for another turn."""
        until = time.monotonic() + self._limits.longest
        done = 0
        try:
            while done < len(records) and not self.stopping and time.monotonic() < until:
                done += self._together(records[done:])
        except (Retry, StoreError):
            raise
        except Exception:  # noqa: BLE001 - a handler may raise anything; one by one will tell
            for record in records[done:]:
                if self.stopping or time.monotonic() >= until:
                    break
                self._alone(record)
                done += 1
        return done

    def _together(self, records: Sequence[Record]) -> int:
        """Handle records in one transaction until its time is up; return how many."""
        until = time.monotonic() + self._limits.budget
        handled: dict[tuple[str, int], Record] = {}  # the last one of each
        done = repeats = 0
        with self._transaction() as tx:
            for record in records:
                place = record.event.topic, record.partition
                if place not in handled:
                    self._positions.expect(tx, record)
                repeats += bool(self._handle(tx, record))
                handled[place] = record
                done += 1
                if time.monotonic() >= until:
                    break
            for last in handled.values():
                self._positions.save(tx, last)
        self.repeats += repeats
        self._given_up.extend([False] * done)
        self._move()
        return done

    def _move(self) -> None:
        self._moved = self._began = time.monotonic()

    def _alone(self, record: Record) -> None:
        """Handle one record, or give it up. Returns without either when the end is asked for."""
        backoff = Backoff(self._limits.pause)
        for left in reversed(range(self._limits.tries)):
            try:
                self._together([record])
            except (Retry, StoreError):
                raise
            except UnprocessableRecord as poison:
                self._give_up(record, str(poison))
                return
            except Exception as error:  # noqa: BLE001 - a handler may raise anything
                _log.exception("record failed", part=self.name, left=left, **_about(record))
                if not left:
                    self._give_up(record, f"{type(error).__name__}: {error}")
                    return
                if self._stopping.wait(backoff.next()):
                    return
            else:
                return

    def _give_up(self, record: Record, reason: str) -> None:
        if sum(self._given_up) >= self._limits.dead_letters:
            event = record.event
            raise DeadLetterCircuitOpen(
                f"{self._limits.dead_letters} of the last {len(self._given_up)} records could not "
                f"be handled, nor can the next one, {event.topic}/{record.partition}/"
                f"{record.offset}, because: {reason}"
            )
        with self._transaction() as tx:
            self._positions.expect(tx, record)
            self._positions.save(tx, record)
            letter = self._dead_letters.letter_of(record, reason)
            self._outbox.put(tx, [letter, *self._of_dead_letter(record)])
        self._given_up.append(True)
        self.dead += 1
        self._move()
        _log.error("record dead-lettered", part=self.name, reason=reason, **_about(record))

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._store.begin() as tx:
                self._admit(tx)
                yield tx
                failpoint(self._before_commit)
        except BaseException:
            self._after_rollback()
            raise
        failpoint(self._committed)
        self._after_commit()

    def _admit(self, tx: Connection) -> None:
        if not self._lease.look(tx):
            raise LeaseLost("another register or calendar is in force")

    def _measure(self, consumer: Consumer) -> None:
        now = time.monotonic()
        if now - self._measured >= self._limits.measure:
            self._measured = now
            self.rebalances = self._rebalances_before + consumer.rebalances
            with self._dropping_a_stale_client():
                self.lag = consumer.lag()
            self._last_response_at = time.monotonic()
            if not any(self.lag.values()):
                self._moved = now


def held(workers: Iterable[Worker]) -> list[tuple[str, str]]:
    """Say why workers do not read: the log is not the one on which their positions were taken."""
    said = "日志不是记录读取位置时的日志，已暂停读取"
    return [(reason, said) for worker in workers for reason in worker.watch.held.values()]


def _about(record: Record) -> dict[str, object]:
    event = record.event
    return {
        "topic": event.topic,
        "partition": record.partition,
        "offset": record.offset,
        "event_id": event.id,
    }
