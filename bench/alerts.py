"""Row 4: from a posted breach to the webhook, beside Pushgateway, Prometheus and Alertmanager.

The peers scrape and evaluate every second and group for 0 s: the quickest they can be told to be.
Both sides run on one core and take turns; the receiver has the other core.
Needs Debian's packages prometheus, prometheus-alertmanager and prometheus-pushgateway.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import httpx
import psutil

from bench.table import Line
from tests.support.product import NO_LIMITS, Product, free_port
from tests.support.receiver import SECRET_TEXT
from tests.support.waiting import until

TRIALS: Final = 20  # of the peers, in each round
OURS_A_TRIAL: Final = 3
WITHIN: Final = 20.0  # seconds that a message may take
FIGURE: Final = {"indicator": "export-rebate-days", "period": "2021Q4", "sample_size": 9}
BAD: Final = 5.6  # over 5.5
PROGRAMS: Final = ("prometheus-pushgateway", "prometheus", "prometheus-alertmanager")


def lines(rounds: int) -> Iterator[Line]:
    """Measure; yield the lines of the table."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}")
    _run_on(0)
    peer = "Pushgateway, Prometheus 1 s / 1 s, Alertmanager 0 s"
    found = {
        percent: Line("4", f"POST to webhook, p{percent}", peer, must, "ms")
        for percent, must in ((50, 30), (99, 15))
    }
    with tempfile.TemporaryDirectory() as folder, _receiver() as receiver, ExitStack() as stack:
        product = stack.enter_context(_product(Path(folder) / "product", receiver.port))
        ours = _Ours(product, receiver)
        ours.trial()  # warms up, not counted
        for number in range(rounds):
            # Started for each round: the phase of their evaluations stays as it is for their life.
            _run_on(0)
            with _peers(Path(folder) / f"peers-{number}", receiver.port) as peers:
                _run_on(1)
                theirs = _Theirs(peers, receiver)
                theirs.trial()
                mine, others = list[float](), list[float]()
                for _ in range(TRIALS):
                    mine += [ours.trial() for _ in range(OURS_A_TRIAL)]
                    others.append(theirs.trial())
            for percent, line in found.items():
                line.add(_percentile(mine, percent), _percentile(others, percent))
    yield from found.values()


def _run_on(core: int) -> None:
    """Run on one core from here on; what is started inherits it."""
    for thread in psutil.Process().threads():
        os.sched_setaffinity(thread.id, {core})


def _percentile(seconds: Sequence[float], percent: int) -> float:
    """Return a percentile by nearest rank, in milliseconds."""
    return sorted(seconds)[-(-len(seconds) * percent // 100) - 1] * 1000


class _Receiver(ThreadingHTTPServer):
    """Notes when a body that holds a word came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port = int(self.server_address[1])
        self._came = threading.Condition()
        self._bodies: list[tuple[float, str]] = []

    def note(self, at: float, body: str) -> None:
        with self._came:
            self._bodies.append((at, body))
            self._came.notify_all()

    def wait_for(self, *words: str) -> float:
        """Return when the next body with one of the words came; earlier ones are forgotten."""
        deadline = time.monotonic() + WITHIN
        with self._came:
            while True:
                for at, body in self._bodies:
                    if any(word in body for word in words):
                        self._bodies.clear()
                        return at
                if not self._came.wait(deadline - time.monotonic()):
                    raise SystemExit(f"nothing came with {words}")


class _Handler(BaseHTTPRequestHandler):
    server: _Receiver

    def do_POST(self) -> None:
        at = time.perf_counter()
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.send_response(204)
        self.end_headers()
        self.server.note(at, body)

    def log_message(self, *_: object) -> None:
        pass


class _Ours:
    """Posts a figure that breaches its target, then two good ones: so its alert recovers."""

    def __init__(self, product: Product, receiver: _Receiver) -> None:
        self._product = product
        self._receiver = receiver
        self._client = httpx.Client(base_url=product.url, headers=product.key("tax-bureau"))
        self._good = 5.0

    def trial(self) -> float:
        began = time.perf_counter()
        self._post(BAD)
        took = self._receiver.wait_for('"alert.opened"', '"alert.relapsed"') - began
        for _ in range(2):
            self._good = self._good - 0.01 if self._good > 1 else 5.0  # another one each time
            self._post(self._good)
        self._receiver.wait_for('"alert.recovered"')
        time.sleep(random.random() / 10)  # noqa: S311 - a phase
        return took

    def _post(self, value: float) -> None:
        body = {**FIGURE, "value": round(value, 2)}
        self._client.post("/v1/observations", json=body).raise_for_status()


class _Theirs:
    """Pushes one more series over the limit; each is an alert of its own."""

    def __init__(self, gateway: str, receiver: _Receiver) -> None:
        self._client = httpx.Client(base_url=gateway)
        self._receiver = receiver
        self._trials = 0

    def trial(self) -> float:
        time.sleep(random.random())  # noqa: S311 - a phase
        self._trials += 1
        name = f"trial-{self._trials}-"
        began = time.perf_counter()
        path = f"/metrics/job/ops/agency/{name}"
        self._client.put(path, content=b'observation{indicator="d"} 31.5\n').raise_for_status()
        return self._receiver.wait_for(f'"{name}"') - began


@contextmanager
def _receiver() -> Iterator[_Receiver]:
    receiver = _Receiver()
    thread = threading.Thread(target=receiver.serve_forever, daemon=True)
    thread.start()
    yield receiver
    receiver.shutdown()


@contextmanager
def _product(folder: Path, port: int) -> Iterator[Product]:
    folder.mkdir()
    (folder / "secret").write_text(SECRET_TEXT)
    receivers = folder / "receivers.yaml"
    receivers.write_text(
        "receivers: [{name: desk, webhook: {secret_file: secret, url: "
        f'"http://127.0.0.1:{port}/ours"}}}}]\nroutes: [{{receiver: desk, targets: [T16]}}]\n'
    )
    settings = NO_LIMITS | {
        "DUIBIAO_RECEIVERS": str(receivers),
        "DUIBIAO_RECEIVER_ALLOW": "127.0.0.1",
    }
    with Product(folder, settings=settings) as product:
        product.settled()
        yield product


def _configure(folder: Path, gateway: str, alertmanager: str, receiver: int) -> None:
    _write(
        folder / "alertmanager.yml",
        {
            "route": {
                "receiver": "desk",
                "group_by": ["..."],
                "group_wait": "0s",
                "group_interval": "1s",
                "repeat_interval": "1h",
            },
            "receivers": [
                {
                    "name": "desk",
                    "webhook_configs": [
                        {"url": f"http://127.0.0.1:{receiver}/theirs", "send_resolved": False}
                    ],
                }
            ],
        },
    )
    _write(
        folder / "rules.yml",
        {"groups": [{"name": "g", "rules": [{"alert": "Breach", "expr": "observation > 30"}]}]},
    )
    _write(
        folder / "prometheus.yml",
        {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
            "scrape_configs": [
                {
                    "job_name": "push",
                    "honor_labels": True,
                    "static_configs": [{"targets": [gateway]}],
                }
            ],
        },
    )


@contextmanager
def _peers(folder: Path, receiver: int) -> Iterator[str]:
    """Run the three of them; give the Pushgateway's address."""
    folder.mkdir()
    gateway, prometheus, alertmanager = (f"127.0.0.1:{free_port()}" for _ in range(3))
    _configure(folder, gateway, alertmanager, receiver)
    commands = (
        # Debian's package would keep the groups of earlier runs.
        [PROGRAMS[0], f"--web.listen-address={gateway}", "--persistence.file="],
        [
            *(PROGRAMS[1], f"--config.file={folder}/prometheus.yml"),
            *(f"--storage.tsdb.path={folder}/tsdb", f"--web.listen-address={prometheus}"),
        ],
        [
            *(PROGRAMS[2], f"--config.file={folder}/alertmanager.yml"),
            *(f"--storage.path={folder}/alerts", f"--web.listen-address={alertmanager}"),
            "--cluster.listen-address=",
        ],
    )
    with ExitStack() as stack:
        for command in commands:
            output = stack.enter_context((folder / f"{command[0]}.txt").open("wb"))
            process = subprocess.Popen(command, stdout=output, stderr=output)
            stack.callback(process.wait)
            stack.callback(process.terminate)
        for address in (gateway, prometheus, alertmanager):
            until(_answers(f"http://{address}/-/ready"), seconds=60, what=f"{address} is ready")
        time.sleep(5)  # Prometheus drops alerts until it has found its Alertmanager
        yield f"http://{gateway}"


def _answers(url: str) -> Callable[[], bool]:
    def answers() -> bool:
        try:
            return httpx.get(url).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    return answers


def _write(file: Path, content: object) -> None:
    file.write_text(json.dumps(content))  # JSON is YAML
