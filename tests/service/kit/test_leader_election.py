"""One of several replicas leads, by a session's lock on PostgreSQL; whoever loses it stops."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import MetaData

from duibiao.bus import Event
from duibiao.bus.outbox import Outbox
from duibiao.bus.relay import Relay
from duibiao.store import Store
from duibiao.store.leader_election import LeaderElection
from duibiao.store.postgres import Server
from duibiao.store.postgres_leader import PostgresLeader
from tests.support.bus import MemoryBus, event
from tests.support.servers.postgres import PostgresServer
from tests.support.stores import make
from tests.support.waiting import until

METADATA = MetaData()
OUTBOX = Outbox(METADATA)


@pytest.fixture
def stores(postgres_url: str) -> Iterator[tuple[Store, Store]]:
    with (
        closing(Store(postgres_url, "ingest")) as one,
        closing(Store(postgres_url, "ingest")) as other,
    ):
        make(one, METADATA)
        yield one, other


@pytest.fixture
def leads(stores: tuple[Store, Store]) -> Iterator[tuple[LeaderElection, LeaderElection]]:
    one, other = (store.leader_election("relay") for store in stores)
    yield one, other
    one.resign()
    other.resign()


def end_leader(postgres: PostgresServer) -> None:
    """End the session that holds a lock for longer than a transaction."""
    postgres.ask(
        "postgres",
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory'",
    )


def test_one_of_two_leads_until_it_resigns(leads: tuple[LeaderElection, LeaderElection]) -> None:
    one, other = leads

    assert [one.holds(), other.holds(), one.holds(), other.holds()] == [True, False, True, False]

    one.resign()
    until(other.holds)  # the server lets go once it has seen the session's end
    assert not one.holds()


def test_each_thing_has_a_leader_of_its_own(
    stores: tuple[Store, Store], leads: tuple[LeaderElection, LeaderElection]
) -> None:
    assert leads[0].holds()
    letters = stores[1].leader_election("letters")

    assert letters.holds()
    letters.resign()


def test_so_has_each_service(
    postgres_url: str, leads: tuple[LeaderElection, LeaderElection]
) -> None:
    assert leads[0].holds()
    with closing(Store(postgres_url, "alerts")) as store:
        lead = store.leader_election("relay")
        assert lead.holds()
        lead.resign()


def test_a_leader_whose_session_ends_leads_no_longer(
    postgres: PostgresServer, leads: tuple[LeaderElection, LeaderElection]
) -> None:
    one, other = leads
    assert one.holds()

    end_leader(postgres)

    assert not one.holds()
    until(other.holds)
    assert not one.holds()


def test_a_leader_that_was_held_up_has_lost_the_lead(
    postgres_url: str, leads: tuple[LeaderElection, LeaderElection]
) -> None:
    server = Server(postgres_url)
    one = PostgresLeader("x", lambda: server.connect("ingest"), 1, idle=0.2)
    other = PostgresLeader("x", lambda: server.connect("ingest"), 1, idle=60)
    assert one.holds()
    assert not other.holds()

    until(other.holds)  # `one` says nothing meanwhile, as a process that does not get to run

    assert not one.holds()
    other.resign()
    until(one.holds)
    one.resign()
    assert leads  # of another name: never in the way


def test_nobody_leads_while_the_server_is_away(restless_postgres: PostgresServer) -> None:
    with closing(Store(restless_postgres.url("postgres"), "ingest")) as store:
        lead = store.leader_election("relay")
        assert lead.holds()
        restless_postgres.kill()
        assert not lead.holds()
        assert not lead.holds()

        restless_postgres.start()

        assert lead.holds()
        lead.resign()


def test_on_sqlite_the_one_process_leads(tmp_path: Path) -> None:
    with closing(Store(f"sqlite:///{tmp_path}/duibiao.db", "ingest")) as store:
        lead = store.leader_election("relay")
        assert lead.holds()
        lead.resign()
        assert lead.holds()


class Watched:
    """A log that notes who sends, and can hold a sender up."""

    def __init__(self) -> None:
        self.log = MemoryBus()
        self.sent: list[tuple[str, list[str]]] = []
        self.begun: list[str] = []
        self.let_go = threading.Event()
        self.let_go.set()

    def relay(self, name: str, store: Store) -> Relay:
        relay = Relay(
            name,
            OUTBOX.source(store),
            _As(name, self),  # type: ignore[arg-type]  # all that a relay asks of a log
            idle=0.02,
            batch=5,
            election=store.leader_election("relay"),
        )
        store.on_commit(relay.nudge)
        return relay


class _As:
    """The log as one sender sees it."""

    def __init__(self, name: str, watched: Watched) -> None:
        self._name = name
        self._watched = watched

    def producer(self) -> "_As":
        return self

    def send(self, events: Sequence[Event]) -> None:
        self._watched.begun.append(self._name)
        self._watched.let_go.wait(20)
        self._watched.sent.append((self._name, [one.id for one in events]))
        self._watched.log.append(*events)

    def close(self, timeout: float) -> None:
        pass


def put(store: Store, *numbers: int) -> None:
    with store.begin() as tx:
        OUTBOX.put(tx, [event(f"{number:03}") for number in numbers])


def test_of_two_relays_one_sends_all_in_order(stores: tuple[Store, Store]) -> None:
    watched = Watched()
    relays = [watched.relay(name, store) for name, store in zip("ab", stores, strict=True)]
    for relay in relays:
        relay.start()

    for number in range(40):
        put(stores[number % 2], number)
    until(lambda: not OUTBOX.source(stores[0]).pending(1))

    assert [one.id for one in watched.log.events] == [f"id-{n:03}" for n in range(40)]
    assert len({name for name, _ in watched.sent}) == 1
    for relay in relays:
        relay.stop(5)
    assert [relay.failed for relay in relays] == [None, None]


def test_a_relay_that_loses_the_lead_begins_nothing_more_and_the_other_goes_on(
    stores: tuple[Store, Store], postgres: PostgresServer
) -> None:
    watched = Watched()
    first, second = (watched.relay(name, store) for name, store in zip("ab", stores, strict=True))
    watched.let_go.clear()
    put(stores[0], *range(20))
    first.start()
    until(lambda: watched.begun == ["a"])  # it is in the middle of its first send
    second.start()

    end_leader(postgres)
    until(lambda: "b" in watched.begun)
    watched.let_go.set()
    until(lambda: not OUTBOX.source(stores[0]).pending(1))

    by_first = [ids for name, ids in watched.sent if name == "a"]
    assert by_first == [[f"id-{n:03}" for n in range(5)]]  # what it had begun, and no more
    assert [one.id for one in watched.log.events] == [f"id-{n:03}" for n in range(20)]
    first.stop(5)
    second.stop(5)


def test_an_outbox_is_read_in_the_order_of_its_commits_whoever_writes(
    stores: tuple[Store, Store],
) -> None:
    source = OUTBOX.source(stores[0])
    seen: list[int] = []

    def put_many(store: Store) -> None:
        for number in range(60):
            put(store, number)

    threads = [threading.Thread(target=put_many, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        seen += [number for number, _ in source.pending(1000) if number not in seen]
    seen += [number for number, _ in source.pending(1000) if number not in seen]

    # Had a number become visible after a higher one, it would stand after it here.
    assert seen == sorted(seen)
    assert len(seen) == 120
