"""What every process of the product runs on: clock, ids, parts, settings, logs.

Knows no service. `Process` lives in `duibiao.runtime.process` and is not imported here, since
it is the only module that needs the web and the bus.
"""

from duibiao.runtime.clock import Clock, SystemClock
from duibiao.runtime.ids import new_id
from duibiao.runtime.parts import Loop, Part, Ticker
from duibiao.runtime.retry import Backoff, Retry
from duibiao.runtime.service import HotRoute, Service
from duibiao.runtime.settings import Settings

__all__ = [
    "Backoff",
    "Clock",
    "HotRoute",
    "Loop",
    "Part",
    "Retry",
    "Service",
    "Settings",
    "SystemClock",
    "Ticker",
    "new_id",
]
