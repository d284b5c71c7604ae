"""The one error that says to try again later, and how long to wait before that."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Retry(Exception):  # noqa: N818 - an instruction to the loop, read as `except Retry`
    """The work cannot be done now but can be later: back off and do it again.

    `StoreUnavailable` and `SendFailed` are kinds of it. A handler may raise it itself.
    """


class Backoff:
    """Seconds to wait between tries: doubling from `first` up to `most`, with jitter.

    Each wait lies between half and the whole of the doubled value, so that parts that failed
    together do not come back together.
    """

    def __init__(self, first: float = 0.05, most: float = 5.0) -> None:
        self._first = first
        self._most = most
        self._tries = 0

    def next(self) -> float:
        """Return the next wait in seconds and count the try."""
        whole = min(self._most, self._first * (1 << self._tries))
        self._tries = min(self._tries + 1, 30)  # 2**30 is far beyond any `most`
        return whole * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing

    def reset(self) -> None:
        """Begin again at `first`: the work went well."""
        self._tries = 0


def retry_until(
    deadline: float,
    work: Callable[[], T],
    *,
    pause: float = 0.2,
    give_up: Callable[[], bool] = lambda: False,
) -> T:
    """Return what `work` returns; after a `Retry` do it again, `pause` seconds later.

    The last `Retry` is raised after `deadline` (of `time.monotonic`), or once `give_up` says so.
    """
    while True:
        try:
            return work()
        except Retry:
            if time.monotonic() >= deadline or give_up():
                raise
        time.sleep(pause)
