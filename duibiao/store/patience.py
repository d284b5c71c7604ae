"""Work on a store that cannot be used just now, done again for a while."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from duibiao.core.retry import Retry

T = TypeVar("T")
_PAUSE: Final = 0.2  # seconds between two tries


def patiently(work: Callable[[], T], until: float) -> T:
    """Return what `work` returns; do it again after a `Retry`, until that time of `monotonic`."""
    while True:
        try:
            return work()
        except Retry:
            if time.monotonic() >= until:
                raise
        time.sleep(_PAUSE)
