"""Waiting for what other threads do: on a condition, with a deadline."""

import time
from collections.abc import Callable

DEADLINE = 10.0


def until(happened: Callable[[], bool], *, within: float = DEADLINE) -> None:
    """Return once it has happened; fail when it has not within so many seconds."""
    end = time.monotonic() + within
    while not happened():
        if time.monotonic() > end:
            raise AssertionError(f"did not happen within {within} s")
        time.sleep(0.002)
