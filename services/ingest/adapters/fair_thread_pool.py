"""Threads for what would hold up the event loop: large bodies, odd bodies, looking up keys.

Senders take turns, and nobody has two threads at a time: a hundred large bodies of one sender put
off another sender's only body by one of them at most, not by all.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

# Reading a body keeps the interpreter busy, so more threads would only take turns.
_THREADS: Final = 2

T = TypeVar("T")
_Job = tuple[Callable[[], Any], "Future[Any]"]


class FairThreadPool:
    """The `ThreadPool` of the process, fair by org."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="ingest")
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[_Job]] = {}  # in the order of turns
        self._served: set[str] = set()

    async def run(self, work: Callable[[], T], whose: str) -> T:
        """Do the work on another thread, each sender's in its turn."""
        future: Future[T] = Future()
        with self._lock:
            self._waiting.setdefault(whose, deque()).append((work, future))
        self._threads.submit(self._serve)
        try:
            return await asyncio.wrap_future(future)
        finally:
            # A failure holds the frames it came through, and the future the failure: a frame that
            # held the future would close a ring, and a body of megabytes would stay in memory.
            del future

    def close(self) -> None:
        """Let the threads go once their work is done."""
        self._threads.shutdown()

    def _serve(self) -> None:
        """Do what may be done now. What may not is done by the thread that serves its sender."""
        while (turn := self._next()) is not None:
            whose, job = turn
            try:
                _run(*job)
            finally:
                del turn, job
                with self._lock:
                    self._served.discard(whose)

    def _next(self) -> tuple[str, _Job] | None:
        with self._lock:
            whose = next((who for who in self._waiting if who not in self._served), None)
            if whose is None:
                return None
            jobs = self._waiting.pop(whose)
            job = jobs.popleft()
            if jobs:
                self._waiting[whose] = jobs  # behind all others
            self._served.add(whose)
            return whose, job


def _run(work: Callable[[], T], future: "Future[T]") -> None:
    if not future.set_running_or_notify_cancel():
        return  # whoever asked has gone
    try:
        done = work()
    except BaseException as error:  # noqa: BLE001 - the edge of the thread: told to who waits
        future.set_exception(error)
        del future
    else:
        future.set_result(done)
