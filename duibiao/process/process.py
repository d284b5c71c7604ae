"""The process: runs some of the services behind one web server until told to stop.

    bus, then the parts in order -> web server -> (signal, or a part that failed)
    -> requests in flight end -> parts stop, last one first -> bus -> stores are closed

A signal ends it with exit code 0; a part that failed is named and ends it with 1. Being killed
at any moment is safe: nothing is answered, sent or forgotten before it is on the disk.
"""

import asyncio
import gc
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from types import FrameType
from typing import cast

import structlog
import uvicorn
from prometheus_client import GCCollector, ProcessCollector

from duibiao.audit.metrics import AuditCollector
from duibiao.bus.metrics import PipelineCollector
from duibiao.bus.ports import Bus
from duibiao.bus.watchdog import Watchdog
from duibiao.bus.worker import Worker
from duibiao.core.clock import Clock
from duibiao.core.parts import Once, Ticker
from duibiao.core.settings import Settings
from duibiao.process.lifetime import Lifetime
from duibiao.process.memory import give_back_large_blocks
from duibiao.process.open_files import allow_many
from duibiao.process.service import Service
from duibiao.store.heartbeat import DatabaseCollector, Heartbeat
from duibiao.web.app import App, Bounds
from duibiao.web.exposition import Registry
from duibiao.web.keyring import Keyring
from duibiao.web.protocol import protocol_within
from duibiao.web.quotas import Policy, Quota

KEY_USES_EVERY = 5.0  # seconds between looks at which keys were used
_STATES_ZH = {"starting": "正在启动", "running": "正在运行", "stopping": "正在停止"}
GRACE = 3  # seconds that requests in flight get; uvicorn by itself would wait for ever
# Allocations before the collector looks at young objects. A hot process makes and drops many
# that are in no cycle; at the default of 700 looking for some cost up to a fifth of the requests
# a second and made the slowest answers several times slower.
_GC_THRESHOLDS = (50_000, 20, 50)

_CALLS = ("calls", "次调用")
_PAGES = ("pages", "个页面")
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_log = structlog.get_logger(__name__)


class Process:
    """One process. Made, run once, and done.

    Attributes:
        app: the HTTP face, for tests that need no socket.
        registry: where everything that /metrics shows is registered.
        port: what `run` listens on; known from then on where the settings say 0.

    """

    def __init__(
        self,
        services: Sequence[Service],
        settings: Settings,
        clock: Clock,
        *,
        bus: Bus,
        keyring: Keyring,
        closers: Sequence[Callable[[], None]] = (),
        version: str = "0",
        sample: bool = False,
    ) -> None:
        """Put it together; nothing is started. `closers` come after those of the services."""
        self._services = tuple(services)
        self._settings = settings
        parts = [part for service in services for part in service.parts]
        workers = [part for part in parts if isinstance(part, Worker)]
        keys = Heartbeat(keyring.keys.store)
        self._heartbeats = [keys, *(part for part in parts if isinstance(part, Heartbeat))]
        self._lifetime = Lifetime(
            [
                bus,
                keys,
                Ticker("key uses", clock, KEY_USES_EVERY, keyring.note_uses),
                *parts,
                Watchdog(workers, settings.stall_seconds),
            ],
            [*closers, *(closer for service in services for closer in service.closers)],
        )
        self._state = "starting"
        self.port = settings.port
        self.registry = _registry(services, clock)
        self.registry.register(DatabaseCollector(self._heartbeats))
        self.app = App(
            keyring=keyring,
            registry=self.registry,
            not_ready=self.not_ready,
            routers=[router for service in services for router in service.routers],
            hot={path: route for service in services for path, route in service.hot.items()},
            version=version,
            bounds=_bounds(settings, clock),
            public_url=settings.public_url,
            sample=sample,
        )
        self._config = uvicorn.Config(
            self.app,
            http=protocol_within(settings.head_seconds, settings.body_seconds),
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            log_level="warning",
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
        )
        self._server = _Server(self._config, self._must_end)

    def not_ready(self) -> Sequence[tuple[str, str]]:
        """Say why the process cannot take work, in English and Chinese; empty if it can.

        The log being away is no reason: posts wait in the outbox, and readers are answered.
        """
        if self._state != "running":
            return ((self._state, _STATES_ZH[self._state]),)
        away = [beat.store.schema for beat in self._heartbeats if beat.store.away is not None]
        return (
            *((f"{schema}: database away", "数据库无响应") for schema in away),
            *(
                (f"{service.name}: {reason}", reason_zh)
                for service in self._services
                for reason, reason_zh in service.not_ready()
            ),
        )

    def ask_to_stop(self) -> None:
        """Have `run` end as a signal would. From any thread."""
        self._state = "stopping"
        self._server.should_exit = True

    def run(self, then: Callable[[], None] | None = None) -> int:
        """Run until told to stop, then stop and close everything; return the exit code, 0 or 1.

        `then` is called once on a thread of its own when requests are served; what it raises
        ends the process like a part that failed.

        Raises:
            OSError: the address cannot be listened on; nothing was started.

        """
        allow_many()
        give_back_large_blocks()
        with self._signals():
            try:
                with _listen(self._settings.host, self._settings.port) as listener:
                    self.port = listener.getsockname()[1]
                    self._lifetime.start()
                    self._serve(listener, then)
                    return self._exit_code()
            finally:
                self._lifetime.stop()

    def _serve(self, listener: socket.socket, then: Callable[[], None] | None) -> None:
        self._server.on_serving = partial(self._on_serving, then)
        with asyncio.Runner(loop_factory=self._config.get_loop_factory()) as runner:
            runner.run(self._server.serve(sockets=[listener]))
        self._state = "stopping"

    def _on_serving(self, then: Callable[[], None] | None) -> None:
        # What exists now lives as long as the process: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_GC_THRESHOLDS)
        if self._state != "starting":
            return  # told to stop before it could serve
        self._state = "running"
        _log.info("serving", services=[s.name for s in self._services], port=self.port)
        if then is not None:
            self._lifetime.add(Once("opening", then))

    def _must_end(self) -> bool:
        return self._lifetime.failed() is not None

    def _exit_code(self) -> int:
        failure = self._lifetime.failed()
        if failure is None:
            _log.info("stopped")
            return 0
        name, error = failure
        _log.error("process ends because a part failed", part=name, error=repr(error))
        return 1

    @contextmanager
    def _signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        # A second Ctrl-C does not wait for requests in flight.
        self._server.force_exit = self._server.should_exit
        self.ask_to_stop()


class _Server(uvicorn.Server):
    """A server that leaves signals to the process and looks after its parts.

    uvicorn's own way raises the signal once more at its end, so that the process would die of it
    with its parts still running.
    """

    def __init__(self, config: uvicorn.Config, must_end: Callable[[], bool]) -> None:
        super().__init__(config)
        self.on_serving: Callable[[], None] = _nothing
        self._must_end = must_end

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.on_serving()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        cast("App", self.config.app).stopping.set()
        await super().shutdown(sockets)

    async def on_tick(self, counter: int) -> bool:
        # uvicorn calls this ten times a second.
        return self._must_end() or await super().on_tick(counter)


def _bounds(settings: Settings, clock: Clock) -> Bounds:
    policy = Policy("calls", _CALLS, settings.call_burst, settings.call_rate)
    pages = Policy("pages", _PAGES, settings.page_burst, settings.page_rate)
    return Bounds(calls=Quota(policy, clock.monotonic), pages=Quota(pages, clock.monotonic))


def _nothing() -> None:
    pass


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from error
    return listener


def _registry(services: Sequence[Service], clock: Clock) -> Registry:
    registry = Registry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    registry.register(PipelineCollector({s.name: s.parts for s in services}, clock))
    registry.register(AuditCollector(part for service in services for part in service.parts))
    for service in services:
        for collector in service.collectors:
            registry.register(collector)
    return registry
