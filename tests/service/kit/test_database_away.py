"""A database that keeps its lines and answers nothing: every wait ends, and the heartbeat knows."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from duibiao.store import Store, StoreUnavailable, StoreUncertain
from duibiao.store.heartbeat import DatabaseCollector, Heartbeat
from duibiao.store.limits import limited
from tests.support.servers.ports import free_ports
from tests.support.servers.postgres import PostgresServer
from tests.support.servers.proxy import FaultProxy
from tests.support.stores import METADATA, add, count, make
from tests.support.waiting import until

PING = 0.3
SOON = 2.0  # seconds, on a machine that does much else


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duibiao.store.store.PING", PING)
    monkeypatch.setattr("duibiao.store.sqlite_file.PROBE", PING)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(f"sqlite:///{tmp_path}/duibiao.db", "ingest")) as store:
        make(store, METADATA)
        yield store


@pytest.fixture
def proxy(postgres: PostgresServer) -> Iterator[FaultProxy]:
    with FaultProxy(free_ports(1)[0], postgres.port) as proxy:
        yield proxy


@pytest.fixture
def remote(postgres: PostgresServer, postgres_url: str, proxy: FaultProxy) -> Iterator[Store]:
    url = postgres.url(postgres_url.rpartition("/")[2], port=proxy.listen)
    with closing(Store(url, "ingest")) as store:
        make(store, METADATA)
        yield store


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep the file locked, as a tool of somebody else's may."""
    with closing(sqlite3.connect(folder / "duibiao-ingest.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def soon() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < SOON


def up(store: Store) -> float:
    (family,) = DatabaseCollector([Heartbeat(store)]).collect()
    (sample,) = family.samples
    assert sample.labels == {"schema": "ingest"}
    return sample.value


def test_a_writer_of_a_locked_file_waits_no_longer_than_its_unit_of_work(
    file: Store, tmp_path: Path
) -> None:
    with locked(tmp_path), soon(), limited(0.2), pytest.raises(StoreUnavailable, match="locked"):
        add(file, 1)

    add(file, 1)
    assert count(file) == 1


def test_a_writer_waits_for_those_of_its_process_no_longer_than_its_unit_of_work(
    file: Store,
) -> None:
    refused: list[StoreUnavailable] = []

    def write() -> None:
        with limited(0.2), pytest.raises(StoreUnavailable, match="this process") as told:
            add(file, 1)
        refused.append(told.value)

    with file.begin(), soon():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()

    assert len(refused) == 1
    add(file, 2)  # whoever left the queue left no gap in it


def test_nobody_waits_for_a_file_that_is_known_to_be_locked_and_readers_go_on(
    file: Store, tmp_path: Path
) -> None:
    add(file, 1)
    with locked(tmp_path):
        file.ping()
        assert file.away is not None
        assert up(file) == 0.0
        with soon(), pytest.raises(StoreUnavailable, match="locked"):
            add(file, 2)
        assert count(file) == 1
    file.ping()

    assert file.away is None
    assert up(file) == 1.0
    add(file, 2)


def test_a_writer_of_our_own_is_no_reason_to_take_the_file_for_locked(file: Store) -> None:
    with file.begin():
        pinging = threading.Thread(target=file.ping)
        pinging.start()
        pinging.join()

    assert file.away is None


def test_a_unit_of_work_ends_though_the_server_says_nothing(
    remote: Store, proxy: FaultProxy
) -> None:
    assert count(remote) == 0
    proxy.black_hole()
    with soon(), limited(0.3), pytest.raises(StoreUnavailable, match="does not answer"):
        count(remote)
    proxy.heal()

    add(remote, 1)
    assert count(remote) == 1


def test_a_commit_without_an_answer_is_in_doubt(remote: Store, proxy: FaultProxy) -> None:
    with soon(), limited(0.5), pytest.raises(StoreUncertain), remote.begin():
        proxy.black_hole()
    proxy.heal()


def test_whoever_waits_for_a_silent_server_is_told_once_the_heartbeat_knows(
    remote: Store, proxy: FaultProxy
) -> None:
    remote.ping()
    assert count(remote) == 0
    lead = remote.leader_election("relay")
    assert lead.holds()
    assert remote.away is None
    told: list[str] = []

    def wait() -> None:  # without a limit of its own, as a reader of the log does
        with pytest.raises(StoreUnavailable) as error:
            count(remote)
        told.append(str(error.value))

    proxy.black_hole()
    waiting = threading.Thread(target=wait)
    waiting.start()
    heartbeat = Heartbeat(remote, every=0.1)
    heartbeat.start()
    with soon():
        waiting.join()
    with soon(), pytest.raises(StoreUnavailable, match="does not answer"):
        add(remote, 1)
    assert told == ["the server does not answer"]
    assert up(remote) == 0.0
    assert not lead.holds()
    proxy.heal()
    until(lambda: remote.away is None)
    heartbeat.stop(5)

    assert lead.holds()
    lead.resign()
    add(remote, 1)
    assert count(remote) == 1
