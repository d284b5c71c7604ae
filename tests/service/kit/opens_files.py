"""Opens the log and a store in each folder named on stdin, and says so; for tests of races."""

import sys
from pathlib import Path

from duibiao.bus.sqlite import SqliteBus
from duibiao.core import SystemClock
from tests.support.counting import Counting


def main() -> None:
    print("here", flush=True)  # noqa: T201 - told to the test
    for line in sys.stdin:
        folder = Path(line.strip())
        bus = SqliteBus(folder / "log.db", SystemClock())
        service = Counting(folder)
        print("opened", flush=True)  # noqa: T201 - the same
        service.store.close()
        bus.stop(1)


if __name__ == "__main__":
    main()
