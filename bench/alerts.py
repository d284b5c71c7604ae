"""Row 4: from a posted breach to the webhook, beside Pushgateway, Prometheus and Alertmanager.

An open model: breaches are posted at a fixed rate, each counted from when it was to be posted. Ours
sends every alert over every channel. The peers scrape and evaluate every second and group for 0 s:
the quickest they can be told to be. Both sides run on one core and take turns; the receivers have
the other core.
Needs Debian's packages prometheus, prometheus-alertmanager and prometheus-pushgateway.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Final

import httpx
import psutil
import yaml

from bench.table import Line
from duibiao.register import default_folder
from tests.support.product import NO_LIMITS, Product, free_port
from tests.support.receiver import SECRET_TEXT
from tests.support.waiting import until

RATE: Final = 20  # posts a second, whatever becomes of them
STARTS: Final = (
    3  # of the peers in a round: how an evaluation falls after a scrape stays for their life
)
TRIALS: Final = 53  # of each side, for each start; a register has 999 targets at most
WARMING: Final = 40
WITHIN: Final = 30.0  # seconds that the last message may take
BREACH: Final = re.compile(r'"([TP][0-9]{3,5})"')
FIRST: Final = 100  # target of a breach
LIKE: Final = ("T16", "export-rebate-days")  # what the targets and indicators of breaches are like
PROGRAMS: Final = ("prometheus-pushgateway", "prometheus", "prometheus-alertmanager")


def lines(rounds: int) -> Iterator[Line]:
    """Measure; yield the lines of the table."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}")
    peer = "Pushgateway, Prometheus 1 s / 1 s, Alertmanager 0 s"
    found = {
        percent: Line("4", f"POST to webhook, {RATE} a second, p{percent}", peer, must, "ms")
        for percent, must in ((50, 30), (99, 15))
    }
    with tempfile.TemporaryDirectory() as folder, _receiver() as receiver, ExitStack() as stack:
        _run_on(1)
        sinks = stack.enter_context(_sinks())
        _run_on(0)
        breaches = WARMING + rounds * STARTS * TRIALS
        register = _register(Path(folder) / "register", breaches)
        product = stack.enter_context(
            _product(Path(folder) / "product", register, receiver.port, *sinks)
        )
        _run_on(1)
        ours = _Ours(product, count(FIRST))
        receiver.measured(ours, WARMING)
        pushed = count(1)
        for number in range(rounds):
            mine, others = list[float](), list[float]()
            for start in range(STARTS):
                _run_on(0)
                with _peers(Path(folder) / f"peers-{number}-{start}", receiver.port) as peers:
                    _run_on(1)
                    theirs = _Theirs(peers, pushed)
                    receiver.measured(theirs, RATE)
                    mine += receiver.measured(ours, TRIALS)
                    others += receiver.measured(theirs, TRIALS)
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
    """Notes when each breach was first heard of, by its name."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port = int(self.server_address[1])
        self.came: dict[str, float] = {}

    def note(self, at: float, body: str) -> None:
        for name in BREACH.findall(body):
            self.came.setdefault(name, at)

    def measured(self, side: "_Ours | _Theirs", trials: int) -> list[float]:
        """Post at the fixed rate; return the seconds from when each was to be posted.

        A post that could not begin in time counts from when it should have.
        """
        began, due = time.perf_counter() + 0.2, {}
        with ThreadPoolExecutor(64) as pool:
            posts = []
            for number in range(trials):
                name = side.new()
                due[name] = began + number / RATE
                time.sleep(max(0.0, due[name] - time.perf_counter()))
                posts.append(pool.submit(side.post, name))
            for post in posts:
                post.result()
        until(lambda: due.keys() <= self.came.keys(), seconds=WITHIN, what="all are heard of")
        return [self.came[name] - at for name, at in due.items()]


class _Handler(BaseHTTPRequestHandler):
    server: _Receiver
    protocol_version = "HTTP/1.1"  # connections are kept, as most receivers keep them
    wbufsize = -1  # an answer in one piece: in two it would wait for an acknowledgement

    def do_POST(self) -> None:
        at = time.perf_counter()
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.send_response(204)
        self.end_headers()
        self.server.note(at, body)

    def log_message(self, *_: object) -> None:
        pass


class _Ours:
    """Posts a figure that breaches a target of its own, so that each opens an alert."""

    def __init__(self, product: Product, numbers: Iterator[int]) -> None:
        self._client = httpx.Client(base_url=product.url, headers=product.key("tax-bureau"))
        self._numbers = numbers

    def new(self) -> str:
        return f"T{next(self._numbers)}"

    def post(self, name: str) -> None:
        figure = {"indicator": name.lower(), "period": "2021Q4", "value": 5.6, "sample_size": 9}
        self._client.post("/v1/observations", json=figure).raise_for_status()


class _Theirs:
    """Pushes one more series over the limit; each is an alert of its own."""

    def __init__(self, gateway: str, numbers: Iterator[int]) -> None:
        self._client = httpx.Client(base_url=gateway)
        self._numbers = numbers

    def new(self) -> str:
        return f"P{next(self._numbers):05}"

    def post(self, name: str) -> None:
        path = f"/metrics/job/ops/agency/{name}"
        self._client.put(path, content=b'observation{indicator="d"} 31.5\n').raise_for_status()


@contextmanager
def _sinks() -> Iterator[tuple[int, int]]:
    """Run what takes the messages of the other channels; give its ports of HTTP and SMTP."""
    command = [sys.executable, "-m", "bench.sinks"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        http, smtp = map(int, process.stdout.readline().split())
        yield http, smtp
        process.terminate()


def _register(folder: Path, breaches: int) -> Path:
    """Copy the register, with a target and an indicator more for each breach."""
    shutil.copytree(default_folder(), folder)
    names = [f"T{number}" for number in range(FIRST, FIRST + breaches)]
    _multiply(folder / "targets.yaml", [{"target": n, "indicator": n.lower()} for n in names])
    _multiply(folder / "indicators.yaml", [{"code": name.lower()} for name in names])
    return folder


def _multiply(file: Path, changes: Sequence[dict[str, str]]) -> None:
    content = yaml.safe_load(file.read_text("utf-8"))
    listed = content[file.stem]
    (like,) = (one for one in listed if one.get("target", one.get("code")) in LIKE)
    for change in changes:
        name = next(iter(change.values()))
        listed.append(deepcopy(like) | {"name": name, "name_zh": f"退税{name}"} | change)
    file.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


@contextmanager
def _receiver() -> Iterator[_Receiver]:
    receiver = _Receiver()
    thread = threading.Thread(target=receiver.serve_forever, daemon=True)
    thread.start()
    yield receiver
    receiver.shutdown()


@contextmanager
def _product(folder: Path, register: Path, port: int, http: int, smtp: int) -> Iterator[Product]:
    """Run the product with a receiver of every channel, all of which are sent every alert."""
    folder.mkdir()
    sink = f"http://127.0.0.1:{http}"
    (folder / "secret").write_text(SECRET_TEXT)
    (folder / "robot").write_text(f"{sink}/robot?key=1&access_token=1")
    (folder / "sms").write_text(f"json://127.0.0.1:{http}/sms")
    mail = {"host": "127.0.0.1", "port": smtp, "tls": "none", "from": "a@b.invalid"}
    channels = {
        "webhook": {"secret_file": "secret", "url": f"http://127.0.0.1:{port}/ours"},
        "email": mail | {"to": ["c@d.invalid"]},
        "apprise": {"url_file": "sms"},
        **{name: {"url_file": "robot"} for name in ("wecom", "dingtalk", "feishu")},
    }
    receivers = folder / "receivers.yaml"
    _write(
        receivers,
        {
            "receivers": [{"name": f"by-{name}", name: one} for name, one in channels.items()],
            "routes": [{"receiver": f"by-{name}"} for name in channels],
        },
    )
    settings = NO_LIMITS | {
        "DUIBIAO_REGISTER": str(register),
        "DUIBIAO_RECEIVERS": str(receivers),
        "DUIBIAO_RECEIVER_ALLOW": "127.0.0.1",
        "DUIBIAO_ALERTMANAGER_URLS": sink,
        "DUIBIAO_ALERTS_FLOOD": "1000000",
        "DUIBIAO_WATCH_FROM": "2022-01-01",
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
