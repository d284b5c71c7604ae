"""Two sides of one measurement: what was heard on each, and what it cost the product."""

import time
from pathlib import Path
from typing import Self

import psutil

from bench.load import Heard
from tests.support.product import Product


class Side:
    """All rounds of one kind; used around each of them."""

    def __init__(self, name: str, product: Product) -> None:
        self.name = name
        self.heard = Heard()
        self._process = psutil.Process(product.process.pid)
        self._used = self._lasted = 0.0

    def __enter__(self) -> Self:
        self._used -= sum(self._process.cpu_times()[:2])
        self._lasted -= time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self._used += sum(self._process.cpu_times()[:2])
        self._lasted += time.monotonic()

    def told(self) -> str:
        waits = "  ".join(f"p{p} {self.heard.p(p) * 1000:6.1f}" for p in (50, 90, 99, 100))
        busy = self._used / self._lasted
        return f"{self.name:10} {waits} ms  processor {busy:4.0%}  {dict(self.heard.statuses)}"


def prefer(product: Product) -> None:
    """Let this process's session and the product's go before all others of the machine.

    Within a session nothing goes before anything, unlike under a real-time policy, where a thread
    that is busy holds a core for 100 ms. Linux with CONFIG_SCHED_AUTOGROUP, as root.
    """
    for process in ("self", product.process.pid):
        Path(f"/proc/{process}/autogroup").write_text("-20", encoding="ascii")


def tell(quiet: Side, loud: Side) -> None:
    """Print both sides and the ratio that counts."""
    print(quiet.told(), loud.told(), sep="\n")
    for percent in (50, 99):
        ratio = loud.heard.p(percent) / quiet.heard.p(percent)
        print(f"ratio of p{percent}: {ratio:.2f}")
