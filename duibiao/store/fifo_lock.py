"""FifoLock: writers of one process take a file one after another, in the order in which they came.

SQLite lets writers wait by sleeping and looking again, up to a tenth of a second each time, and
favours nobody. Here the one before wakes the next, so a busy writer cannot starve another.
"""

import threading
from collections import deque
from math import isinf
from types import TracebackType

from duibiao.store.errors import StoreUnavailable
from duibiao.store.limits import left

_NOBODY = 0  # between two owners: taken, so that nobody slips in, and no thread's number


class FifoLock:
    """A lock that is handed over in order of arrival. Not to be taken twice by one thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._gates: deque[threading.Lock] = deque()
        self._owner: int | None = None

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._gates)

    def __enter__(self) -> None:
        me = threading.get_ident()
        with self._guard:
            if self._owner is None:
                self._owner = me
                return
            if self._owner == me:
                raise RuntimeError("this thread has a transaction open already")
            gate = threading.Lock()
            gate.acquire()
            self._gates.append(gate)
        seconds = left()
        if not gate.acquire(timeout=-1 if isinf(seconds) else seconds):
            self._leave(gate)
        self._owner = me  # the one before has let go of the gate and left the turn to us

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._guard:
            if self._gates:
                self._owner = _NOBODY
                self._gates.popleft().release()
            else:
                self._owner = None

    def _leave(self, gate: threading.Lock) -> None:
        """Wait no longer, unless the turn came at the last moment."""
        with self._guard:
            if gate in self._gates:
                self._gates.remove(gate)
                raise StoreUnavailable("other writers of this process took too long")
