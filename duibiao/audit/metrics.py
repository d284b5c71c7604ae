"""What /metrics shows of the audit chains: how long each is.

A scrape that sees one shrink has seen records taken off its end.
"""

from collections.abc import Iterable, Mapping

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from duibiao.audit.checkpoints import CheckpointPublisher
from duibiao.core.parts import Part
from duibiao.store.snapshot import Snapshot


class AuditCollector(Collector):
    """Collects the chains of all head publishers among the parts of a process."""

    def __init__(self, parts: Iterable[Part]) -> None:
        publishers = [part for part in parts if isinstance(part, CheckpointPublisher)]
        self._logs = [log for publisher in publishers for log in publisher.logs]
        self._sizes = Snapshot[Mapping[str, int]](self._counted, {}, fresh=0.0)

    def describe(self) -> Iterable[Metric]:
        """Return no names, so that registering asks no database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Return the one family; a chain that was never read is left out."""
        records = GaugeMetricFamily(
            "duibiao_audit_records", "Records in an audit chain; it never falls.", labels=["chain"]
        )
        for chain, size in self._sizes.get().items():
            records.add_metric([chain], size)
        return [records]

    def _counted(self) -> Mapping[str, int]:
        return {log.chain: log.checkpoint().sequence for log in self._logs}
