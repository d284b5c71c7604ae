"""Asking the log for something that it may not be ready to give yet, with patience that ends."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

import typer

from duibiao.bus import Bus
from duibiao.core import Retry

T = TypeVar("T")
_SECONDS: Final = 30.0  # that the log may take to answer
_PAUSE: Final = 0.1


def asked(bus: Bus, ask: Callable[[], T]) -> T:
    """Return what the log answers; end the command with 2 where it does not."""
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            return ask()
        except Retry as error:
            if time.monotonic() > deadline or bus.failed is not None:
                reason = bus.failed or error
                typer.echo(f"日志没有应答 The log does not answer: {reason}", err=True)
                raise typer.Exit(2) from None
        time.sleep(_PAUSE)
