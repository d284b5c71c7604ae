"""Group commit: requests that wait for the disk are committed together, by one thread.

A commit with `synchronous=FULL` waits for the disk; a hundred requests in one commit wait once.
The answer goes out only after the commit. A batch that fails is written one by one, so that one
request never fails another.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from duibiao.audit import Act, AuditLog
from duibiao.core import Loop, Retry
from duibiao.core.failpoints import failpoint
from duibiao.store import Store, StoreUnavailable, StoreUncertain
from services.ingest.adapters.submissions import SubmissionRepository, write_submissions
from services.ingest.adapters.tables import SUBMISSIONS
from services.ingest.domain.receipts import IdempotencyKey, Receipt, StoredSubmission
from services.ingest.domain.times import microseconds
from services.ingest.ports import BacklogFull, IdempotencyKeyUsed

_BATCH = 500
_BATCH_BYTES = 16 * 1024 * 1024
_IDLE = 1.0
_REST = 0.005  # seconds at most between two commits, for as many as can to share one
_ANSWER = 6.0  # seconds within which a request is answered, whatever the database does
_DOUBT = 5.0  # seconds in which is looked for whether a commit stands whose answer was lost
_LOOK = 0.1

Future = asyncio.Future[None]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    entry: StoredSubmission
    done: Future
    loop: asyncio.AbstractEventLoop


class GroupCommit(Loop):
    """The `Journal` of the process; a part, whose thread is the only one that writes entries."""

    def __init__(
        self,
        store: Store,
        audit: AuditLog,
        most: int,
        *,
        full: Callable[[], bool],
        written: Callable[[int], None],
    ) -> None:
        """`most` requests may wait for the disk at once.

        `full` tells that no more may be written; `written` is told how many were.
        """
        super().__init__("ingest-journal")
        self._store = store
        self._audit = audit
        self._most = most
        self._full = full
        self._written = written
        self._waiting: deque[_Waiting] = deque()
        self._called = False
        self._repository = SubmissionRepository(store)

    def find(self, scope: str, key: str) -> tuple[IdempotencyKey, Receipt] | None:
        """Return the request that was accepted with this key."""
        return self._repository.repeated(scope, key)

    async def write(self, entry: StoredSubmission) -> None:
        """Return once the entry is durable.

        Raises:
            BacklogFull, IdempotencyKeyUsed, StoreUnavailable: it is not kept.
            StoreUncertain: its commit was under way, and it may be.

        """
        if len(self._waiting) >= self._most or self._full() or self.failed or self.stopping:
            raise BacklogFull
        loop = asyncio.get_running_loop()
        waiting = _Waiting(entry, loop.create_future(), loop)
        self._waiting.append(waiting)
        if not self._called:
            # Once for all requests that the loop has in hand.
            self._called = True
            loop.call_soon(self._call)
        late = loop.call_later(_ANSWER, self._give_up, waiting)
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
                write_submissions(tx, entries)
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
            self._written(len(batch))
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
                    self._written(len(batch))
                _answer(batch, None if kept else StoreUnavailable(str(doubt)))
            return

    def _has(self, entry: StoredSubmission) -> bool:
        query = select(SUBMISSIONS.c.id).where(SUBMISSIONS.c.id == entry.receipt.id)
        # As a writer, so that the transaction in doubt has ended before we look.
        with self._store.begin() as tx:
            return tx.execute(query).first() is not None


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


_loop_of: Final = attrgetter("loop")


def _answer(batch: Sequence[_Waiting], error: BaseException | None) -> None:
    """Tell those who wait, each on the event loop it waits on, one call per loop."""
    if isinstance(error, Retry):
        # It came through frames that hold the batch, another ring: they are told the like of it.
        error = type(error)(str(error))
    for loop, some in groupby(batch, _loop_of):
        try:
            loop.call_soon_threadsafe(_finish, [waiting.done for waiting in some], error)
        except RuntimeError:
            continue  # the loop is closed: nobody waits there any more


def _finish(futures: Sequence[Future], error: BaseException | None) -> None:
    for future in futures:
        if future.done():
            continue  # whoever waited has gone
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
