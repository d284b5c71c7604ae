"""What /metrics shows of the log and of the way to it and from it, over all services of a process.

Read from what relays and workers know anyway: a scrape asks no database.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from duibiao.bus.relay import Relay
from duibiao.bus.worker import Worker
from duibiao.core.clock import Clock
from duibiao.core.parts import Part

_HELP: Final[Mapping[str, str]] = json.loads(
    files(__package__).joinpath("metrics.json").read_text("utf-8")
)
_GAUGES: Final = ("duibiao_outbox_age_seconds", "duibiao_clock_skew_seconds", "duibiao_acting")
_LAG: Final = "duibiao_consumer_lag_records"
_COUNTS: Final = ("duibiao_dead_letters", "duibiao_repeats", "duibiao_rebalances")


class PipelineCollector(Collector):
    """Collects from the parts of each service (contract section 5)."""

    def __init__(self, parts: Mapping[str, Sequence[Part]], clock: Clock) -> None:
        """`parts` maps the name of a service to its parts; relays and workers are picked."""
        self._clock = clock
        self._relays = {s: [p for p in ps if isinstance(p, Relay)] for s, ps in parts.items()}
        self._workers = {s: [p for p in ps if isinstance(p, Worker)] for s, ps in parts.items()}

    def collect(self) -> Iterable[Metric]:
        """Return the families."""
        age, skew, acting = (
            GaugeMetricFamily(name, _HELP[name], labels=["service"]) for name in _GAUGES
        )
        lag = GaugeMetricFamily(_LAG, _HELP[_LAG], labels=["service", "topic"])
        dead, repeats, moves = (
            CounterMetricFamily(name, _HELP[name], labels=["service"]) for name in _COUNTS
        )
        for service, relays in self._relays.items():
            if relays:
                age.add_metric([service], max(self._age(relay) for relay in relays))
        for service, workers in self._workers.items():
            for worker in workers:
                for topic, records in worker.lag.items():
                    lag.add_metric([service, topic], records)
            skews = [worker.clock_skew for worker in workers if worker.clock_skew is not None]
            if skews:
                skew.add_metric([service], max(skews, key=abs))
            if workers:
                acting.add_metric([service], all(worker.acts for worker in workers))
                dead.add_metric([service], sum(worker.dead for worker in workers))
                repeats.add_metric([service], sum(worker.repeats for worker in workers))
                moves.add_metric([service], sum(worker.rebalances for worker in workers))
        return [age, lag, dead, repeats, moves, skew, acting, *self._watched()]

    def _watched(self) -> Iterable[Metric]:
        """Return what was seen of logs that are not what they were."""
        held, mismatches, republished = _watched_families()
        for service, relays in self._relays.items():
            workers = self._workers[service]
            watches = [*(one.watch for one in relays), *(one.watch for one in workers)]
            # A service may both write and read a topic.
            for topic in dict.fromkeys(topic for watch in watches for topic in watch.mismatches):
                looking = [watch for watch in watches if topic in watch.mismatches]
                held.add_metric([service, topic], any(topic in watch.held for watch in looking))
                times = max(watch.mismatches[topic] for watch in looking)
                mismatches.add_metric([service, topic], times)
            if relays:
                republished.add_metric([service], sum(relay.republished for relay in relays))
        return [held, mismatches, republished]

    def _age(self, relay: Relay) -> float:
        since = relay.waiting_since
        return 0.0 if since is None else max(0.0, (self._clock.now() - since).total_seconds())


def _watched_families() -> tuple[GaugeMetricFamily, CounterMetricFamily, CounterMetricFamily]:
    return (
        GaugeMetricFamily(
            "duibiao_log_mismatch",
            "1 while a topic is stopped because it is on another log than the stored positions.",
            labels=["service", "topic"],
        ),
        CounterMetricFamily(
            "duibiao_log_mismatches",
            "Times a topic was found recreated or truncated.",
            labels=["service", "topic"],
        ),
        CounterMetricFamily(
            "duibiao_republished",
            "Events published again because the log may have lost them.",
            labels=["service"],
        ),
    )
