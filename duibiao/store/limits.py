"""How long one unit of work may wait for the database: `limited` sets it, a store keeps to it.

A unit of work is one transaction. Where no limit is set, as in background parts, only the patience
of the store and the heartbeat end a wait.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from typing import Final

REQUEST: Final = 6.0  # seconds of a unit of work that somebody waits for over HTTP

_limit: ContextVar[float] = ContextVar("limit", default=inf)
_until: ContextVar[float] = ContextVar("until", default=inf)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Give every unit of work that begins in this context at most `seconds`."""
    token = _limit.set(seconds)
    try:
        yield
    finally:
        _limit.reset(token)


@contextmanager
def unit_of_work() -> Iterator[None]:
    """Begin a unit: its time runs from here."""
    token = _until.set(time.monotonic() + _limit.get())
    try:
        yield
    finally:
        _until.reset(token)


def left() -> float:
    """Return the seconds that the unit has left, inf where it has no limit."""
    return max(0.0, _until.get() - time.monotonic())
