"""A commit whose answer is lost: the store finds out how it ended, or says that nobody knows."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from duibiao.store import Store, StoreUnavailable, StoreUncertain
from tests.support.servers.ports import free_ports
from tests.support.servers.postgres import PostgresServer
from tests.support.servers.proxy import FaultProxy
from tests.support.tables import make
from tests.support.things import METADATA, add, count
from tests.support.waiting import until

# The commit takes its time, on the server: long enough to lose it on the way.
SLOW_COMMITS = """
CREATE FUNCTION ingest.doze() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep(1.0); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER doze AFTER INSERT ON ingest.things DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ingest.doze()
"""
COMMITTING = "FROM pg_stat_activity WHERE query = 'COMMIT' AND wait_event = 'PgSleep'"


@pytest.fixture
def proxy(postgres: PostgresServer) -> Iterator[FaultProxy]:
    with FaultProxy(free_ports(1)[0], postgres.port) as proxy:
        yield proxy


class Committing:
    """A transaction on its way through the proxy, caught in its commit."""

    def __init__(
        self, postgres: PostgresServer, url: str, proxy: FaultProxy, patience: float
    ) -> None:
        database = url.rpartition("/")[2]
        through = postgres.url(database, port=proxy.listen)
        self.store = Store(through, "ingest", patience=patience)
        make(self.store, METADATA)
        postgres.ask(database, SLOW_COMMITS)
        self.told = 0
        self.error: BaseException | None = None
        self.store.on_commit(self._note)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        until(lambda: bool(postgres.ask("postgres", f"SELECT 1 {COMMITTING}")))

    def ended(self) -> BaseException | None:
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.error

    def _note(self) -> None:
        self.told += 1

    def _run(self) -> None:
        try:
            add(self.store, 1)
        except StoreUnavailable as error:
            self.error = error


def test_a_commit_that_went_through_without_an_answer_counts(
    postgres: PostgresServer, postgres_url: str, proxy: FaultProxy
) -> None:
    committing = Committing(postgres, postgres_url, proxy, patience=10)

    proxy.reset()

    assert committing.ended() is None
    assert committing.told == 1
    with closing(committing.store) as store:
        assert count(store) == 1


def test_one_that_the_server_broke_off_was_nothing(
    postgres: PostgresServer, postgres_url: str, proxy: FaultProxy
) -> None:
    committing = Committing(postgres, postgres_url, proxy, patience=10)

    postgres.ask("postgres", f"SELECT pg_terminate_backend(pid, 10000) {COMMITTING}")

    error = committing.ended()
    assert type(error) is StoreUnavailable
    assert committing.told == 0
    with closing(committing.store) as store:
        assert count(store) == 0


def test_where_the_server_stays_away_nobody_knows(
    postgres: PostgresServer, postgres_url: str, proxy: FaultProxy
) -> None:
    committing = Committing(postgres, postgres_url, proxy, patience=0.3)

    proxy.refuse()

    assert type(committing.ended()) is StoreUncertain
    assert committing.told == 0
    proxy.heal()
    with closing(committing.store) as store:
        until(lambda: count(store) == 1)  # and it was
