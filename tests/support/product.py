"""The product from outside: an installation that is posted to and read, and its processes.

What a test does to a process, a person could do: start it, post to it, read it, kill it.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from duibiao.bus.limits import Limits
from tests.support.fork_server import Forked, fork_server
from tests.support.project import ROOT
from tests.support.waiting import until

__all__ = ["ROOT", "Installation", "Product", "Row", "until"]

Row = dict[str, Any]
T = TypeVar("T")


class Installation(ABC):
    """One installation from outside.

    Attributes:
        folder: its state folder, which holds the keys.
        client: whom it is asked with; paths are to be made whole by `url_of`.

    """

    folder: Path
    client: httpx.Client

    @property
    @abstractmethod
    def environment(self) -> Mapping[str, str]:
        """The settings of the installation, for its commands."""

    @abstractmethod
    def url_of(self, path: str) -> str:
        """Return the whole address of a path of the API."""

    @abstractmethod
    def metrics(self) -> dict[str, float]:
        """Return `/metrics` as series text -> value, added up over the processes."""

    @property
    def keys(self) -> Row:
        keys: Row = json.loads((self.folder / "dev-keys.json").read_text(encoding="utf-8"))
        return keys

    def key(self, org: str) -> dict[str, str]:
        """Return the header with an org's key, or the office's, admin's or auditor's."""
        keys = self.keys
        key = keys[org] if org in {"office", "admin", "auditor"} else keys["orgs"][org]
        return {"Authorization": f"Bearer {key}"}

    def get(self, path: str, *, org: str = "office") -> httpx.Response:
        """Read a path of the API."""
        return self.client.get(self.url_of(path), headers=self.key(org))

    def post(self, kind: str, org: str, rows: object, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        """Post rows as JSON to `/v1/{kind}` with the org's key."""
        headers = self.key(org) | options.pop("headers", {})
        return self.client.post(self.url_of(f"/v1/{kind}"), json=rows, headers=headers, **options)

    def items(self, path: str, *, org: str = "office") -> list[Row]:
        """Read a list of the API, every page of it."""
        rows: list[Row] = []
        url = httpx.URL(self.url_of(path))
        while True:
            answer = self.client.get(url, headers=self.key(org))
            assert answer.status_code == httpx.codes.OK, answer.text
            page = answer.json()
            rows += page["items"]
            if not page.get("next_cursor"):
                return rows
            url = url.copy_merge_params({"cursor": page["next_cursor"]})

    def evaluated(self, submission: str, *, seconds: float = 60.0) -> Row:
        """Wait until a submission's verdicts are there, and return its receipt."""

        def receipt() -> Row | None:
            row: Row = self.get(f"/v1/submissions/{submission}").json()
            return row if row.get("state") == "evaluated" else None

        return until(receipt, seconds=seconds, what=f"submission {submission} is evaluated")

    def verdict(self, target: str, period: str, *, org: str = "", region: str = "610100") -> Row:
        """Return the one verdict row of a series in a period."""
        query = f"target={target}&org={org}&region={region}&period={period}"
        rows = self.items(f"/v1/verdicts?{query}")
        assert len(rows) == 1, rows
        return rows[0]

    def settled(self, *, seconds: float = 120.0) -> None:
        """Wait until every submission is evaluated and nothing is under way between services."""
        until(self.all_evaluated, seconds=seconds, what="every submission is evaluated")
        since: float | None = None

        def quiet_long_enough() -> bool:
            nonlocal since
            if any(self._under_way()):
                since = None
            elif since is None:
                since = time.monotonic()
            # Lag is measured once a second: only a longer silence says that nothing comes.
            return since is not None and time.monotonic() - since > 2 * Limits().measure

        until(quiet_long_enough, seconds=seconds, what="the services are quiet")

    def all_evaluated(self) -> bool:
        if any(self._under_way()):
            return False  # a list of many pages need not be read for that
        rows = self.items("/v1/submissions?limit=1000")
        return all(row["state"] == "evaluated" for row in rows)

    def _under_way(self) -> list[float]:
        series = ("duibiao_consumer_lag_records", "duibiao_outbox_age_seconds")
        waiting = [value for name, value in self.metrics().items() if name.startswith(series)]
        assert waiting, "no lag or outbox metrics"
        return waiting


def added_up(processes: Iterable[Installation]) -> dict[str, float]:
    """Return the metrics of the processes of an installation, series by series added up."""
    whole: dict[str, float] = {}
    for process in processes:
        for series, value in process.metrics().items():
            whole[series] = whole.get(series, 0.0) + value
    return whole


def samples(text: str) -> dict[str, float]:
    """Return Prometheus' text format as series text -> value."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


START_SECONDS = 120.0
# For tests that post or ask faster than anybody may, and are not about the limits.
NO_LIMITS = {
    f"DUIBIAO_{what}_{limit}": "1000000000"
    for what in ("REQUEST", "ROW", "CALL", "PAGE")
    for limit in ("RATE", "BURST")
} | {"DUIBIAO_ALERTS_FLOOD": "1000000000"}


def free_port() -> int:
    """Return a port of the loopback address that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def kept_environment() -> dict[str, str]:
    """Return the environment of the tests without what is said in it to a product."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DUIBIAO")}


class Product(Installation):
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
