"""What the SQLite log promises beyond the contract of every log: resends, order, retention."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from duibiao.bus import Record, SendFailed, sqlite_reader
from duibiao.bus.opening import open_bus
from duibiao.bus.sqlite import SqliteBus
from duibiao.core import Settings
from duibiao.store import StoreError
from tests.support.bus import TOPIC, KeptPositions, drain, event, events, names
from tests.support.clock import ManualClock
from tests.support.waiting import until

OTHER = "duibiao.others.v1"
MONTH = timedelta(days=30)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def bus(tmp_path: Path, clock: ManualClock) -> Iterator[SqliteBus]:
    made = SqliteBus(tmp_path / "log.db", clock, {TOPIC: MONTH})
    made.start()
    yield made
    made.stop(5)


Everything = Callable[..., list[Record]]


@pytest.fixture
def read(bus: SqliteBus) -> Iterator[Everything]:
    """Read what is there, without waiting."""
    opened = []

    def everything(
        *topics: str, positions: KeptPositions | None = None, group: str = "readers"
    ) -> list[Record]:
        consumer = bus.consumer(group, topics or (TOPIC,), positions or KeptPositions())
        opened.append(consumer)
        return list(consumer.poll(1000, 0))

    yield everything
    for consumer in opened:
        consumer.close(1)


def test_an_id_that_is_on_the_log_is_dropped(bus: SqliteBus, read: Everything) -> None:
    producer = bus.producer()
    producer.send(events("ab"))

    producer.send(events("abc"))
    producer.send([replace(event("a"), data=b"another content")])

    assert names(read()) == ["a", "b", "c"]


def test_topics_are_read_in_the_order_of_the_log(bus: SqliteBus, read: Everything) -> None:
    bus.producer().send([event("a"), event("b", topic=OTHER), event("c"), event("d", topic=OTHER)])

    assert names(read(OTHER, TOPIC)) == list("abcd")


def test_one_poll_returns_a_bounded_number_of_bytes(bus: SqliteBus) -> None:
    megabyte = [replace(one, data=b"x" * 1_048_576) for one in events("abcdef")]
    bus.producer().send(megabyte)
    consumer = bus.consumer("readers", [TOPIC], KeptPositions())

    first = consumer.poll(100, 0)

    assert sum(len(r.event.data) for r in first) == sqlite_reader.MOST_BYTES
    assert len(drain(consumer, 2)) == 2
    consumer.close(1)


def test_a_log_held_by_another_process_is_a_failed_send(tmp_path: Path) -> None:
    impatient = SqliteBus(tmp_path / "log.db", ManualClock(), patience=0.01)
    other = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(SendFailed, match="locked"):
        impatient.producer().send([event("a")])

    other.execute("ROLLBACK")
    impatient.producer().send([event("a")])
    other.close()
    impatient.stop(1)


def test_of_a_send_that_fails_nothing_is_there(bus: SqliteBus, read: Everything) -> None:
    broken = replace(event("b"), data=None)  # type: ignore[arg-type]

    with pytest.raises(sqlite3.IntegrityError):
        bus.producer().send([event("a"), broken])

    assert read() == []
    bus.producer().send([event("c")])
    assert names(read()) == ["c"]


def test_what_is_older_than_its_retention_is_pruned(
    bus: SqliteBus, clock: ManualClock, read: Everything
) -> None:
    bus.producer().send([event("old"), event("kept", topic=OTHER)])
    clock.advance(days=29)
    bus.producer().send([event("young")])

    bus.prune()
    assert names(read()) == ["old", "young"]
    clock.advance(days=1, seconds=1)
    bus.prune()

    assert names(read()) == ["young"]
    assert names(read(OTHER)) == ["kept"]


def test_pruning_leaves_offsets_and_positions_alone(
    bus: SqliteBus, clock: ManualClock, read: Everything
) -> None:
    bus.producer().send(events("abc"))
    positions = KeptPositions()
    positions.handled(read())
    clock.advance(days=31)
    bus.prune()
    assert read() == []

    bus.producer().send(events("d"))

    (found,) = read(positions=positions)
    assert names([found]) == ["d"]
    assert found.offset == 4


def test_a_log_that_was_pruned_empty_uses_no_offset_again(
    tmp_path: Path, clock: ManualClock
) -> None:
    for name in "abc":
        bus = SqliteBus(tmp_path / "again.db", clock, {TOPIC: MONTH})
        bus.producer().send([event(name)])
        consumer = bus.consumer("readers", [TOPIC], KeptPositions())
        (found,) = consumer.poll(10, 0)
        assert found.offset == "abc".index(name) + 1
        consumer.close(1)
        clock.advance(days=31)
        bus.prune()
        bus.stop(1)


def test_what_a_live_reader_has_not_handled_is_kept(
    bus: SqliteBus, clock: ManualClock, read: Everything
) -> None:
    positions = KeptPositions()
    bus.producer().send(events("abc"))
    positions.handled(read()[:1])
    clock.advance(days=31)
    consumer = bus.consumer("indicators", [TOPIC], positions)
    drain(consumer, 2)
    consumer.poll(10, 0.01)  # an idle poll notes how far the reader has come

    bus.prune()

    assert names(read()) == ["b", "c"]
    consumer.close(1)


def test_a_reader_that_is_gone_for_good_does_not_keep_the_log(
    bus: SqliteBus, clock: ManualClock, read: Everything
) -> None:
    gone = bus.consumer("gone", [TOPIC], KeptPositions())
    gone.poll(10, 0.01)
    gone.close(1)
    bus.producer().send(events("abc"))

    clock.advance(days=31)
    bus.prune()

    assert read() == []


def test_a_long_log_is_pruned_in_short_steps(
    bus: SqliteBus, clock: ManualClock, read: Everything
) -> None:
    bus.producer().send(events(str(n) for n in range(1200)))
    clock.advance(days=31)
    bus.producer().send(events(["young"]))

    bus.prune()

    assert names(read()) == ["young"]


@pytest.mark.parametrize(("prune_every", "left"), [(0.01, 0), (3600, 1)])
def test_pruning_comes_by_itself_but_not_at_the_start(
    tmp_path: Path, clock: ManualClock, prune_every: float, left: int
) -> None:
    bus = SqliteBus(tmp_path / "timed.db", clock, {TOPIC: MONTH}, prune_every=prune_every)
    bus.producer().send([event("a")])
    consumer = bus.consumer("readers", [TOPIC], KeptPositions())
    clock.advance(days=31)

    bus.start()

    until(lambda: consumer.lag() == {TOPIC: left})
    consumer.close(1)
    bus.stop(1)
    assert bus.failed is None


def test_the_log_of_an_installation_lies_beside_its_stores(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/var/duibiao.db")

    bus = open_bus(settings, ManualClock())

    assert (tmp_path / "var" / "duibiao-log.db").exists()
    bus.stop(1)


def test_a_database_we_do_not_know_has_no_log() -> None:
    with pytest.raises(StoreError):
        open_bus(Settings(database_url="mysql://example.invalid/x"), ManualClock())


def test_an_append_wakes_the_readers_of_its_topics_only() -> None:
    signal = sqlite_reader.AppendSignal()
    ours, theirs, both = (signal.reader(of) for of in ([TOPIC], [OTHER], [TOPIC, OTHER]))
    signal.forget(both)
    signal.notify([TOPIC])

    assert (ours.is_set(), theirs.is_set(), both.is_set()) == (True, False, False)
