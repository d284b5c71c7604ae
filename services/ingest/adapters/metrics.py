"""What the ingest service counts: submissions as they are answered, rows as they become final."""

from collections.abc import Callable, Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from duibiao.web.exposition import LabelledCounts
from services.ingest.domain.receipts import Receipt, Settled


class IngestMetrics(Collector):
    """The counts of the process (contract section 5).

    Attributes:
        submissions: by org, "" where a refused request is nobody's, and result: accepted, partial,
            refused, replayed or dry_run.
        rows: by org and result: accepted, duplicate, revised or rejected.
        unknown_outcomes: outcomes of submissions that are not here; counted by one thread.

    """

    def __init__(self, unsettled: Callable[[], int]) -> None:
        """`unsettled` tells how many receipts are given up; quick."""
        labels = "org", "result"
        self.submissions = LabelledCounts(
            "duibiao_submissions",
            "Requests that post rows: accepted, partial, refused, replayed or dry_run.",
            labels,
        )
        self.rows = LabelledCounts("duibiao_rows", "Rows of submissions by final outcome.", labels)
        self.unknown_outcomes = 0
        self._unsettled = unsettled

    def settled(self, receipt: Receipt, settled: Settled) -> None:
        """Count the rows of a submission whose verdicts are there; those of a dead letter: none."""
        self.rows.add(receipt.org, "accepted", by=settled.accepted)
        self.rows.add(receipt.org, "duplicate", by=settled.duplicate)
        self.rows.add(receipt.org, "revised", by=settled.revised)

    def collect(self) -> Iterable[Metric]:
        """Return the families."""
        yield GaugeMetricFamily(
            "duibiao_receipts_unsettled",
            "Submissions not evaluated after being published again three times.",
            self._unsettled(),
        )
        yield CounterMetricFamily(
            "duibiao_unknown_outcomes",
            "Outcomes of submissions missing from ingest's database; they are skipped.",
            self.unknown_outcomes,
        )
        yield from self.submissions.collect()
        yield from self.rows.collect()
