"""What everything in the product stands on: clock, ids, settings, logs, retry, parts."""

from duibiao.core.clock import Clock, SystemClock
from duibiao.core.ids import new_id
from duibiao.core.parts import Loop, Part, Ticker
from duibiao.core.retry import Backoff, Retry
from duibiao.core.settings import Settings

__all__ = [
    "Backoff",
    "Clock",
    "Loop",
    "Part",
    "Retry",
    "Settings",
    "SystemClock",
    "Ticker",
    "new_id",
]
