"""Real Prometheus and Alertmanager, and what `deploy/` says of them.

Where they are not to be had the tests that need them are skipped and say so.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

from tests.support import project
from tests.support.product import free_port, until
from tests.support.servers.images import image, missing
from tests.support.servers.programs import run, start

DEPLOY: Final = project.ROOT / "deploy"
RULES: Final = DEPLOY / "prometheus" / "rules.yml"
REGISTER_RULES: Final = project.ROOT / "notice" / "xa-2021-6" / "generated" / "prometheus-rules.yml"
START_WITHIN: Final = 60.0
METRIC: Final = re.compile(r"\bduibiao_[a-z_]+")
# Of a histogram one asks for its parts.
_PARTS: Final = re.compile(r"_(bucket|sum|count)$")

Json = dict[str, Any]


def program(server: str, name: str) -> str:
    """Return a program of a server; skip the test where it is missing."""
    if image(server):
        return name
    # Debian has another program of the name `alertmanager`.
    found = shutil.which({"alertmanager": "prometheus-alertmanager"}.get(name, name))
    if found is None:
        missing(server, f"no {name} is installed (run bash tests/setup)")
    return found


def checked(name: str, *arguments: str, folder: Path = DEPLOY) -> str:
    """Run promtool or amtool on files of a folder to its good end and return what it says."""
    server = {"promtool": "prometheus", "amtool": "alertmanager"}[name]
    return run(server, [program(server, name), *arguments], folder)


def alert_rules(file: Path = RULES) -> list[Json]:
    """Return the alert rules of a file; by default those that ship for any register."""
    groups = yaml.safe_load(file.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def documented_labels() -> dict[str, set[str]]:
    """Return the metrics of docs/metrics.md with their labels."""
    rows = project.table("metrics.md", "Metrics")
    return {row[0].strip("`"): set(re.findall(r"`([a-z_]+)`", row[2])) for row in rows}


def metrics_in(expression: str) -> set[str]:
    """Return the metrics that an expression asks for, as the documentation names them."""
    return {_PARTS.sub("", name) for name in METRIC.findall(expression)}


@dataclass(frozen=True, slots=True)
class Server:
    """A running Prometheus or Alertmanager."""

    url: str
    client: httpx.Client

    def get(self, path: str, **parameters: str) -> Any:  # noqa: ANN401 - JSON
        answer = self.client.get(path, params=parameters)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()

    def query(self, expression: str) -> list[Json]:
        """Return the series that Prometheus finds now."""
        found: list[Json] = self.get("/api/v1/query", query=expression)["data"]["result"]
        return found


@contextmanager
def prometheus(config: Path) -> Iterator[Server]:
    """Run Prometheus on a configuration; its data go beside it."""
    with _running(
        "prometheus",
        config.parent,
        lambda address: [
            *(program("prometheus", "prometheus"), f"--config.file={config}"),
            f"--storage.tsdb.path={config.parent / 'tsdb'}",
            f"--web.listen-address={address}",
            # Its first alert is dropped while it has not found the Alertmanager yet.
            "--rules.alert.resend-delay=2s",
        ],
    ) as server:
        yield server


@contextmanager
def alertmanager(config: Path) -> Iterator[Server]:
    """Run Alertmanager on a configuration, alone."""
    with _running(
        "alertmanager",
        config.parent,
        lambda address: [
            *(program("alertmanager", "alertmanager"), f"--config.file={config}"),
            f"--storage.path={config.parent / 'alerts'}",
            f"--web.listen-address={address}",
            f"--web.external-url=http://{address}",
            "--cluster.listen-address=",
        ],
    ) as server:
        yield server


@contextmanager
def _running(server: str, folder: Path, command: Callable[[str], list[str]]) -> Iterator[Server]:
    address, output = f"127.0.0.1:{free_port()}", folder / f"{server}.txt"
    with httpx.Client(base_url=f"http://{address}") as client:
        process = start(server, command(address), output, folder)

        def ready() -> bool:
            assert process.running, output.read_text("utf-8")[-4000:]
            try:
                return client.get("/-/ready").status_code == httpx.codes.OK
            except httpx.TransportError:
                return False

        try:
            until(ready, seconds=START_WITHIN, what=f"{server} is ready")
            yield Server(f"http://{address}", client)
        finally:
            process.stop()
