"""Parts: whatever a process starts and stops beside its web server, mostly threads.

A part that fails says so in `failed`; the process then stops and names it. Parts never end the
process themselves.
"""

import os
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from duibiao.core.clock import Clock
from duibiao.core.retry import Backoff, Retry

NICENESS: Final = 10  # of what is done in the background

_log = structlog.get_logger(__name__)


class Part(Protocol):
    """Something with a beginning and an end, owned by a process."""

    @property
    def name(self) -> str:
        """The name that logs and failures give, unique in its process."""

    @property
    def failed(self) -> BaseException | None:
        """Why the part has ended by itself; None while it is well. Read from any thread."""

    def start(self) -> None:
        """Begin. Returns at once; raises when it cannot begin at all. Called once."""

    def stop(self, timeout: float) -> None:
        """End within about `timeout` seconds. Harmless when never started or already ended."""


class Loop(ABC):
    """A part on a thread of its own: `turn()` again and again until stopped.

    `turn` may raise `Retry`: it is logged, and the next turn comes after a backoff. Any other
    exception ends the loop and stands in `failed`.
    """

    def __init__(
        self, name: str, *, backoff: Backoff | None = None, background: bool = False
    ) -> None:
        """`background`: others go first, where threads have priorities of their own (Linux)."""
        self.name, self._background = name, background
        self._backoff = Backoff() if backoff is None else backoff
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def failed(self) -> BaseException | None:
        """Why the loop has ended by itself."""
        return self._failed

    @property
    def stopping(self) -> bool:
        """Whether the end has been asked for."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Ask for the end, wait for it, and log when it does not come in time."""
        self._stopping.set()
        self._wake.set()
        if self._thread.ident is None:
            return
        self._thread.join(timeout)
        if self._thread.is_alive():
            _log.error("part did not stop in time", part=self.name, timeout=timeout)

    def nudge(self) -> None:
        """End a running `wait` at once, or the next one. From any thread, never blocks."""
        self._wake.set()

    def wait(self, seconds: float) -> None:
        """Wait at most so long; a nudge or the end cuts it short. Only on the loop's thread."""
        self._wake.wait(seconds)
        if not self._stopping.is_set():
            self._wake.clear()

    def enter(self) -> None:  # noqa: B027 - most loops need nothing here
        """Prepare on the loop's own thread, before the first turn."""

    @abstractmethod
    def turn(self) -> None:
        """Do one bounded piece of work, waiting (by `wait`) when there is none."""

    def leave(self) -> None:  # noqa: B027 - the same
        """Clean up on the loop's own thread, after the last turn, however it ended."""

    def _run(self) -> None:
        try:
            if self._background and sys.platform == "linux":
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
            self.enter()
            try:
                while not self._stopping.is_set():
                    self._turn_or_back_off()
            finally:
                self.leave()
        except Exception as error:  # noqa: BLE001 - the edge of the thread
            try:
                _log.exception("part failed", part=self.name)
            finally:
                self._failed = error

    def _turn_or_back_off(self) -> None:
        try:
            self.turn()
        except Retry as reason:
            pause = self._backoff.next()
            _log.warning("part retries", part=self.name, reason=str(reason), after=pause)
            self._stopping.wait(pause)
        else:
            self._backoff.reset()


class Ticker(Loop):
    """A part that calls `do` every `every` seconds, or sooner when nudged.

    The first call comes at the start, or only after the first interval. `do` must look at the
    clock itself and be harmless when called too often.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        every: float,
        do: Callable[[], None],
        *,
        at_start: bool = True,
    ) -> None:
        super().__init__(name)
        self._clock = clock
        self._every = every
        self._do = do
        self._at_start = at_start

    def enter(self) -> None:
        """Let the first interval pass where that is wanted."""
        if not self._at_start:
            self.wait(self._every)

    def turn(self) -> None:
        """Do it, then wait for what is left of the interval."""
        began = self._clock.monotonic()
        self._do()
        spent = self._clock.monotonic() - began
        self.wait(max(0.0, self._every - spent))


class Once(Loop):
    """A part that calls `do` one time, on a thread of its own, and rests."""

    def __init__(self, name: str, do: Callable[[], None]) -> None:
        super().__init__(name)
        self._do = do

    def turn(self) -> None:
        """Do it and end."""
        self._do()
        self._stopping.set()
