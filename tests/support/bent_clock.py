"""The product with a clock that a test sets while it runs: as one whose server's clock is wrong.

    BENT_CLOCK=FILE python -m tests.support.bent_clock serve indicators

The file holds the seconds by which the clock is ahead; the clock is right while there is none.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from duibiao.core.clock import SystemClock
from services import __main__ as program

FILE: Final = "BENT_CLOCK"
PROGRAM: Final = "tests.support.bent_clock"


def main() -> None:
    """Run the product."""
    bent = Path(os.environ[FILE])

    def now(_: SystemClock) -> datetime:
        try:
            ahead = float(bent.read_text("utf-8"))
        except FileNotFoundError:
            ahead = 0.0
        return datetime.now(UTC) + timedelta(seconds=ahead)

    SystemClock.now = now  # type: ignore[method-assign, assignment]
    program.main()


if __name__ == "__main__":
    main()
