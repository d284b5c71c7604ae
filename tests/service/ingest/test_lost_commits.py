"""A commit whose answer is lost: the journal looks how it ended, or says that nobody knows."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import func, select

from duibiao.store import Store, StoreUnavailable, StoreUncertain
from services.ingest.adapters.tables import SUBMISSIONS
from tests.service.ingest.test_journal import Bench, entry, write_all
from tests.support.servers.ports import free_ports
from tests.support.servers.postgres import PostgresServer
from tests.support.servers.proxy import FaultProxy
from tests.support.waiting import until

# The commit takes its time, on the server: long enough to lose it on the way.
SLOW_COMMITS = """
CREATE FUNCTION ingest.doze() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep(1.0); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER doze AFTER INSERT ON ingest.submissions DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ingest.doze()
"""
COMMITTING = "FROM pg_stat_activity WHERE query = 'COMMIT' AND wait_event = 'PgSleep'"


@pytest.fixture
def proxy(postgres: PostgresServer) -> Iterator[FaultProxy]:
    with FaultProxy(free_ports(1)[0], postgres.port) as proxy:
        yield proxy


@pytest.fixture
def bench(
    postgres: PostgresServer, postgres_url: str, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    """A journal whose store is behind the proxy and commits slowly."""
    monkeypatch.setattr("services.ingest.adapters.group_commit._DOUBT", 3.0)
    database = postgres_url.rpartition("/")[2]
    bench = Bench(postgres.url(database, port=proxy.listen))
    postgres.ask(database, SLOW_COMMITS)
    yield bench
    bench.journal.stop(5)
    bench.store.close()


class Writing:
    """An entry on its way, caught in its commit."""

    def __init__(self, bench: Bench, postgres: PostgresServer) -> None:
        self._answers: list[BaseException | None] = []
        self._thread = threading.Thread(target=self._run, args=(bench,))
        self._thread.start()
        until(lambda: bool(postgres.ask("postgres", f"SELECT 1 {COMMITTING}")))

    def answer(self) -> BaseException | None:
        self._thread.join(60)
        (answer,) = self._answers
        return answer

    def _run(self, bench: Bench) -> None:
        self._answers += asyncio.run(write_all(bench, [entry("1")]))


def kept(url: str) -> int:
    with closing(Store(url, "ingest")) as store, store.begin() as tx:
        return tx.execute(select(func.count()).select_from(SUBMISSIONS)).scalar_one()


def test_one_that_went_through_without_an_answer_is_answered_as_kept(
    bench: Bench, postgres: PostgresServer, postgres_url: str, proxy: FaultProxy
) -> None:
    writing = Writing(bench, postgres)

    proxy.reset()

    assert writing.answer() is None
    assert kept(postgres_url) == 1


def test_one_that_the_server_broke_off_was_nothing(
    bench: Bench, postgres: PostgresServer, postgres_url: str
) -> None:
    writing = Writing(bench, postgres)

    postgres.ask("postgres", f"SELECT pg_terminate_backend(pid, 10000) {COMMITTING}")

    assert type(writing.answer()) is StoreUnavailable
    assert kept(postgres_url) == 0


def test_where_the_server_stays_away_nobody_knows(
    bench: Bench, postgres: PostgresServer, postgres_url: str, proxy: FaultProxy
) -> None:
    writing = Writing(bench, postgres)

    proxy.refuse()

    assert type(writing.answer()) is StoreUncertain
    proxy.heal()
    assert kept(postgres_url) == 1  # it was: who asks again with the same key is told so
