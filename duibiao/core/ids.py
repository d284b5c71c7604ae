"""Ids that sort by time: UUIDv7 (RFC 9562, section 5.7), rising within a process."""

import random
import threading
from datetime import datetime
from hashlib import sha256
from weakref import WeakKeyDictionary

from duibiao.core.clock import Clock

_VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)
_RANDOM_BITS = 74
_LOW_BITS = 62
_STEP_BITS = 32


def _random_bits(count: int) -> int:
    # Not the system's randomness: asking for it lets go of the interpreter, which then waits its
    # turn behind every other thread. An id need not be hard to guess, and a fork seeds anew.
    return random.getrandbits(count)


class _Sequence:
    """The last id handed out under one clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millisecond = -1
        self._random = 0

    def restart(self) -> None:
        """Follow the clock again, whatever was handed out."""
        with self._lock:
            self._millisecond = -1

    def next(self, millisecond: int) -> int:
        with self._lock:
            if millisecond > self._millisecond:
                self._millisecond = millisecond
                self._random = _random_bits(_RANDOM_BITS)
            else:
                # Same millisecond, or the clock was set back: step on from the last id.
                self._random += 1 + _random_bits(_STEP_BITS)
                if self._random >> _RANDOM_BITS:
                    self._millisecond += 1
                    self._random = _random_bits(_RANDOM_BITS)
            return _joined(self._millisecond, self._random)


def _joined(millisecond: int, bits: int) -> int:
    high, low = bits >> _LOW_BITS, bits & ((1 << _LOW_BITS) - 1)
    return (millisecond << 80) | _VERSION_AND_VARIANT | (high << 64) | low


_sequences: WeakKeyDictionary[Clock, _Sequence] = WeakKeyDictionary()
_guard = threading.Lock()


def restart_ids(clock: Clock) -> None:
    """Forget the ids made under a clock that was wrong and of which none was kept.

    Those that follow would otherwise stay as far ahead of everybody else's as it was.
    """
    _sequence_of(clock).restart()


def new_id(clock: Clock) -> str:
    """Return a new UUIDv7 in its canonical text form.

    Ids made under one clock object rise in the order in which they are made, whatever the
    thread and even when the clock is set back. A process has one clock.
    """
    return _text(_sequence_of(clock).next(_millisecond(clock.now())))


def id_for(moment: datetime, name: str) -> str:
    """Return the UUIDv7 of a moment that is the same whenever it is made for the same name."""
    bits = int.from_bytes(sha256(name.encode()).digest()) >> (256 - _RANDOM_BITS)
    return _text(_joined(_millisecond(moment), bits))


def id_after(moment: datetime) -> str:
    """Return a bound: ids made up to the millisecond of a moment sort before it, later ones not."""
    return _text((_millisecond(moment) + 1) << 80)


def _millisecond(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _text(number: int) -> str:
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _sequence_of(clock: Clock) -> _Sequence:
    sequence = _sequences.get(clock)
    if sequence is None:
        with _guard:
            sequence = _sequences.setdefault(clock, _Sequence())
    return sequence
