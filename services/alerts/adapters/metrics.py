"""What /metrics shows of alerts. The numbers of outbox, lag and dead letters are the kit's."""

from collections.abc import Iterable, Mapping
from itertools import product

from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from duibiao.store import Store
from duibiao.store.snapshot import Snapshot
from services.alerts.adapters.tables import ALERTS, NOTIFICATIONS
from services.alerts.domain.alert import Colour, State

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200)
RESULTS = ("sent", "retried", "failed")


class AlertsCollector(Collector):
    """Counts alerts by colour and state, every pair each time, in one query over an index."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held = Snapshot[int](self._holding, 0, fresh=0.0)
        self._counts = Snapshot[Mapping[tuple[str, str], int]](self._counted, {}, fresh=0.0)

    def describe(self) -> Iterable[Metric]:
        """Return no names, so that registering asks no database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Return the families `duibiao_alerts` and `duibiao_notifications_held`."""
        counts = self._counts.get()
        family = GaugeMetricFamily(
            "duibiao_alerts", "Alerts by colour and state.", labels=["colour", "state"]
        )
        for colour, state in product(Colour, State):
            family.add_metric([colour.value, state.value], counts.get((colour, state), 0))
        yield family
        held = "Notifications held by a silence, another alert or a flood."
        yield GaugeMetricFamily("duibiao_notifications_held", held, value=self._held.get())

    def _holding(self) -> int:
        held = select(func.count()).where(NOTIFICATIONS.c.state == "held")
        with self._store.read() as connection:
            return connection.execute(held).scalar_one()

    def _counted(self) -> Mapping[tuple[str, str], int]:
        query = select(ALERTS.c.colour, ALERTS.c.state, func.count()).group_by(
            ALERTS.c.colour, ALERTS.c.state
        )
        with self._store.read() as connection:
            return {(colour, state): n for colour, state, n in connection.execute(query)}


def notifications_counter(channels: Iterable[str]) -> Counter:
    """Return the counter of tries, at 0 for every channel that there is."""
    name, said = "duibiao_notifications_total", "Attempts to notify a receiver, by result."
    return _counter(name, said, "channel", channels, RESULTS)


def alertmanager_counter(urls: Iterable[str]) -> Counter:
    """Return the counter of posts to Alertmanager, at 0 for every replica."""
    name, said = "duibiao_alertmanager_posts_total", "Posts to an Alertmanager replica, by result."
    return _counter(name, said, "alertmanager", urls, ("taken", "failed"))


def _counter(
    name: str, said: str, label: str, values: Iterable[str], results: Iterable[str]
) -> Counter:
    counter = Counter(name, said, [label, "result"], registry=None)
    for value, result in product(values, results):
        counter.labels(value, result)
    return counter


def post_to_alert() -> Histogram:
    """Return the histogram from the receipt of a submission to the alert it raised, in seconds."""
    return Histogram(
        "duibiao_post_to_alert_seconds",
        "Time from the receipt of a submission to its alert.",
        buckets=_SECONDS,
        registry=None,
    )
