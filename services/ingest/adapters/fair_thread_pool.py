"""Threads for what would hold up the event loop: large bodies, odd bodies, looking up keys.

Senders take turns, and nobody has two threads at a time: a hundred large bodies of one sender put
off another sender's only body by one of them at most, not by all.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar
from weakref import WeakValueDictionary

# Reading a body keeps the interpreter busy, so more threads would only take turns.
_THREADS: Final = 2

T = TypeVar("T")


class FairThreadPool:
    """The `ThreadPool` of the process, fair by org. Used on one event loop."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="ingest")
        self._free = asyncio.Semaphore(_THREADS)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def run(self, work: Callable[[], T], whose: str) -> T:
        """Do the work on another thread. Both locks are first come, first served."""
        turn = self._turns.setdefault(whose, asyncio.Lock())
        async with turn, self._free:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Let the threads go once their work is done."""
        self._threads.shutdown()
