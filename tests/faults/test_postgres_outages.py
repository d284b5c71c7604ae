"""The product while PostgreSQL is away: it refuses in words, comes back by itself, loses nothing.

Case 14 of the catalogue of faults. Three processes on Kafka and PostgreSQL under load; every case
ends with the history checker: each 202 counts exactly once, whatever became of its commit.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.evidence import check_product
from tests.support.history import History
from tests.support.product import NO_LIMITS
from tests.support.servers.postgres import PostgresServer
from tests.support.shapes import THREE_ON_POSTGRES, Shape, running
from tests.support.waiting import until
from tests.support.writers import run, three_writers

LIVEZ_AT_MOST = 2.0  # seconds, on a machine that does much else


@pytest.fixture
def shape(
    tmp_path: Path, request: pytest.FixtureRequest, restless_postgres: PostgresServer
) -> Iterator[Shape]:
    """Three processes on a server of their own that may be killed."""

    def server(name: str) -> object:
        return restless_postgres if name == "postgres" else request.getfixturevalue(name)

    with running(THREE_ON_POSTGRES, tmp_path / "state", server, NO_LIMITS) as shape:
        yield shape


class Onlooker:
    """Somebody who reads and asks for signs of life all the time; keeps what was answered."""

    def __init__(self, shape: Shape) -> None:
        self.reads: Counter[int] = Counter()
        self.refusals: list[httpx.Response] = []
        self.slowest_livez = 0.0
        self._shape = shape
        self._over = threading.Event()
        self._threads = [threading.Thread(target=one) for one in (self._read, self._feel)]

    def __enter__(self) -> "Onlooker":  # noqa: PYI034 - not to be subclassed
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        headers = self._shape.key("office")
        with httpx.Client(timeout=60) as client:
            while not self._over.wait(0.05):
                for path in ("/v1/verdicts?limit=1", "/v1/alerts", "/v1/submissions?limit=1"):
                    answer = client.get(self._shape.url_of(path), headers=headers)
                    self.reads[answer.status_code] += 1
                    if answer.status_code != httpx.codes.OK:
                        self.refusals.append(answer)

    def _feel(self) -> None:
        with httpx.Client(timeout=60) as client:
            while not self._over.wait(0.05):
                for process in self._shape.processes:
                    began = time.monotonic()
                    assert client.get(process.url_of("/livez")).status_code == httpx.codes.OK
                    self.slowest_livez = max(self.slowest_livez, time.monotonic() - began)


def check_refusals(onlooker: Onlooker) -> None:
    """Whatever was refused was refused with 503, words in both languages and Retry-After."""
    assert set(onlooker.reads) <= {httpx.codes.OK, httpx.codes.SERVICE_UNAVAILABLE}
    assert onlooker.refusals
    for answer in onlooker.refusals:
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json()["type"] == "/problems/unavailable"
        assert answer.json()["errors"][0]["message_zh"]


def answered(shape: Shape, path: str) -> bool:
    answer = httpx.get(shape.url_of(path), headers=shape.key("office"), timeout=60)
    return answer.status_code == httpx.codes.OK


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.parametrize("seconds", [4.0, 30.0])
def test_killed_and_away_for_a_while_under_load(
    shape: Shape, restless_postgres: PostgresServer, seconds: float
) -> None:
    history = History()
    pids = [process.process.pid for process in shape.processes]
    writers = three_writers(shape, history, batch=50)

    def outage() -> None:
        until(lambda: all(writer.posts > 3 for writer in writers), what="all are writing")
        with Onlooker(shape) as onlooker:
            restless_postgres.kill()
            time.sleep(seconds)  # the length of the outage is the experiment
            restless_postgres.start()
            before = [writer.posts for writer in writers]
            until(
                lambda: all(w.posts > b + 3 for w, b in zip(writers, before, strict=True)),
                seconds=60,
                what="all are writing again",
            )
            for path in ("/v1/verdicts", "/v1/alerts", "/v1/submissions"):
                until(lambda path=path: answered(shape, path), what=f"{path} is read again")  # type: ignore[misc]
        check_refusals(onlooker)
        assert onlooker.slowest_livez < LIVEZ_AT_MOST

    run(writers, outage)

    check_product(shape, history)
    assert {line.outcome for line in history} == {"ok"}
    assert [process.process.pid for process in shape.processes] == pids  # nobody was restarted


@pytest.mark.parametrize(
    "kills", [3, pytest.param(100, marks=[pytest.mark.soak, pytest.mark.timeout(0)])]
)
def test_killed_again_and_again(
    shape: Shape, restless_postgres: PostgresServer, kills: int
) -> None:
    history = History()
    writers = three_writers(shape, history, batch=50)

    def kill_and_start() -> None:
        for _ in range(kills):
            before = [writer.posts for writer in writers]
            until(
                lambda before=before: all(  # type: ignore[misc]
                    w.posts > b for w, b in zip(writers, before, strict=True)
                ),
                seconds=60,
                what="all have written since",
            )
            restless_postgres.kill()
            restless_postgres.start()

    run(writers, kill_and_start)

    check_product(shape, history)
    assert {line.outcome for line in history} == {"ok"}
    cases = sum(line.key != "figures" for line in history)
    print(f"\n{kills} kills of PostgreSQL: {len(history)} rows, {cases} cases")  # noqa: T201 - the figure


def test_read_only_for_a_while_under_load(shape: Shape, restless_postgres: PostgresServer) -> None:
    """As behind a failover to a standby: sessions go on, but nothing is written."""
    history = History()
    writers = three_writers(shape, history, batch=50)

    def read_only() -> None:
        until(lambda: all(writer.posts > 3 for writer in writers), what="all are writing")
        set_to(restless_postgres, "SET default_transaction_read_only = on")
        with Onlooker(shape) as onlooker:
            # Some records were under way; each of their readers has to try, and to try again.
            until(lambda: retried(shape) >= {"indicators submissions", "alerts verdicts"},
                  seconds=60, what="readers of the log have tried")  # fmt: skip
        assert set(onlooker.reads) <= {httpx.codes.OK, httpx.codes.SERVICE_UNAVAILABLE}
        set_to(restless_postgres, "RESET default_transaction_read_only")

    run(writers, read_only)

    check_product(shape, history)
    assert {line.outcome for line in history} == {"ok"}
    dead = [n for s, n in shape.metrics().items() if s.startswith("duibiao_dead_letters_total")]
    assert sum(dead) == 0


def set_to(postgres: PostgresServer, what: str) -> None:
    postgres.ask("postgres", f"ALTER SYSTEM {what}")
    postgres.ask("postgres", "SELECT pg_reload_conf()")


def retried(shape: Shape) -> set[str]:
    """Return the parts that have found the database read only."""
    said = shape.processes[0].output.read_text(encoding="utf-8").splitlines()
    lines = [json.loads(line) for line in said if "read-only" in line or "no writes" in line]
    return {line["part"] for line in lines if line["event"] == "part retries"}
