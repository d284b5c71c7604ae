"""PostgreSQL, then Kafka, keep their connections and answer nothing: everybody is told so in time.

Case 15 of the catalogue of faults. Three processes under load; nobody waits above ten seconds,
/readyz and /metrics tell what is wrong, no process ends (in 104 seconds the watchdog would have had
time for it), and the history checker finds nothing lost and nothing doubled.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.evidence import check_product
from tests.support.history import History
from tests.support.product import NO_LIMITS, Product
from tests.support.servers.kafka import Cluster
from tests.support.servers.postgres import PostgresServer
from tests.support.shapes import THREE_ON_POSTGRES, Shape, running
from tests.support.waiting import until
from tests.support.writers import Writer, three_writers

AT_MOST = 10.0  # seconds that anybody waits for an answer
TOLD_WITHIN = 6.0  # seconds after which /readyz and /metrics tell
METRICS_AT_MOST = 6.0
KAFKA_AT_MOST = 40.0  # seconds that Kafka is frozen for
LIVEZ_AT_MOST = 5.0
READS = ("/v1/verdicts?limit=1", "/v1/alerts?limit=1", "/v1/submissions?limit=1")
REFUSALS = {"/problems/unavailable", "/problems/uncertain", "/problems/not-ready"}


@pytest.fixture
def shape(
    tmp_path: Path, restless_postgres: PostgresServer, restless_kafka: Cluster
) -> Iterator[Shape]:
    servers = {"postgres": restless_postgres, "kafka": restless_kafka}
    with running(THREE_ON_POSTGRES, tmp_path / "state", servers.__getitem__, NO_LIMITS) as shape:
        yield shape


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer: when it was asked for, how long it took, and what it was."""

    asked: float
    seconds: float
    answer: httpx.Response


@dataclass
class Watch:
    """Somebody who asks for one address again and again."""

    url: str
    headers: dict[str, str]
    heard: list[Heard] = field(default_factory=list)

    def __enter__(self) -> "Watch":  # noqa: PYI034 - not to be subclassed
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def between(self, begin: float, end: float) -> Sequence[Heard]:
        return [one for one in self.heard if begin <= one.asked <= end]

    def _run(self) -> None:
        with httpx.Client(timeout=60) as client:
            while not self._over.wait(0.1):
                began = time.monotonic()
                answer = client.get(self.url, headers=self.headers)
                self.heard.append(Heard(began, time.monotonic() - began, answer))


class TimedWriter(Writer):
    """A writer that keeps how long each answer took, and repeats what was put off."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.heard: list[Heard] = []

    def _until_answered(
        self, client: httpx.Client, rows: list[dict[str, Any]], headers: dict[str, str]
    ) -> httpx.Response:
        while True:
            began = time.monotonic()
            url = self.product.url_of(f"/v1/{self.kind}")
            answer = client.post(url, json=rows, headers=headers, timeout=60)
            self.heard.append(Heard(began, time.monotonic() - began, answer))
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer
            threading.Event().wait(0.1)


@dataclass
class Load:
    """Those who post, those who read, and those who ask for signs of life."""

    writers: Sequence[TimedWriter]
    reads: Sequence[Watch]
    board: Watch  # a page that is kept may be shown for a while
    readyz: Sequence[Watch]
    metrics: Sequence[Watch]
    livez: Sequence[Watch]

    def watches(self) -> Sequence[Watch]:
        return (*self.reads, self.board, *self.readyz, *self.metrics, *self.livez)

    def answers(self) -> list[Heard]:
        found = [one.heard for one in self.writers] + [one.heard for one in self.watches()]
        return [one for heard in found for one in heard]

    def goes_on(self) -> None:
        before = [writer.posts for writer in self.writers]
        until(
            lambda: all(w.posts > b + 3 for w, b in zip(self.writers, before, strict=True)),
            seconds=60,
            what="all are writing",
        )


@contextmanager
def under_load(shape: Shape, history: History) -> Iterator[Load]:
    def watch(process: Product, path: str) -> Watch:
        return Watch(process.url_of(path), {})

    writers = [
        TimedWriter(w.name, w.product, w.org, w.kind, w.requests, w.history, pause=0.05)
        for w in three_writers(shape, history, batch=50)
    ]
    load = Load(
        writers,
        [Watch(shape.url_of(path), shape.key("office")) for path in READS for _ in range(2)],
        Watch(shape.url_of("/board"), {}),
        [watch(process, "/readyz") for process in shape.processes],
        [watch(process, "/metrics") for process in shape.processes],
        [watch(process, "/livez") for process in shape.processes],
    )
    for writer in writers:
        writer.start()
    with ExitStack() as stack:
        for writer in writers:
            stack.callback(writer.finish)
        for one in load.watches():
            stack.enter_context(one)
        load.goes_on()
        yield load


def frozen(server: Any, seconds: float) -> tuple[float, float]:  # noqa: ANN401 - either
    """Freeze a server for a while; return the time in which everybody should know, and its end."""
    server.freeze()
    began = time.monotonic()
    try:
        time.sleep(seconds)  # the length of it is the experiment
        return began + TOLD_WITHIN, time.monotonic()
    finally:
        server.thaw()


def check_answers(load: Load) -> None:
    """Nobody waited for long, and whoever was refused was told when to come back."""
    slowest = max(load.answers(), key=lambda one: one.seconds)
    assert slowest.seconds < AT_MOST, (slowest.answer.url, slowest.seconds)
    assert slowest_of(load.metrics) < METRICS_AT_MOST
    assert slowest_of(load.livez) < LIVEZ_AT_MOST
    for one in (one.answer for one in load.answers() if not one.answer.is_success):
        assert one.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert int(one.headers["Retry-After"]) > 0
        assert one.json()["type"] in REFUSALS
        assert one.json()["errors"][0]["message_zh"]


def slowest_of(watches: Sequence[Watch]) -> float:
    return max(one.seconds for watch in watches for one in watch.heard)


def statuses(watches: Sequence[Watch], begin: float, end: float) -> set[int]:
    return {one.answer.status_code for w in watches for one in w.between(begin, end)}


def all_succeed(watches: Sequence[Watch]) -> bool:
    return all(watch.heard[-1].answer.is_success for watch in watches)


@pytest.mark.parametrize(
    "seconds",
    [
        12.0,
        pytest.param(40.0, marks=[pytest.mark.soak, pytest.mark.timeout(0)]),
        pytest.param(104.0, marks=[pytest.mark.soak, pytest.mark.timeout(0)]),
    ],
)
def test_servers_that_are_frozen_under_load(
    shape: Shape, restless_postgres: PostgresServer, restless_kafka: Cluster, seconds: float
) -> None:
    history = History()
    pids = [process.process.pid for process in shape.processes]

    with under_load(shape, history) as load:
        told, thawed = frozen(restless_postgres, seconds)
        load.goes_on()
        assert statuses(load.readyz, told, thawed) == {503}
        assert statuses(load.reads, told, thawed) == {503}
        for watch in load.metrics:
            (seen := watch.between(told, thawed)) or pytest.fail("no scrape")
            assert all('duibiao_database_up{schema="access"} 0.0' in o.answer.text for o in seen)
        until(lambda: all_succeed(load.readyz), what="all are ready again")

        began = time.monotonic()
        _, thawed = frozen(restless_kafka.brokers[0], min(seconds, KAFKA_AT_MOST))
        assert statuses(load.readyz, began, thawed) == {200}
        for writer in load.writers:
            posts = [one for one in writer.heard if began <= one.asked <= thawed]
            assert {one.answer.status_code for one in posts} == {202}
        load.goes_on()

    check_answers(load)
    slowest = max(one.seconds for writer in load.writers for one in writer.heard)
    print(f"\nslowest post {slowest:.1f} s, read {slowest_of(load.reads):.1f} s")  # noqa: T201 - the figure
    check_product(shape, history)
    assert {line.outcome for line in history} == {"ok"}
    assert [process.process.pid for process in shape.processes] == pids
