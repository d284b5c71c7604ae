"""Threads for what would hold up the event loop: large bodies, odd bodies, looking up keys."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

# Reading a body keeps the interpreter busy, so more threads would only take turns.
_THREADS: Final = 2

T = TypeVar("T")


class ThreadHands:
    """The `Hands` of the process."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="ingest")

    async def do(self, work: Callable[[], T]) -> T:
        """Do the work on another thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Let the threads go once their work is done."""
        self._threads.shutdown()
