"""What the ingest service counts: submissions as they are answered, rows as they become final."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from services.ingest.domain.receipts import Receipt, Settled


class IngestMetrics(Collector):
    """The `Counters` of the process, and the collector that shows it (contract section 5).

    `org` is a code of the register, "" where a refused request could not be told to be anybody's.
    `unsettled` tells how many receipts are given up; quick.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._submissions: Counter[tuple[str, str]] = Counter()
        self._rows: Counter[tuple[str, str]] = Counter()
        self._unknown_outcomes = 0
        self.unsettled: Callable[[], int] = int

    def submission(self, org: str, result: str) -> None:
        """Count one request: accepted, partial, refused, replayed or dry_run."""
        with self._lock:
            self._submissions[org, result] += 1

    def rejected(self, org: str, rows: int) -> None:
        """Count rows that were refused at the door of an accepted request."""
        if rows:
            with self._lock:
                self._rows[org, "rejected"] += rows

    def unknown_outcome(self) -> None:
        """Count an outcome of a submission that is not here."""
        with self._lock:
            self._unknown_outcomes += 1

    def settled(self, receipt: Receipt, settled: Settled) -> None:
        """Count the rows of a submission whose verdicts are there; those of a dead letter: none."""
        counts = {
            "accepted": settled.accepted,
            "duplicate": settled.duplicate,
            "revised": settled.revised,
        }
        with self._lock:
            for result, rows in counts.items():
                if rows:
                    self._rows[receipt.org, result] += rows

    def collect(self) -> Iterable[Metric]:
        """Return the families."""
        with self._lock:
            submissions, rows = dict(self._submissions), dict(self._rows)
        return [
            GaugeMetricFamily(
                "duibiao_receipts_unsettled",
                "Submissions not evaluated after being published again three times.",
                self.unsettled(),
            ),
            CounterMetricFamily(
                "duibiao_unknown_outcomes",
                "Outcomes of submissions missing from ingest's database; they are skipped.",
                self._unknown_outcomes,
            ),
            _family(
                "duibiao_submissions",
                "Requests that post rows: accepted, partial, refused, replayed or dry_run.",
                submissions,
            ),
            _family(
                "duibiao_rows",
                "Rows of submissions by final outcome.",
                rows,
            ),
        ]


def _family(name: str, text: str, counts: Mapping[tuple[str, str], int]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=["org", "result"])
    for labels, count in sorted(counts.items()):
        family.add_metric(labels, count)
    return family
