"""Whoever fails to sign in too often waits: counted by address and by key id, in this process.

Signing in only: a program that sends the key of a locked id in `Authorization` is not hindered.
"""

from collections.abc import Callable, Iterable
from math import ceil
from threading import Lock
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from duibiao.web.problems import Problem, error_detail

MOST: Final = 10
# So many failures within so many seconds lock a name for as long again.
SECONDS: Final = 15 * 60
_NAMES: Final = 10_000


class LockOut(Collector):
    """Names such as `address 10.1.2.3` and `key Ab3dE6gH9jK2`. Safe to call from any thread."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failures: dict[str, tuple[int, float]] = {}  # how many, and when they are forgotten
        self._count = 0
        self._lock = Lock()

    def check(self, *names: str) -> None:
        """Make sure that none of these names is locked; Problem 429."""
        left = (self._left(name) for name in names)
        wait = max((ceil(seconds) for failures, seconds in left if failures >= MOST), default=0)
        if wait:
            locked = error_detail("sign-in-locked", count=MOST, seconds=wait)
            raise Problem("too-many-requests", [locked], headers={"Retry-After": str(wait)})

    def failed(self, *names: str) -> list[str]:
        """Count a failure, and return the names that it locks."""
        with self._lock:
            self._count += 1
            for name in names:
                failures, left = self._left(name)
                begins = failures + 1 in (1, MOST)
                self._forget_oldest(name)
                until = self._monotonic() + (SECONDS if begins else left)
                self._failures[name] = failures + 1, until
            return [name for name in names if self._failures[name][0] == MOST]

    def collect(self) -> Iterable[Metric]:
        """Return the families."""
        yield CounterMetricFamily(
            "duibiao_sign_in_failures", "Attempts to sign in with a key that failed.", self._count
        )
        locked = GaugeMetricFamily(
            "duibiao_sign_in_locked", "Addresses and key ids locked out of sign-in.", None, ["kind"]
        )
        names = [name for name in tuple(self._failures) if self._left(name)[0] >= MOST]
        for kind in ("address", "key"):
            locked.add_metric([kind], sum(name.startswith(kind) for name in names))
        yield locked

    def _left(self, name: str) -> tuple[int, float]:
        failures, until = self._failures.get(name, (0, 0.0))
        left = until - self._monotonic()
        return (failures, left) if left > 0 else (0, 0.0)

    def _forget_oldest(self, name: str) -> None:
        if len(self._failures) >= _NAMES and name not in self._failures:
            kept = [one for one in self._failures.items() if self._left(one[0])[0]]
            self._failures = dict(sorted(kept, key=lambda one: one[1])[-_NAMES // 2 :])
