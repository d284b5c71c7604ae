"""Waiting for what other threads and processes do: on a condition, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(found: Callable[[], T | None], *, seconds: float = 30.0, what: str = "") -> T:
    """Ask again and again, ever more rarely, until the answer is neither None nor False."""
    deadline = time.monotonic() + seconds
    pause = 0.002
    while True:
        answer = found()
        if answer is not None and answer is not False:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or found}")
        time.sleep(pause)
        pause = min(1.5 * pause, 0.05)
