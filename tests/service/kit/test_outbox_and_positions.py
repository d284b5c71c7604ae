"""What is committed beside the state: events on their way out, positions on their way in."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import MetaData

from duibiao.bus import Event, Record
from duibiao.bus.outbox import Outbox
from duibiao.bus.positions import FencedOut, Positions
from duibiao.store import Store
from tests.support.bus import TOPIC, event, events
from tests.support.stores import make

METADATA = MetaData()
OUTBOX = Outbox(METADATA)
POSITIONS = Positions(METADATA)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    made = Store(database_url, "ingest")
    make(made, METADATA)
    yield made
    made.close()


def put(store: Store, *some: Event) -> None:
    with store.begin() as tx:
        OUTBOX.put(tx, some)


def put_and_fail(store: Store, some: Event) -> None:
    with store.begin() as tx:
        OUTBOX.put(tx, [some])
        raise LookupError


def record(offset: int, *, partition: int = 0, topic: str = TOPIC) -> Record:
    return Record(event(str(offset), topic=topic), partition, offset)


def save(store: Store, some: Record) -> None:
    with store.begin() as tx:
        POSITIONS.expect(tx, some)
        POSITIONS.save(tx, some)


def position(store: Store, topic: str = TOPIC, partition: int = 0) -> int:
    with store.read() as connection:
        return POSITIONS.of(connection, topic, partition)


def test_events_wait_in_the_order_in_which_they_were_put(store: Store) -> None:
    put(store, *events("ab"))
    put(store, event("c"))

    waiting = OUTBOX.source(store).pending(10)

    assert [one for _, one in waiting] == events("abc")


def test_an_event_waits_as_it_was(store: Store) -> None:
    odd = replace(
        event("odd"),
        key="市税务局",
        data=b"\x00\xff",
        content_type="application/json",
        headers={"reason": "补正"},
    )
    put(store, odd)

    ((_, found),) = OUTBOX.source(store).pending(10)

    assert found == odd


def test_large_events_wait_for_another_batch(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duibiao.bus.outbox.MOST_BYTES", 100)
    sizes = {"a": 60, "b": 40, "c": 1, "d": 500, "e": 0, "f": 100}
    put(store, *(replace(event(name), data=b"x" * size) for name, size in sizes.items()))
    source = OUTBOX.source(store)

    batches = []
    while some := source.pending(10):
        batches.append("".join(one.id.removeprefix("id-") for _, one in some))
        source.sent([number for number, _ in some])

    assert batches == ["ab", "c", "d", "ef"]


def test_times_are_kept_in_utc(store: Store) -> None:
    shanghai = timezone(timedelta(hours=8))
    put(store, replace(event("a"), time=datetime(2021, 3, 25, 8, tzinfo=shanghai)))

    ((_, found),) = OUTBOX.source(store).pending(10)

    assert found.time == datetime(2021, 3, 25, tzinfo=UTC)
    assert found.time.utcoffset() == timedelta(0)


def test_no_more_is_taken_than_asked_for(store: Store) -> None:
    put(store, *events("abc"))

    assert len(OUTBOX.source(store).pending(2)) == 2


def test_what_was_sent_is_forgotten_and_the_rest_stays(store: Store) -> None:
    put(store, *events("abc"))
    source = OUTBOX.source(store)
    numbers = [number for number, _ in source.pending(10)]

    source.sent([numbers[0], numbers[2]])

    assert [one.id for _, one in source.pending(10)] == ["id-b"]


def test_what_was_sent_and_is_still_there_does_not_come_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duibiao.bus.outbox.MOST_BYTES", 2)
    put(store, *(replace(event(name), data=b"x") for name in "abcd"))
    source = OUTBOX.source(store)
    sent = [number for number, _ in source.pending(10)]
    assert len(sent) == 2

    assert [one.id for _, one in source.pending(10, sent)] == ["id-c", "id-d"]
    assert [one.id for _, one in source.pending(1, sent[:1])] == ["id-b"]


def test_a_number_never_comes_back(store: Store) -> None:
    put(store, event("a"))
    source = OUTBOX.source(store)
    ((first, _),) = source.pending(10)
    source.sent([first])

    put(store, event("b"))

    ((second, _),) = source.pending(10)
    assert second > first


def test_an_event_whose_state_was_rolled_back_never_goes_out(store: Store) -> None:
    with pytest.raises(LookupError):
        put_and_fail(store, event("a"))

    assert OUTBOX.source(store).pending(10) == []


def test_putting_nothing_is_nothing(store: Store) -> None:
    put(store)

    assert OUTBOX.source(store).pending(10) == []


def test_a_reader_begins_at_zero(store: Store) -> None:
    assert position(store) == 0


def test_the_position_is_the_offset_after_the_last_one_handled(store: Store) -> None:
    save(store, record(4))
    assert position(store) == 5

    save(store, record(9))
    assert position(store) == 10


def test_each_partition_and_topic_has_a_position(store: Store) -> None:
    save(store, record(4))
    save(store, record(7, partition=1))
    save(store, record(2, topic="other"))

    assert position(store) == 5
    assert position(store, partition=1) == 8
    assert position(store, topic="other") == 3


@pytest.mark.parametrize("offset", [3, 4])
def test_what_another_worker_has_handled_cannot_be_handled_again(store: Store, offset: int) -> None:
    save(store, record(4))

    with pytest.raises(FencedOut, match="stands at 5"):
        save(store, record(offset))

    assert position(store) == 5


def test_expecting_a_record_changes_nothing(store: Store) -> None:
    save(store, record(4))

    with store.begin() as tx:
        POSITIONS.expect(tx, record(5))
    assert position(store) == 5

    with pytest.raises(FencedOut), store.begin() as tx:
        POSITIONS.expect(tx, record(4))


def read_from(follows: int, offset: int) -> Record:
    return replace(record(offset), follows=follows)


def test_a_record_read_from_where_the_position_stands_is_handled(store: Store) -> None:
    save(store, read_from(0, 4))
    save(store, read_from(5, 5))

    assert position(store) == 6


@pytest.mark.parametrize("stood", [0, 4, 6, 100])
def test_one_read_from_anywhere_else_is_not(store: Store, stood: int) -> None:
    save(store, read_from(0, 4))

    with pytest.raises(FencedOut, match=f"stands at 5, not at {stood}"):
        save(store, read_from(stood, 200))

    assert position(store) == 5


def test_what_was_skipped_by_another_is_not_lost(store: Store) -> None:
    save(store, read_from(0, 2))

    # Its reader has handed out 3 and 4 to somebody who never committed them.
    with pytest.raises(FencedOut):
        save(store, read_from(5, 5))

    save(store, read_from(3, 3))
    assert position(store) == 4


def test_a_batch_is_measured_by_its_first_record(store: Store) -> None:
    save(store, read_from(0, 4))
    first, last = read_from(5, 7), read_from(9, 9)

    with store.begin() as tx:
        POSITIONS.expect(tx, first)
        POSITIONS.save(tx, last)

    assert position(store) == 10


def test_the_first_to_begin_a_partition_has_it(store: Store) -> None:
    with store.begin() as tx:
        POSITIONS.expect(tx, read_from(0, 3))
        POSITIONS.save(tx, read_from(0, 3))

    with pytest.raises(FencedOut), store.begin() as tx:
        POSITIONS.expect(tx, read_from(0, 3))


def put_and_save(store: Store, some: Record) -> None:
    with store.begin() as tx:
        OUTBOX.put(tx, [event("effect")])
        POSITIONS.expect(tx, some)
        POSITIONS.save(tx, some)


def test_an_effect_whose_position_has_moved_is_rolled_back(store: Store) -> None:
    save(store, read_from(0, 4))

    with pytest.raises(FencedOut):
        put_and_save(store, read_from(0, 4))

    assert OUTBOX.source(store).pending(10) == []


def test_all_partitions_of_a_topic_are_told_at_once(store: Store) -> None:
    save(store, record(6))
    save(store, record(2, partition=3))
    save(store, record(9, topic="another"))

    with store.read() as connection:
        assert POSITIONS.on(connection, TOPIC) == {0: 7, 3: 3}
        assert POSITIONS.on(connection, "none") == {}
    with store.begin() as tx:
        assert POSITIONS.on(tx, TOPIC, hold=True) == {0: 7, 3: 3}


def test_the_relay_wakes_for_commits_that_put_something(store: Store) -> None:
    woken: list[str] = []
    outbox = Outbox(MetaData())  # of no other test
    outbox.on_commit(store, lambda: woken.append("relay"), lambda: woken.append("sender"))
    with store.begin():
        pass
    assert woken == []
    with store.begin() as tx:
        outbox.put(tx, [event("a")])
        assert woken == []
    assert woken == ["relay", "sender"]
    with store.begin():
        pass
    assert woken == ["relay", "sender"]
