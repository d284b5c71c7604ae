"""The series about the log, over all services of a process."""

from collections.abc import Collection, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from duibiao.bus import Event
from duibiao.bus.metrics import PipelineCollector
from duibiao.bus.outbox import Note
from duibiao.bus.relay import Relay
from duibiao.core import Part, Ticker
from tests.support.bus import WHEN, MemoryBus, events
from tests.support.clock import ManualClock
from tests.support.counting import Counting
from tests.support.waiting import until


class Stuck:
    """An outbox whose one event never goes out."""

    republished = 0

    def pending(self, limit: int, sent: Collection[int]) -> Sequence[tuple[int, Event]]:
        return [one for one in enumerate(events("a")) if one[0] not in sent][:limit]

    def sent(self, ids: Sequence[int], note: Note) -> None:  # noqa: ARG002 - the port's
        raise AssertionError(ids)


def shown(parts: dict[str, Sequence[Part]], clock: ManualClock) -> list[str]:
    registry = CollectorRegistry()
    registry.register(PipelineCollector(parts, clock))
    lines = generate_latest(registry).decode().splitlines()
    return [line for line in lines if not line.startswith("#")]


def test_a_process_that_has_just_begun_shows_zeros(tmp_path: Path) -> None:
    service, clock = Counting(tmp_path), ManualClock()
    parts: list[Part] = [
        Relay("relay", Stuck(), MemoryBus()),
        service.worker(MemoryBus()),
        Ticker("clock", clock, 60, lambda: None),
    ]

    assert shown({"indicators": parts}, clock) == [
        'duibiao_outbox_age_seconds{service="indicators"} 0.0',
        'duibiao_consumer_lag_records{service="indicators",topic="duibiao.things.v1"} 0.0',
        'duibiao_dead_letters_total{service="indicators"} 0.0',
        'duibiao_repeats_total{service="indicators"} 0.0',
        'duibiao_rebalances_total{service="indicators"} 0.0',
        'duibiao_acting{service="indicators"} 1.0',
        'duibiao_log_mismatch{service="indicators",topic="duibiao.things.v1"} 0.0',
        'duibiao_log_mismatches_total{service="indicators",topic="duibiao.things.v1"} 0.0',
        'duibiao_republished_total{service="indicators"} 0.0',
    ]
    service.store.close()


def test_the_age_is_that_of_the_event_that_waits_longest() -> None:
    clock, bus = ManualClock(WHEN), MemoryBus()
    bus.open_fails = 1000
    relay = Relay("relay", Stuck(), bus)
    relay.start()
    until(lambda: relay.waiting_since is not None)
    clock.advance(seconds=90)

    assert 'duibiao_outbox_age_seconds{service="ingest"} 90.0' in shown({"ingest": [relay]}, clock)
    relay.stop(5)


def test_a_clock_set_back_makes_no_negative_age() -> None:
    clock, bus = ManualClock(WHEN), MemoryBus()
    bus.open_fails = 1000
    relay = Relay("relay", Stuck(), bus)
    relay.start()
    until(lambda: relay.waiting_since is not None)
    clock.advance(seconds=-90)

    assert 'duibiao_outbox_age_seconds{service="ingest"} 0.0' in shown({"ingest": [relay]}, clock)
    relay.stop(5)


def test_each_service_has_its_own_row() -> None:
    clock = ManualClock()
    parts = {s: [Relay("relay", Stuck(), MemoryBus())] for s in ("ingest", "alerts")}

    lines = shown(dict(parts), clock)
    assert [line for line in lines if line.startswith("duibiao_outbox_age_seconds")] == [
        'duibiao_outbox_age_seconds{service="ingest"} 0.0',
        'duibiao_outbox_age_seconds{service="alerts"} 0.0',
    ]
