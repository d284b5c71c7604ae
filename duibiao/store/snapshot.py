"""A snapshot of a store for /metrics: a scrape waits a second, else it shows what was read last."""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Final, Generic, TypeVar

import structlog

from duibiao.core.retry import Retry

FRESH: Final = 5.0  # seconds
WAIT: Final = 1.0  # seconds that a scrape waits for a reading

T = TypeVar("T")
_log = structlog.get_logger(__name__)


class Snapshot(Generic[T]):
    """What `read` last returned; `empty` before it has returned anything."""

    def __init__(self, read: Callable[[], T], empty: T, fresh: float = FRESH) -> None:
        """After `fresh` seconds it is read again: another replica may have committed."""
        self._read = read
        self._value = empty
        self._fresh = fresh
        self._lock = threading.Lock()
        self._stale = True
        self._until = 0.0
        self._reading: threading.Thread | None = None

    def mark_stale(self) -> None:
        """Have the next `get` read again. From any thread, never blocks."""
        self._stale = True

    def get(self) -> T:
        """Return the value, read again where it is stale and that does not take long."""
        until = monotonic() + WAIT
        self._join(until)  # one that is under way may have begun before the last commit
        with self._lock:
            if self._is_due() and not self._join(0.0):
                # Before reading: what is committed meanwhile makes the snapshot stale again.
                self._stale = False
                self._reading = threading.Thread(target=self._read_again, daemon=True)
                self._reading.start()
        self._join(until)
        return self._value

    def _is_due(self) -> bool:
        return self._stale or monotonic() >= self._until

    def _join(self, until: float) -> bool:
        """Wait for the reading that is under way; tell whether it still is."""
        if self._reading is None:
            return False
        self._reading.join(max(0.0, until - monotonic()))
        return self._reading.is_alive()

    def _read_again(self) -> None:
        try:
            self._value = self._read()
            self._until = monotonic() + self._fresh
        except Exception as error:  # noqa: BLE001 - the edge of the thread
            self._stale = True
            if isinstance(error, Retry):
                _log.warning("snapshot put off", reason=str(error))
            else:
                _log.error("snapshot failed", exc_info=error)
