"""The whole product as a child process: `duibiao up` with a state folder of its own.

What a test does to it, a person could do: start it, post to it, read it, kill it.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from duibiao.bus.worker import MEASURE_EVERY

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
# For tests that post or ask faster than anybody may, and are not about the limits.
NO_LIMITS = {
    f"DUIBIAO_{what}_{limit}": "1000000000"
    for what in ("REQUEST", "ROW", "CALL")
    for limit in ("RATE", "BURST")
}
Row = dict[str, Any]
T = TypeVar("T")


def free_port() -> int:
    """Return a port of the loopback address that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(found: Callable[[], T | None], *, seconds: float = 30.0, what: str = "") -> T:
    """Ask again and again until there is an answer; fail the test when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        answer = found()
        if answer is not None and answer is not False:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or found}")
        time.sleep(0.02)


class Product:
    """One installation: a state folder, a port, and the process while it runs."""

    def __init__(
        self,
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
        arguments: Sequence[str] = ("up", "--no-sample"),
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(base_url=self.url, timeout=60)
        self.arguments = tuple(arguments)
        self.output = folder / "output.txt"
        self._settings = dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.close()
        if self._process is not None and self._process.poll() is None:
            self.stop()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def start(self, *, wait: bool = True) -> None:
        """Start the process; with `wait`, return when it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("DUIBIAO_")
        }
        environment |= {
            "DUIBIAO_PORT": str(self.port),
            "DUIBIAO_STATE_FOLDER": str(self.folder),
            "DUIBIAO_DATABASE_URL": f"sqlite:///{self.folder}/duibiao.db",
            "DUIBIAO_WATCH_FROM": "2021-01-01",
            **self._settings,
        }
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services", *self.arguments],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if wait:
            until(self._ready, seconds=START_SECONDS, what="the product is ready")

    def _ready(self) -> bool:
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

    @property
    def keys(self) -> Row:
        keys: Row = json.loads((self.folder / "dev-keys.json").read_text(encoding="utf-8"))
        return keys

    def key(self, org: str) -> dict[str, str]:
        """Return the header with an org's key, or the office's, admin's or auditor's."""
        keys = self.keys
        key = keys[org] if org in {"office", "admin", "auditor"} else keys["orgs"][org]
        return {"Authorization": f"Bearer {key}"}

    def post(self, kind: str, org: str, rows: object, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        """Post rows as JSON to `/v1/{kind}` with the org's key."""
        headers = self.key(org) | options.pop("headers", {})
        return self.client.post(f"/v1/{kind}", json=rows, headers=headers, **options)

    def items(self, path: str, *, org: str = "office") -> list[Row]:
        """Read a list of the API, every page of it."""
        rows: list[Row] = []
        url = httpx.URL(path)
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
            answer = self.client.get(f"/v1/submissions/{submission}", headers=self.key("office"))
            row: Row = answer.json()
            return row if row.get("state") == "evaluated" else None

        return until(receipt, seconds=seconds, what=f"submission {submission} is evaluated")

    def verdict(self, target: str, period: str, *, org: str = "", region: str = "610100") -> Row:
        """Return the one verdict row of a series in a period."""
        query = f"target={target}&org={org}&region={region}&period={period}"
        rows = self.items(f"/v1/verdicts?{query}")
        assert len(rows) == 1, rows
        return rows[0]

    def metrics(self) -> dict[str, float]:
        """Return `/metrics` as series text -> value."""
        lines = self.client.get("/metrics").text.splitlines()
        samples = (line.rpartition(" ") for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, _, value in samples}

    def settled(self, *, seconds: float = 120.0) -> None:
        """Wait until every submission is evaluated and nothing is under way between services."""
        until(self._all_evaluated, seconds=seconds, what="every submission is evaluated")
        since: float | None = None

        def quiet_long_enough() -> bool:
            nonlocal since
            if any(self._under_way()):
                since = None
            elif since is None:
                since = time.monotonic()
            # Lag is measured once a second: only a longer silence says that nothing comes.
            return since is not None and time.monotonic() - since > 2 * MEASURE_EVERY

        until(quiet_long_enough, seconds=seconds, what="the services are quiet")

    def _all_evaluated(self) -> bool:
        rows = self.items("/v1/submissions?limit=1000")
        return all(row["state"] == "evaluated" for row in rows)

    def _under_way(self) -> list[float]:
        series = ("duibiao_consumer_lag_records", "duibiao_outbox_age_seconds")
        waiting = [value for name, value in self.metrics().items() if name.startswith(series)]
        assert waiting, "no lag or outbox metrics"
        return waiting
