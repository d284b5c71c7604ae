"""What /metrics answers: the client library's families, then families that are written as text.

The client library takes about 7 us a series, with the interpreter to itself. A collector of tens of
thousands of series writes its lines itself and keeps what has not changed.
"""

import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

_END: Final = b"# EOF\n"  # of OpenMetrics; the older text format has no end


class TextCollector(Collector, ABC):
    """A collector that gives some of its gauges as text, beside those of `collect`."""

    @abstractmethod
    def text(self) -> bytes:
        """Return whole families, each as `gauge` writes it. Called on the scraping thread."""


class LabelledCounts(Collector):
    """A counter with one series for each set of labels that was counted. Quick, never raises."""

    def __init__(self, name: str, documentation: str, labels: Sequence[str]) -> None:
        self._about = name, documentation, labels
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, ...]] = Counter()

    def add(self, *labels: str, by: int = 1) -> None:
        """Count something with the values of its labels; nothing where `by` is 0."""
        if by:
            with self._lock:
                self._counts[labels] += by

    def collect(self) -> Iterable[CounterMetricFamily]:
        """Return the one family."""
        name, documentation, labels = self._about
        with self._lock:
            counts = dict(self._counts)
        family = CounterMetricFamily(name, documentation, labels=labels)
        for values, count in sorted(counts.items()):
            family.add_metric(values, count)
        return [family]


class Registry(CollectorRegistry):
    """A registry that also takes collectors of text, which `texts` holds."""

    def __init__(self) -> None:
        super().__init__()
        self.texts = list[TextCollector]()

    def register(self, collector: Collector) -> None:
        """Register a collector."""
        super().register(collector)
        if isinstance(collector, TextCollector):
            self.texts.append(collector)


def render(registry: CollectorRegistry, accept: str = "") -> tuple[bytes, str]:
    """Return what a scrape gets and its content type, in the format that `accept` asks for."""
    encode, content_type = choose_encoder(accept)
    body = encode(registry)
    texts = [collector.text() for collector in getattr(registry, "texts", ())]
    end = _END if body.endswith(_END) else b""
    return b"".join([body.removesuffix(end), *texts, end]), content_type


def gauge(name: str, documentation: str, lines: Iterable[str]) -> str:
    """Return a family of gauges in the text of both formats; a line ends with a newline."""
    return f"# HELP {name} {documentation}\n# TYPE {name} gauge\n" + "".join(lines)


def labels(**values: str) -> str:
    """Return label text such as `a="1",b="2"`, by name as the client library orders them."""
    return ",".join(f'{name}="{_escaped(values[name])}"' for name in sorted(values))


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
