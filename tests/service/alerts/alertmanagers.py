"""Real Alertmanagers that tell a receiver, and the alerts service set to send to them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

import httpx
import yaml

from duibiao.register import Register
from tests.service.alerts.service import AlertsService
from tests.support import registers
from tests.support.monitoring import program
from tests.support.receiver import LocalReceiver
from tests.support.servers.ports import free_ports
from tests.support.servers.programs import Server, start
from tests.support.waiting import until


class Replica(Server):
    """An Alertmanager that is set to tell a receiver of each alert at once, and once a day."""

    def __init__(self, folder: Path, port: int, receiver: LocalReceiver) -> None:
        folder.mkdir()
        self.url, self.receiver = f"http://127.0.0.1:{port}", receiver
        hook = {"url": receiver.url(), "send_resolved": True}
        config = {
            "route": {
                "receiver": "desk",
                "group_by": ["..."],
                "group_wait": "0s",
                "group_interval": "1s",
                "repeat_interval": "24h",
            },
            "receivers": [{"name": "desk", "webhook_configs": [hook]}],
        }
        self._folder, self._file = folder, folder / "alertmanager.yml"
        self._file.write_text(yaml.safe_dump(config), "utf-8")

    def start(self) -> Self:
        command = [program("alertmanager", "alertmanager"), f"--config.file={self._file}"]
        command += [f"--storage.path={self._folder}", "--cluster.listen-address="]
        command += [f"--web.listen-address={self.url.removeprefix('http://')}"]
        output = self._folder / "alertmanager.txt"
        self._process = start("alertmanager", command, output, self._folder)
        until(self._ready, what="Alertmanager is ready")
        return self

    def _ready(self) -> bool:
        assert self.running, (self._folder / "alertmanager.txt").read_text("utf-8")[-2000:]
        try:
            return httpx.get(f"{self.url}/-/ready").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def alerts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/api/v2/alerts").json()
        return found

    def told(self) -> list[str]:
        """Return what the receiver was told: yellow firing, red firing, yellow resolved."""
        return [
            f"{one['labels']['colour']} {one['status']}"
            for got in self.receiver.got
            for one in got.content["alerts"]
        ]

    def tells(self, *wanted: str) -> None:
        until(
            lambda: sorted(self.told()) == sorted(wanted),
            seconds=40,
            what=f"{wanted} is told at {self.url}",
        )


@contextmanager
def replicas(folder: Path, count: int) -> Iterator[list[Replica]]:
    with ExitStack() as stack:
        made = []
        for port in free_ports(count):
            receiver = stack.enter_context(LocalReceiver())
            made.append(Replica(folder / f"alertmanager-{port}", port, receiver).start())
            stack.callback(made[-1].stop)
        yield made


def serving(
    folder: Path, *urls_of: str, known: Register | None = None, **more: object
) -> AlertsService:
    """Return the service, set to send again every second."""
    urls = ", ".join(urls_of)
    settings = {"alertmanager_urls": urls, "alertmanager_seconds": 1, **more}
    return AlertsService(folder, register=known or registers.register(), settings=settings).start()


def count(service: AlertsService, url: str, result: str) -> float:
    """Return how many posts of this process a replica has taken, or failed to take."""
    name = f'duibiao_alertmanager_posts_total{{alertmanager="{url}",result="{result}"}} '
    (line,) = (line for line in service.metrics().splitlines() if line.startswith(name))
    return float(line.removeprefix(name))
