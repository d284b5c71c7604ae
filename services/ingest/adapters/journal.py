"""The journal: requests that wait for the disk are committed together, by one thread.

A commit with `synchronous=FULL` waits for the disk; a hundred requests in one commit wait once.
The answer goes out only after the commit. A batch that fails is written one by one, so that one
request never fails another.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from duibiao.audit import Act, AuditLog
from duibiao.core import Loop, Retry
from duibiao.core.failpoints import failpoint
from duibiao.store import Store, StoreUnavailable, StoreUncertain
from duibiao.store.rows import insert_rows
from services.ingest.adapters.backlog import Backlog
from services.ingest.adapters.receipts import Receipts
from services.ingest.adapters.tables import REMARKS, REPEATS, SUBMISSIONS, UNSETTLED
from services.ingest.domain.moments import microseconds
from services.ingest.ports import BacklogFull, EarlierRequest, IdempotencyKeyUsed, StoredSubmission

_BATCH = 500
_BATCH_BYTES = 16 * 1024 * 1024
_IDLE = 1.0
_REST = 0.005  # seconds at most between two commits, for as many as can to share one
_ANSWER = 6.0  # seconds within which a request is answered, whatever the database does
_DOUBT = 5.0  # seconds in which is looked for whether a commit stands whose answer was lost
_LOOK = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    entry: StoredSubmission
    done: "asyncio.Future[None]"
    loop: asyncio.AbstractEventLoop


class GroupJournal(Loop):
    """The `Journal` of the process; a part, whose thread is the only one that writes entries."""

    def __init__(
        self, store: Store, receipts: Receipts, backlog: Backlog, most: int, audit: AuditLog
    ) -> None:
        """`most`: requests that may wait for the disk at once."""
        super().__init__("ingest-journal")
        self._store = store
        self._receipts = receipts
        self._backlog = backlog
        self._most = most
        self._audit = audit
        self._waiting: deque[_Waiting] = deque()
        self._called = False

    def find(self, scope: str, key: str) -> EarlierRequest | None:
        """Return the request that was accepted with this key."""
        return self._receipts.kept(scope, key)

    async def write(self, entry: StoredSubmission) -> None:
        """Return once the entry is durable.

        Raises:
            BacklogFull, IdempotencyKeyUsed, StoreUnavailable: it is not kept.
            StoreUncertain: its commit was under way, and it may be.

        """
        if len(self._waiting) >= self._most or self._backlog.full or self.failed or self.stopping:
            raise BacklogFull
        waiting = self._put(entry)
        late = waiting.loop.call_later(_ANSWER, self._give_up, waiting)
        try:
            await waiting.done
        finally:
            late.cancel()
            # The failure holds this frame, and the future the failure: a frame that held the
            # future would close a ring, and a body of megabytes would stay in memory.
            del waiting, late

    def turn(self) -> None:
        """Commit what waits, or wait for something."""
        began = time.monotonic()
        batch = self._next()
        if not batch:
            self.wait(_IDLE)
            return
        self._commit(batch)
        if len(batch) > 1:
            # Several came while we were at work: under load, as long again for the next commit.
            self._stopping.wait(min(_REST, time.monotonic() - began))

    def leave(self) -> None:
        """Let nobody wait for ever: what came during the end was not kept."""
        while self._waiting:
            _answer(self._next(), BacklogFull())

    def _put(self, entry: StoredSubmission) -> _Waiting:
        loop = asyncio.get_running_loop()
        waiting = _Waiting(entry, loop.create_future(), loop)
        self._waiting.append(waiting)
        if not self._called:
            # Once for all requests that the loop has in hand.
            self._called = True
            loop.call_soon(self._call)
        return waiting

    def _call(self) -> None:
        self._called = False
        self.nudge()

    def _give_up(self, waiting: _Waiting) -> None:
        """Take an entry back that has waited for too long, where its commit has not begun."""
        error = StoreUnavailable("the commits before took too long")
        try:
            self._waiting.remove(waiting)
        except ValueError:
            error = StoreUncertain("the commit took too long")
        _finish([waiting.done], error)

    def _next(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        while self._waiting and len(batch) < _BATCH and size < _BATCH_BYTES:
            batch.append(self._waiting.popleft())
            size += len(batch[-1].entry.payload)
        return batch

    def _commit(self, batch: Sequence[_Waiting]) -> None:
        try:
            with self._store.begin() as tx:
                entries = [waiting.entry for waiting in batch]
                write_entries(tx, entries)
                self._audit.append(tx, [_act(entry, self._audit) for entry in entries])
                failpoint("ingest.before-commit")
        except StoreUncertain as doubt:
            self._resolve(batch, doubt)
        except Retry as reason:
            # Whoever asked is told 503 and asks again; the thread itself has nothing to repeat.
            _answer(batch, reason)
        except IntegrityError as error:
            if len(batch) == 1:
                _answer(batch, IdempotencyKeyUsed() if batch[0].entry.repeat else error)
            else:
                for waiting in batch:
                    self._commit([waiting])
        except BaseException as error:
            _answer(batch, error)
            raise
        else:
            failpoint("ingest.after-commit")
            self._backlog.grew(len(batch))
            _answer(batch, None)

    def _resolve(self, batch: Sequence[_Waiting], doubt: StoreUncertain) -> None:
        """Answer those whose commit is in doubt: it is all there or nothing of it."""
        until = time.monotonic() + _DOUBT
        while True:
            try:
                kept = self._has(batch[0].entry)
            except Retry:
                if time.monotonic() < until and not self._stopping.wait(_LOOK):
                    continue
                _answer(batch, doubt)
            else:
                if kept:
                    self._backlog.grew(len(batch))
                _answer(batch, None if kept else StoreUnavailable(str(doubt)))
            return

    def _has(self, entry: StoredSubmission) -> bool:
        query = select(SUBMISSIONS.c.id).where(SUBMISSIONS.c.id == entry.receipt.id)
        # As a writer, so that the transaction in doubt has ended before we look.
        with self._store.begin() as tx:
            return tx.execute(query).first() is not None


def write_entries(tx: Connection, entries: Sequence[StoredSubmission]) -> None:
    """Write entries in order, each with its place in the outbox and its key."""
    receipts = [entry.receipt for entry in entries]
    insert_rows(tx, SUBMISSIONS, _SUBMISSION, [_row(entry) for entry in entries])
    insert_rows(tx, UNSETTLED, "id org", [(receipt.id, receipt.org) for receipt in receipts])
    repeats = [
        (entry.repeat.scope, entry.repeat.key, entry.repeat.fingerprint, entry.receipt.id)
        for entry in entries
        if entry.repeat is not None
    ]
    insert_rows(tx, REPEATS, "scope key fingerprint id", repeats)
    remarks = [
        (receipt.id, receipt.encoding, receipt.warnings_total, receipt.warnings)
        for receipt in receipts
        if receipt.encoding is not None or receipt.warnings_total
    ]
    insert_rows(tx, REMARKS, "id encoding warnings_total warnings", remarks)


def _act(entry: StoredSubmission, audit: AuditLog) -> Act:
    receipt = entry.receipt
    details = {
        "kind": receipt.kind,
        "org": receipt.org,
        "payload": audit.digest(entry.payload).hex(),
        "received": receipt.received,
        "received_us": microseconds(receipt.received_at),
        "rejected": receipt.rejected,
    }
    return Act(entry.actor, "submission.accepted", str(receipt.id), details)


_SUBMISSION: Final = (
    "id org key_id kind received_us received taken rejected errors_total errors payload"
)


def _row(entry: StoredSubmission) -> tuple[object, ...]:
    receipt = entry.receipt
    return (
        receipt.id,
        receipt.org,
        receipt.key_id,
        receipt.kind,
        microseconds(receipt.received_at),
        receipt.received,
        receipt.taken,
        receipt.rejected,
        receipt.errors_total,
        receipt.errors,
        entry.payload,
    )


def _answer(batch: Sequence[_Waiting], error: BaseException | None) -> None:
    """Tell those who wait, each on the event loop it waits on, one call per loop."""
    if isinstance(error, Retry):
        # It came through frames that hold the batch, another ring: they are told the like of it.
        error = type(error)(str(error))
    by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for waiting in batch:
        by_loop.setdefault(waiting.loop, []).append(waiting.done)
    for loop, futures in by_loop.items():
        try:
            loop.call_soon_threadsafe(_finish, futures, error)
        except RuntimeError:
            continue  # the loop is closed: nobody waits there any more


def _finish(futures: Sequence["asyncio.Future[None]"], error: BaseException | None) -> None:
    for future in futures:
        if future.done():
            continue  # whoever waited has gone
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
