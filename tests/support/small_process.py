"""A whole process with one small service, to be started and killed by tests.

    python -m tests.support.small_process FOLDER [broken]

It takes names over HTTP, sends them through outbox, relay, log and worker, and tells which ones
arrived. Its port is the first line on stdout. With "broken" one of its parts fails.
"""

import asyncio
import sys
import threading
from pathlib import Path

from fastapi import APIRouter

from duibiao.bus.opening import open_bus
from duibiao.bus.relay import Relay
from duibiao.runtime import Part, Service, Settings, SystemClock, Ticker
from duibiao.runtime.logs import configure
from duibiao.runtime.process import Process
from duibiao.store import Store
from duibiao.web.keyring import Keyring
from tests.support.events import event
from tests.support.tally import Tally


def routes(tally: Tally) -> APIRouter:
    router = APIRouter()
    running: list[float] = []

    @router.post("/names/{key}/{name}", status_code=202)
    def put(key: str, name: str) -> None:
        with tally.store.begin() as tx:
            tally.outbox.put(tx, [event(name, key=key)])

    @router.get("/names")
    def handled() -> list[str]:
        return tally.handled()

    @router.get("/slow/{seconds}")
    async def slow(seconds: float) -> str:
        running.append(seconds)
        await asyncio.sleep(seconds)
        return "done"

    @router.get("/running")
    async def which() -> list[float]:
        return running

    return router


def built(folder: Path, *, broken: bool) -> Process:
    settings = Settings(database_url=f"sqlite:///{folder}/duibiao.db")
    clock = SystemClock()
    tally = Tally(folder)
    bus = open_bus(settings, clock)
    relay = Relay("tally-relay", tally.outbox.source(tally.store), bus)
    tally.store.on_commit(relay.nudge)
    parts: list[Part] = [relay, tally.worker(bus, name="tally-worker")]
    if broken:
        parts.append(Ticker("tally-clock", clock, 60, _break))
    access = Store(settings.database_url, "access")
    keyring = Keyring(access, clock)
    return Process(
        [
            Service(
                name="tally",
                routers=[routes(tally)],
                parts=parts,
                closers=[tally.store.close],
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
    process = built(Path(sys.argv[1]), broken="broken" in sys.argv)
    return process.run(then=lambda: print(process.port, flush=True))  # noqa: T201 - told to the test


if __name__ == "__main__":
    sys.exit(main())
