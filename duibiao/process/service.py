"""What a service hands to the process that runs it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter
from prometheus_client.registry import Collector

from duibiao.core.parts import Part
from duibiao.web.app import HotRoute


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service, wired and not yet started.

    Attributes:
        name: ingest, indicators or alerts.
        routers: its ordinary routes, in order.
        hot: (method, path) -> a bare ASGI handler that is taken before FastAPI's own stack.
        parts: what runs beside the web server, in the order in which it starts.
        collectors: its own Prometheus collectors. Metrics that several services give (outbox
            age, lag, dead letters) come from the parts, gathered by the process.
        not_ready: reasons, in English and Chinese, why it cannot take work now; empty when it
            can. Called on the event loop: quick, no input or output.
        closers: called once everything has stopped, last one first (close the stores).

    """

    name: str
    routers: Sequence[APIRouter] = ()
    hot: Mapping[tuple[str, str], HotRoute] = field(default_factory=dict)
    parts: Sequence[Part] = ()
    collectors: Sequence[Collector] = ()
    not_ready: Callable[[], Sequence[tuple[str, str]]] = tuple
    closers: Sequence[Callable[[], None]] = ()
