"""How many requests were not done, by whose they were and why."""

import threading
from collections import Counter
from collections.abc import Iterable
from typing import Final

from prometheus_client.core import CounterMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.types import Scope

_ORG: Final = "org"


class Refusals(Collector):
    """Counts the problems that a process answers with; one series per org and problem type."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, org: str, reason: str) -> None:
        """Count one: `org` is a code of the register or "", `reason` a type of problem."""
        with self._lock:
            self._counts[org, reason] += 1

    def collect(self) -> Iterable[Metric]:
        """Return the one family."""
        with self._lock:
            counts = dict(self._counts)
        family = CounterMetricFamily(
            "duibiao_refusals",
            "Requests answered with a problem, by type.",
            labels=["org", "reason"],
        )
        for labels, count in sorted(counts.items()):
            family.add_metric(labels, count)
        return [family]


def on_behalf_of(scope: Scope, org: str | None) -> None:
    """Take note whose request this is: an org of the register, None where it is nobody's."""
    scope.setdefault("state", {})[_ORG] = org or ""


def org_of(scope: Scope) -> str:
    """Return whose request this is; "" where that is not known, or it is no org's."""
    org: str = scope["state"].get(_ORG, "")
    return org
