"""The heartbeat: asks the database for a sign of life, so that nobody else has to wait for one."""

from collections.abc import Iterable
from typing import Final

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from duibiao.core.parts import Loop
from duibiao.store.store import Store

EVERY: Final = 1.0  # seconds between two questions


class Heartbeat(Loop):
    """A part that knows whether the database of a schema answers."""

    def __init__(self, store: Store, every: float = EVERY) -> None:
        super().__init__(f"{store.schema} heartbeat")
        self.store = store
        self._every = every

    def turn(self) -> None:
        """Ask once; the store then knows."""
        self.store.ping()
        self.wait(self._every)


class DatabaseCollector(Collector):
    """Shows what the heartbeats know; a scrape asks no database."""

    def __init__(self, heartbeats: Iterable[Heartbeat]) -> None:
        self._heartbeats = tuple(heartbeats)

    def collect(self) -> Iterable[Metric]:
        """Return the family `duibiao_database_up`."""
        up = GaugeMetricFamily(
            "duibiao_database_up",
            "1 if the database of a schema responds, else 0.",
            labels=["schema"],
        )
        for heartbeat in self._heartbeats:
            up.add_metric([heartbeat.store.schema], float(heartbeat.store.away is None))
        return [up]
