"""What everything in the product stands on: clock, ids, settings, logs, retry, parts."""

from duibiao.core.clock import Clock as Clock
from duibiao.core.clock import SystemClock as SystemClock
from duibiao.core.ids import new_id as new_id
from duibiao.core.parts import Loop as Loop
from duibiao.core.parts import Part as Part
from duibiao.core.parts import Ticker as Ticker
from duibiao.core.retry import Backoff as Backoff
from duibiao.core.retry import Retry as Retry
from duibiao.core.settings import Settings as Settings
