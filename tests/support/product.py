"""The whole product as a child process: `duibiao up` with a state folder of its own.

What a test does to it, a person could do: start it, post to it, read it, kill it.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.support.face import Face, Row, samples, until
from tests.support.fork_server import ROOT, Forked, fork_server

__all__ = ["ROOT", "Product", "Row", "free_port", "until"]

START_SECONDS = 120.0
# For tests that post or ask faster than anybody may, and are not about the limits.
NO_LIMITS = {
    f"DUIBIAO_{what}_{limit}": "1000000000"
    for what in ("REQUEST", "ROW", "CALL", "PAGE")
    for limit in ("RATE", "BURST")
}


def free_port() -> int:
    """Return a port of the loopback address that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def kept_environment() -> dict[str, str]:
    """Return the environment of the tests without what is said in it to a product."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DUIBIAO")}


class Product(Face):
    """One process of an installation, mostly the only one: a state folder, a port, the process."""

    def __init__(
        self,
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
        arguments: Sequence[str] = ("up", "--no-sample"),
        program: str = "",
    ) -> None:
        """`program`: a module to run instead; without one the fork server starts the product."""
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(base_url=self.url, timeout=60)
        self.arguments = tuple(arguments)
        self._program = program
        self.output = folder / "output.txt"
        self._settings = dict(settings or {})
        self._process: subprocess.Popen[bytes] | Forked | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it where it runs."""
        self.client.close()
        if self.running:
            self.stop()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def process(self) -> subprocess.Popen[bytes] | Forked:
        assert self._process is not None
        return self._process

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            "DUIBIAO_PORT": str(self.port),
            "DUIBIAO_STATE_FOLDER": str(self.folder),
            "DUIBIAO_DATABASE_URL": f"sqlite:///{self.folder}/duibiao.db",
            "DUIBIAO_WATCH_FROM": "2021-01-01",
            **self._settings,
        }

    def url_of(self, path: str) -> str:
        return f"{self.url}{path}"

    def start(self, *, wait: bool = True, failpoints: str = "") -> None:
        """Start the process; with `wait`, return when it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {**kept_environment(), **self.environment}
        if failpoints:
            environment["DUIBIAO_FAILPOINTS"] = failpoints
        self._process = self._started(environment)
        if wait:
            self.wait_until_ready()

    def _started(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes] | Forked:
        if not self._program:
            return fork_server().start(self.arguments, environment, self.output)
        with self.output.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", self._program, *self.arguments],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        until(self.ready, seconds=START_SECONDS, what="the product is ready")

    def ready(self) -> bool:
        """Whether it takes work; fails where it has ended by itself."""
        code = self.process.poll()
        if code is not None:
            tail = self.output.read_text(encoding="utf-8", errors="replace")[-4000:]
            raise AssertionError(f"the product ended with {code}:\n{tail}")
        try:
            return self.client.get("/readyz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """End it as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=30)

    def stop(self) -> int:
        """End it as Ctrl-C does, and return its exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=30)

    def died(self, *, seconds: float = 30.0) -> int:
        """Wait until it has ended by itself; return its exit code, -9 after a SIGKILL."""
        return self.process.wait(seconds)

    def metrics(self) -> dict[str, float]:
        return samples(self.client.get("/metrics").text)
