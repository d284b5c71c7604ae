"""A whole process with one small service, to be started and killed by tests.

    python -m tests.service.kit.small_process FOLDER [broken | starts-slowly | deaf]

It takes names over HTTP, sends them through outbox, relay, log and worker, and tells which ones
arrived. Its port is the first line on stdout. With "broken" one of its parts fails, with
"starts-slowly" one takes a second to start, with "deaf" its reader finds nothing, as that of a
client with a fault. Whether the log is on Kafka is told by the environment.
"""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import httpx
import structlog
from fastapi import APIRouter

from duibiao.bus import Bus, Consumer, PositionOf, Record
from duibiao.bus.opening import open_bus
from duibiao.bus.relay import Relay
from duibiao.core import Part, Settings, SystemClock, Ticker
from duibiao.core.logs import configure
from duibiao.process import Service
from duibiao.process.process import Process
from duibiao.store import Store
from duibiao.web.keyring import Keyring
from tests.support.bus import event
from tests.support.counting import Counting
from tests.support.project import ROOT
from tests.support.waiting import until


def routes(service: Counting) -> APIRouter:
    router = APIRouter()
    running: list[float] = []

    @router.post("/names/{key}/{name}", status_code=202)
    def put(key: str, name: str) -> None:
        with service.store.begin() as tx:
            service.outbox.put(tx, [event(name, key=key, topic=service.topic)])

    @router.get("/names")
    def handled() -> list[str]:
        return service.handled()

    @router.get("/slow/{seconds}")
    async def slow(seconds: float) -> str:
        running.append(seconds)
        await asyncio.sleep(seconds)
        return "done"

    @router.get("/running")
    async def which() -> list[float]:
        return running

    return router


class Deaf:
    """A log whose readers find nothing, though there is something and they can say how much."""

    def __init__(self, bus: Bus) -> None:
        self.name = bus.name
        self.failed = None
        self.start = bus.start
        self.stop = bus.stop
        self.producer = bus.producer
        self.accepted = bus.accepted
        self.look = bus.look
        self._bus = bus

    def consumer(self, group: str, topics: Sequence[str], positions: PositionOf) -> Consumer:
        consumer = self._bus.consumer(group, topics, positions)

        def poll(limit: int, timeout: float) -> Sequence[Record]:  # noqa: ARG001 - the port's
            time.sleep(timeout)
            return []

        consumer.poll = poll  # type: ignore[method-assign]  # that is its fault
        return consumer


class Slow(Ticker):
    def start(self) -> None:
        structlog.get_logger(__name__).info("starting slowly")
        time.sleep(1)
        super().start()


def built(folder: Path, manner: str) -> Process:
    settings = Settings(database_url=f"sqlite:///{folder}/duibiao.db")
    clock = SystemClock()
    service = Counting(folder, topic=f"{settings.topic_prefix}things.v1", remembers=True)
    bus: Bus = open_bus(settings, clock)
    if manner == "deaf":
        bus = Deaf(bus)
    relay = Relay("counting-relay", service.outbox.source(service.store), bus)
    service.store.on_commit(relay.nudge)
    parts: list[Part] = [relay, service.worker(bus, name="counting-worker")]
    if manner == "broken":
        parts.append(Ticker("counting-clock", clock, 60, _break))
    if manner == "starts-slowly":
        parts.append(Slow("counting-clock", clock, 60, lambda: None))
    access = Store(settings.database_url, "access")
    keyring = Keyring(access, clock)
    return Process(
        [
            Service(
                name="counting",
                routers=[routes(service)],
                parts=parts,
                closers=[service.store.close],
            )
        ],
        settings,
        clock,
        bus=bus,
        keyring=keyring,
        closers=[access.close, keyring.close],
    )


def _break() -> None:
    threading.Event().wait(0.3)
    raise LookupError("a part of this process broke")


def main() -> int:
    configure("INFO")
    process = built(Path(sys.argv[1]), "".join(sys.argv[2:]))
    return process.run(then=lambda: print(process.port, flush=True))  # noqa: T201 - told to the test


if __name__ == "__main__":
    sys.exit(main())


START_WITHIN = 30.0


class Child:
    """A running small process; its stderr goes to a file in its folder."""

    def __init__(self, folder: Path, *arguments: str, port: int = 0) -> None:
        self._log = folder / "stderr.jsonl"
        with self._log.open("ab") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.service.kit.small_process", str(folder), *arguments],
                cwd=ROOT,
                env={**os.environ, "DUIBIAO_PORT": str(port)},
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        self.client = httpx.Client(timeout=10)

    def ready(self) -> "Child":
        """Wait until it has told its port and answers that it is ready."""
        line = self._stdout().readline()
        assert line, self.log()
        self.client.base_url = httpx.URL(f"http://127.0.0.1:{int(line)}")
        until(lambda: self.client.get("/readyz").status_code == 200, seconds=START_WITHIN)
        return self

    def put(self, key: str, names: Sequence[str]) -> list[str]:
        """Post names one by one; return those answered 202, up to the first that was not."""
        taken = []
        with suppress(httpx.TransportError):
            for name in names:
                if self.client.post(f"/names/{key}/{name}").status_code != 202:
                    break
                taken.append(name)
        return taken

    def handled(self) -> list[str]:
        found: list[str] = self.client.get("/names").json()
        return found

    def log(self) -> str:
        return self._log.read_text()

    def ended(self, within: float = 15) -> int:
        """Wait for its end and return its exit code."""
        code = self.process.wait(within)
        self._stdout().close()
        self.client.close()
        return code

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.ended()

    def kill(self) -> None:
        """Make sure that it is gone."""
        if self.process.poll() is None:
            self.process.kill()
        self.ended()

    def _stdout(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout
