"""The event log for a command: opened, and asked until it answers."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from duibiao.bus import Bus
from duibiao.bus.opening import open_bus
from duibiao.core import Retry, Settings, SystemClock
from duibiao.core.retry import retry_until
from services.cli.output import end

T = TypeVar("T")
CLOSING: Final = 3.0  # seconds that it may take to close
_SECONDS: Final = 30.0  # that it may take to answer
_PAUSE: Final = 0.1


@contextmanager
def opened(settings: Settings) -> Iterator[Bus]:
    """Open the log of the installation."""
    bus = open_bus(settings, SystemClock())
    bus.start()
    try:
        yield bus
    finally:
        bus.stop(CLOSING)


def asked(bus: Bus, ask: Callable[[], T]) -> T:
    """Return what the log answers; end the command with 2 where it does not."""
    deadline = time.monotonic() + _SECONDS
    try:
        return retry_until(deadline, ask, pause=_PAUSE, give_up=lambda: bus.failed is not None)
    except Retry as error:
        end(f"日志没有应答 The log does not answer: {bus.failed or error}", 2)
