"""A position is compared with the log that is there: the same, recreated, cut, or another's."""

from collections.abc import Iterator, Mapping, Sequence

import pytest
from sqlalchemy import Connection, MetaData

from duibiao.bus import End, Look, Place
from duibiao.bus.log_watch import LogWatch
from duibiao.bus.positions import Positions
from duibiao.store import Store
from tests.support.bus import TOPIC, MemoryBus
from tests.support.stores import make

METADATA = MetaData()
POSITIONS = Positions(METADATA)
ONE, TWO = (TOPIC, 0), (TOPIC, 1)
OLD, NEW, FOREIGN = "cluster/old", "cluster/new", "elsewhere/old"


class Log(MemoryBus):
    """A log that is nothing but its ends."""

    def __init__(self, ends: Mapping[Place, End]) -> None:
        super().__init__()
        self.ends = ends
        self.seen = True

    def look(self, topics: Sequence[str], since: float) -> Look | None:
        if not self.seen:
            return None
        return Look(since, {place: end for place, end in self.ends.items() if place[0] in topics})


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    made = Store(database_url, "ingest")
    make(made, METADATA)
    yield made
    made.close()


def stand(store: Store, **ends: End) -> None:
    """Put positions of the partitions `p0` and `p1`."""
    with store.begin() as tx:
        for name, end in ends.items():
            POSITIONS.put(tx, (TOPIC, int(name[1:])), end)


def stands(store: Store) -> Mapping[Place, End]:
    with store.read() as connection:
        return POSITIONS.ends(connection, [TOPIC])


def reader(log: Log, store: Store) -> LogWatch:
    return LogWatch(log, store, POSITIONS, [TOPIC])


def writer(log: Log, store: Store, told: list[str]) -> LogWatch:
    def publish_again(_tx: Connection, topic: str) -> None:
        told.append(topic)

    return LogWatch(log, store, POSITIONS, [TOPIC], publish_again)


def test_a_new_position_is_of_the_log_that_is_there(store: Store) -> None:
    watch = reader(Log({ONE: End(OLD, 7), TWO: End(OLD, 0)}), store)
    assert not watch.clear

    assert not watch.look()

    assert watch.clear
    assert stands(store) == {ONE: End(OLD, 0), TWO: End(OLD, 0)}


@pytest.mark.parametrize(
    ("stood", "there", "restarts", "read_from", "written_to"),
    [
        (End(OLD, 5), End(OLD, 5), 0, 5, 5),
        (End(OLD, 5), End(OLD, 9), 0, 5, 5),
        (End("", 5), End(OLD, 9), 0, 5, 5),  # begun before anybody had looked
        (End(OLD, 5), End(OLD, 4), 1, 0, 4),  # has lost its end
        (End("", 5), End(OLD, 4), 1, 0, 4),
        (End(OLD, 5), End(NEW, 0), 1, 0, 0),  # recreated
        (End(OLD, 5), End(NEW, 9), 1, 0, 9),  # and filled again meanwhile
    ],
)
def test_what_becomes_of_a_position(
    store: Store, stood: End, there: End, restarts: int, read_from: int, written_to: int
) -> None:
    log = Log({ONE: there})
    stand(store, p0=stood)
    watch = reader(log, store)
    assert watch.look() == bool(restarts)
    assert watch.clear
    assert stands(store) == {ONE: End(there.log, read_from)}
    assert reader(log, store).look() is False  # settled, over restarts as well

    stand(store, p0=stood)
    told: list[str] = []
    watch = writer(log, store, told)
    assert watch.look() == bool(restarts)
    assert stands(store) == {ONE: End(there.log, written_to)}
    assert told == [TOPIC] * restarts
    watch.forget()
    watch.look()
    assert watch.mismatches == {TOPIC: restarts * 2}  # the reader's and the writer's here


def test_only_the_partition_that_was_cut_is_read_again(store: Store) -> None:
    stand(store, p0=End(OLD, 5), p1=End(OLD, 5))

    reader(Log({ONE: End(OLD, 4), TWO: End(OLD, 6)}), store).look()

    assert stands(store) == {ONE: End(OLD, 0), TWO: End(OLD, 5)}


def test_a_log_of_another_cluster_is_held_over_restarts_until_it_is_accepted(store: Store) -> None:
    log = Log({ONE: End(FOREIGN, 9)})
    stand(store, p0=End(OLD, 5))
    for _ in range(2):
        watch = reader(log, store)
        assert not watch.look()
        assert not watch.clear
        assert "DUIBIAO_ACCEPT_CLUSTER=elsewhere" in watch.held[TOPIC]
        assert stands(store) == {ONE: End(OLD, 5)}

    log.accepted = "elsewhere"
    watch = reader(log, store)
    assert watch.look()
    assert (watch.clear, watch.held) == (True, {})
    assert stands(store) == {ONE: End(FOREIGN, 0)}


def test_a_log_that_nobody_has_seen_yet_is_not_compared(store: Store) -> None:
    log = Log({})
    watch = reader(log, store)
    log.seen = False  # as Kafka's at first

    assert not watch.look()
    assert not watch.clear


def test_of_two_replicas_one_begins_again(store: Store) -> None:
    log = Log({ONE: End(NEW, 3)})
    stand(store, p0=End(OLD, 5))
    told: list[str] = []
    one, other = writer(log, store, told), writer(log, store, told)
    other._stand()  # noqa: SLF001 - both have read the positions before either acts
    one.look()
    other.look()

    assert told == [TOPIC]
    assert stands(store) == {ONE: End(NEW, 3)}


def test_a_distrusted_partition_is_read_again(store: Store) -> None:
    log = Log({ONE: End(OLD, 9)})
    stand(store, p0=End(OLD, 5))
    watch = reader(log, store)
    watch.look()

    watch.forget([ONE])  # its reader was given an offset below 5

    assert watch.look()
    assert stands(store) == {ONE: End(OLD, 0)}
    watch.forget()
    assert not watch.look()


@pytest.mark.parametrize(("offsets", "lost"), [(range(5, 7), False), (range(3, 7), True)])
def test_offsets_that_do_not_rise_tell_of_a_lost_end(
    store: Store, offsets: range, *, lost: bool
) -> None:
    stand(store, p0=End(OLD, 5))
    told: list[str] = []
    watch = writer(Log({ONE: End(OLD, 7)}), store, told)

    with store.begin() as tx:
        watch.wrote(tx, {ONE: offsets, TWO: range(1)})

    assert told == [TOPIC] * lost
    assert stands(store) == {ONE: End(OLD, 7), TWO: End("", 1)}
