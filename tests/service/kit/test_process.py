"""A process from its start to its end, as a child that gets real signals."""

import json
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest

from tests.service.kit.small_process import START_WITHIN, Child
from tests.support.waiting import until

Start = Callable[..., Child]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Child] = []

    def begin(*arguments: str, port: int = 0) -> Child:
        child = Child(tmp_path, *arguments, port=port)
        started.append(child)
        return child

    yield begin
    for child in started:
        child.kill()


def test_it_serves_work_health_and_metrics(start: Start) -> None:
    child = start().ready()

    assert child.put("tax", ["a", "b"]) == ["a", "b"]

    until(lambda: child.handled() == ["a", "b"])
    assert child.client.get("/livez").status_code == 200
    metrics = child.client.get("/metrics").text
    assert 'duibiao_dead_letters_total{service="counting"} 0.0' in metrics
    assert 'duibiao_consumer_lag_records{service="counting",topic="duibiao.things.v1"}' in metrics
    assert "process_resident_memory_bytes" in metrics
    assert "server" not in child.client.get("/livez").headers


def test_while_its_database_takes_no_writes_it_says_so(start: Start, tmp_path: Path) -> None:
    child = start().ready()
    with closing(sqlite3.connect(tmp_path / "duibiao-access.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        until(lambda: child.client.get("/readyz").status_code == 503)
        told = child.client.get("/readyz")
        up = child.client.get("/metrics").text
    until(lambda: child.client.get("/readyz").status_code == 200)

    assert int(told.headers["Retry-After"]) > 0
    (error,) = told.json()["errors"]
    assert error["message"] == "Not ready: access: database away."
    assert error["message_zh"] == "尚未就绪：数据库无响应。"
    assert 'duibiao_database_up{schema="access"} 0.0' in up


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_and_a_second_start_keeps_the_data(
    start: Start, number: signal.Signals
) -> None:
    first = start().ready()
    first.put("tax", ["a", "b"])

    assert first.stop(number) == 0

    second = start().ready()
    second.put("tax", ["c"])
    until(lambda: second.handled() == ["a", "b", "c"])
    assert second.stop() == 0


def test_after_a_clean_end_no_write_ahead_log_is_left(start: Start, tmp_path: Path) -> None:
    child = start().ready()
    child.put("tax", ["a"])

    child.stop()

    assert {path.name for path in tmp_path.glob("*.db*")} == {
        "duibiao-access.db",
        "duibiao-log.db",
        "duibiao-counting.db",
    }


def test_what_it_logs_is_json_line_by_line(start: Start) -> None:
    child = start().ready()
    child.stop()

    said = [json.loads(line) for line in child.log().splitlines()]
    # What made the schema of the keys comes before.
    events = [line["event"] for line in said if line["event"] != "schema migrated"]
    assert events == ["serving", "stopped"]


def test_a_part_that_fails_ends_the_process_and_is_named(start: Start) -> None:
    child = start("broken")

    assert child.ended() == 1

    last = json.loads(child.log().splitlines()[-1])
    assert last["part"] == "counting-clock"
    assert "a part of this process broke" in last["error"]


def test_a_port_that_is_taken_is_told_before_anything_starts(start: Start, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        child = start(port=taken.getsockname()[1])

        assert child.ended() != 0

    assert "in use" in child.log()
    assert not list(tmp_path.glob("*.db-wal"))


def test_a_request_in_flight_is_answered_before_the_end(start: Start) -> None:
    child = start().ready()
    answers: list[httpx.Response] = []
    url = child.client.base_url.join("/slow/1")
    asking = threading.Thread(target=lambda: answers.append(httpx.get(url)))
    asking.start()
    until(lambda: child.client.get("/running").json() == [1])

    assert child.stop() == 0

    asking.join()
    assert [answer.text for answer in answers] == ['"done"']


def test_a_request_that_hangs_does_not_hold_the_process(start: Start) -> None:
    child = start().ready()
    url = child.client.base_url.join("/slow/60")

    def hang() -> None:
        # Cut off without an answer, or told that the server had to give it up.
        with suppress(httpx.TransportError):
            assert httpx.get(url, timeout=30).is_server_error

    asking = threading.Thread(target=hang)
    asking.start()
    until(lambda: child.client.get("/running").json() == [60])
    began = time.monotonic()

    assert child.stop() == 0

    assert time.monotonic() - began < 8
    asking.join()


def test_a_signal_before_it_serves_ends_it_cleanly_too(start: Start) -> None:
    child = start("starts-slowly")
    until(lambda: "starting slowly" in child.log(), seconds=START_WITHIN)

    assert child.stop() == 0

    assert "serving" not in child.log()


def test_impatient_signals_do_no_harm(start: Start) -> None:
    child = start().ready()
    child.put("tax", ["a"])

    for _ in range(5):
        child.process.send_signal(signal.SIGINT)

    assert child.ended() == 0
    assert "Traceback" not in child.log()
