"""The life of the parts of one process: started in order, watched, stopped last one first."""

import time
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from duibiao.core.parts import Part

STOPPING = 10.0  # seconds that all parts together may take to stop
ONE_STOPPING = 3.0  # seconds that one of them may take

_log = structlog.get_logger(__name__)


class Lifetime:
    """Parts and what is to be closed after them. Used once."""

    def __init__(self, parts: Sequence[Part], closers: Sequence[Callable[[], None]] = ()) -> None:
        self._parts = list(parts)
        self._closers = list(closers)

    def start(self) -> None:
        """Start every part; when one cannot, stop everything and raise its error."""
        for part in self._parts:
            self._start(part)

    def add(self, part: Part) -> None:
        """Start one more part; when it cannot, stop everything and raise its error."""
        self._parts.append(part)
        self._start(part)

    def failed(self) -> tuple[str, BaseException] | None:
        """Return the name and the error of a part that has ended by itself, None if all run."""
        for part in self._parts:
            if part.failed is not None:
                return part.name, part.failed
        return None

    def stop(self, timeout: float = STOPPING) -> None:
        """Stop all parts, started or not, last one first, then close. Harmless a second time.

        Nothing that goes wrong here keeps the rest from being stopped; it is logged.
        """
        deadline = time.monotonic() + timeout
        while self._parts:
            part = self._parts.pop()
            left = max(0.1, min(ONE_STOPPING, deadline - time.monotonic()))
            self._quietly(part.name, partial(part.stop, left))
        while self._closers:
            self._quietly("closing", self._closers.pop())

    def _start(self, part: Part) -> None:
        try:
            part.start()
        except BaseException:
            _log.exception("part does not start", part=part.name)
            self.stop()
            raise

    def _quietly(self, name: str, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception:  # noqa: BLE001 - the edge of the process: the rest must be stopped too
            _log.exception("part does not stop", part=name)
