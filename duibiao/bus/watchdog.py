"""The watchdog: a worker that stands still with work before it ends the process.

Clients of logs have had faults that look exactly so: connected, assigned, silent. The stacks of
all threads are logged first, since after the restart nobody can ask any more.
"""

import sys
import threading
import traceback
from collections.abc import Iterable

import structlog

from duibiao.bus.worker import Worker
from duibiao.core.parts import Loop

LOOK_EVERY = 1.0
LIMIT = 60.0

_log = structlog.get_logger(__name__)


class Stalled(Exception):  # noqa: N818 - what it is
    """A worker has stood still for too long; the process must be started anew."""


class Watchdog(Loop):
    """A part that fails when one of the workers stalls for `limit` seconds."""

    def __init__(
        self, workers: Iterable[Worker], limit: float = LIMIT, every: float = LOOK_EVERY
    ) -> None:
        super().__init__("watchdog")
        self._workers = tuple(workers)
        self._limit = limit
        self._every = every

    def turn(self) -> None:
        """Look at every worker.

        Raises:
            Stalled: one stands still; the stacks are in the log.

        """
        for worker in self._workers:
            still = worker.still_for()
            if still >= self._limit:
                _tell_stacks()
                raise Stalled(
                    f"{worker.name} has not moved for {still:.0f} s, lag {dict(worker.lag)}"
                )
        self.wait(self._every)


def _tell_stacks() -> None:
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    for ident, frame in sys._current_frames().items():  # noqa: SLF001 - there is no other way
        stack = "".join(traceback.format_stack(frame))
        _log.error("stack of a thread", thread=names.get(ident, str(ident)), stack=stack)
