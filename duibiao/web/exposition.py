"""What /metrics answers: the client library's families, then families that are written as text.

The client library takes about 7 us a series, with the interpreter to itself. A collector of tens of
thousands of series writes its lines itself and keeps what has not changed.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

_END: Final = b"# EOF\n"  # of OpenMetrics; the older text format has no end


class TextCollector(Collector, ABC):
    """A collector that gives some of its gauges as text, beside those of `collect`."""

    @abstractmethod
    def text(self) -> bytes:
        """Return whole families, each as `gauge` writes it. Called on the scraping thread."""


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
