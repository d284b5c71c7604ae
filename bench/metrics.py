"""Row 7: a scrape of 50,000 series beside a custom Collector of prometheus-client.

Both sides give the same lines. Ours reads them from a store of the service,
as it does at the first scrape after a commit; the Collector has them in memory. They take turns on
one core.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Final, get_args

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from sqlalchemy import insert

from bench.table import Line
from duibiao.core.clock import SystemClock
from duibiao.store import Store
from duibiao.web.exposition import Registry, render
from services.indicators.adapters.encoding import to_document
from services.indicators.adapters.metrics import PresentCollector
from services.indicators.adapters.migrations import SCHEMA
from services.indicators.adapters.reading import Reading
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.repository import verdict_row
from services.indicators.domain.rows import Status
from tests.support.registers import register
from tests.support.statements import verdict

SERIES: Final = 50_000
LINES: Final = 3 + len(get_args(Status))  # of one verdict: value, ratio, period end, statuses
REPEATS: Final = 3


def lines(rounds: int) -> Iterator[Line]:
    """Measure; yield the lines of the table."""
    os.sched_setaffinity(0, {0})
    with tempfile.TemporaryDirectory() as folder, closing(_store(Path(folder))) as store:
        reading = Reading(store, register(), SystemClock())
        ours = PresentCollector(register(), reading.present)
        registry, peer = Registry(), CollectorRegistry()
        registry.register(ours)
        while b"duibiao_target_value" not in (text := render(registry)[0]):
            pass  # a scrape does not wait for a long first reading
        peer.register(_Peer(text.decode()))
        if _samples(generate_latest(peer)) != _samples(text):
            raise SystemExit("the two sides do not give the same samples")

        def after_a_commit() -> None:
            ours.mark_stale()
            render(registry)

        found = [_line("first scrape after a commit"), _line("scrape without news")]
        for _ in range(rounds):
            other = _timed(lambda: generate_latest(peer))
            found[0].add(_timed(after_a_commit), other)
            found[1].add(_timed(lambda: render(registry)), other)
    yield from found


def _line(what: str) -> Line:
    what = f"`/metrics` at {SERIES:,} series, {what}"
    return Line("7", what, "custom Collector of prometheus-client", 0.15, "ms", most=True)


class _Peer(Collector):
    """Gives the samples that it was made with, as prometheus-client would have one do it."""

    def __init__(self, text: str) -> None:
        parsed = list(text_string_to_metric_families(text))  # type: ignore[no-untyped-call]
        self._families = [
            (
                family.name,
                family.documentation,
                tuple(family.samples[0].labels),
                [(tuple(sample.labels.values()), sample.value) for sample in family.samples],
            )
            for family in parsed
            if family.samples
        ]

    def collect(self) -> list[Metric]:
        given: list[Metric] = []
        for name, documentation, labels, samples in self._families:
            family = GaugeMetricFamily(name, documentation, labels=labels)
            for values, value in samples:
                family.add_metric(values, value)
            given.append(family)
        return given


def _store(folder: Path) -> Store:
    store = Store(f"sqlite:///{folder}/duibiao.db", "indicators")
    SCHEMA.migrate(store)
    statuses = get_args(Status)
    rows = []
    for place in range(SERIES // LINES):
        made = verdict(
            org=f"unit-{place}",
            value=Fraction(place * 7 + 1, place % 40 + 1),
            status=statuses[place % len(statuses)],
            verdict_id=f"v{place:06}",
        )
        ratio = Fraction(place % 97 + 1, 97)
        row = made.row._replace(attainment_ratio=ratio)
        made = made._replace(row=row, period_end=date(2021, 3, 31))
        columns = [column.name for column in tables.verdicts.c]
        rows.append(dict(zip(columns, verdict_row(made, to_document(made), b""), strict=True)))
    with store.begin() as tx:
        tx.execute(insert(tables.verdicts), rows)
    return store


def _samples(text: bytes) -> list[bytes]:
    return sorted(line for line in text.splitlines() if not line.startswith(b"#"))


def _timed(side: Callable[[], object]) -> float:
    """Return the median milliseconds of some calls."""
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        side()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds) * 1000
