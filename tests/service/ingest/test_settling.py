"""What is on the log and not settled: which of it is published again, when, and how often."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select

from duibiao.store import Store
from services.ingest.adapters import backlog as unsettled
from services.ingest.adapters.migrations import SCHEMA
from services.ingest.adapters.submissions import write_submissions
from services.ingest.adapters.tables import UNSETTLED
from services.ingest.domain.receipts import Receipt, StoredSubmission
from tests.support.clock import ManualClock
from tests.support.ingest import NOON, backlog_of

TIME = 100.0  # seconds that a submission has to be settled


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url, "ingest")
    SCHEMA.migrate(store)
    yield store
    store.close()


class Way:
    """The way of submissions to the log; names begin with their org: `a1`, `b7`."""

    def __init__(self, store: Store) -> None:
        self.clock = ManualClock(NOON)
        self.store = store
        self.backlog = backlog_of(store, clock=self.clock, settle_seconds=TIME)

    def keep(self, *names: str) -> None:
        entries = [
            StoredSubmission(
                Receipt(name, name[0], "key", "case", NOON, 1, 1, 0), b"x", None, "key"
            )
            for name in names
        ]
        with self.store.begin() as tx:
            write_submissions(tx, entries)

    def publish(self) -> list[str]:
        """Let the relay have its turn; return what it has published."""
        waiting = self.backlog.pending(100)
        self.backlog.sent([number for number, _ in waiting])
        return [event.id for _, event in waiting]

    def after(self, seconds: float) -> list[str]:
        self.clock.advance(seconds=seconds)
        return self.publish()

    def settle(self, *names: str) -> None:
        with self.store.begin() as tx:
            for name in names:
                unsettled.settled(tx, name)

    def left(self) -> list[str]:
        with self.store.read() as connection:
            return list(connection.scalars(select(UNSETTLED.c.id).order_by(UNSETTLED.c.number)))

    def given_up(self) -> int:
        self.backlog.count()
        return self.backlog.unsettled


@pytest.fixture
def way(store: Store) -> Way:
    return Way(store)


def test_what_is_settled_in_time_goes_out_once(way: Way) -> None:
    way.keep("a1", "a2", "b1")
    assert way.publish() == ["a1", "a2", "b1"]
    way.settle("a1", "a2", "b1")

    assert way.after(10 * TIME) == []
    assert way.left() == []


def test_the_oldest_of_each_org_is_asked_after_when_its_time_is_up(way: Way) -> None:
    way.keep("a1", "a2", "b1")
    way.publish()
    assert way.after(TIME / 2) == []
    assert way.after(TIME) == ["a1", "b1"]
    assert way.after(TIME / 2) == []  # a2 waits for what a1 tells

    way.settle("a1")  # appended behind a2: the reader has passed it

    assert way.after(TIME) == ["a2", "b1"]
    assert way.backlog.republished == 4


def test_what_the_reader_has_passed_goes_out_at_once(way: Way) -> None:
    way.keep("a1", "a2", "a3", "b1")
    way.publish()

    way.settle("a3")

    assert way.after(TIME / 5) == ["a1", "a2"]
    assert way.left() == ["b1", "a1", "a2"]


def test_what_is_sent_and_not_noted_does_not_come_again(way: Way) -> None:
    way.keep("a1", "a2", "a3")
    sent = [number for number, _ in way.backlog.pending(2)]

    assert [event.id for _, event in way.backlog.pending(2, sent)] == ["a3"]


def test_the_outcome_of_a_later_one_tells_before_its_sending_is_noted(way: Way) -> None:
    way.keep("a1")
    way.publish()
    way.keep("a2")
    way.backlog.pending(100)
    way.settle("a2")

    assert way.after(TIME / 5) == ["a1"]


def test_one_to_be_sent_again_tells_nothing_of_those_it_stands_behind_now(way: Way) -> None:
    way.keep("a1")
    way.publish()
    way.clock.advance(seconds=0.9 * TIME)
    way.keep("a2")
    way.publish()
    way.clock.advance(seconds=0.2 * TIME)
    assert [event.id for _, event in way.backlog.pending(100)] == ["a1"]
    way.settle("a1")  # by the outcome of its first sending

    assert way.after(TIME / 5) == []


def test_after_three_times_it_is_given_up_and_told(way: Way) -> None:
    way.keep("a1")
    published = [way.publish(), *(way.after(1.1 * TIME) for _ in range(6))]

    assert published == [["a1"], ["a1"], ["a1"], ["a1"], [], [], []]
    assert way.given_up() == 1
    way.settle("a1")
    assert way.given_up() == 0


def test_one_that_is_given_up_does_not_stand_in_the_way_of_the_next(way: Way) -> None:
    way.keep("a1", "a2")
    way.publish()
    published = [name for _ in range(6) for name in way.after(1.1 * TIME)]

    assert published == ["a1", "a2"] * 3


def test_after_a_lost_log_all_of_it_goes_out_again_in_its_order(way: Way, store: Store) -> None:
    way.keep("a1", "a2", "b1", "a3")
    way.publish()
    way.settle("a2")
    way.keep("b2")
    with store.begin() as tx:
        way.backlog.publish_all_again(tx, "duibiao.submissions.v1")

    assert way.publish() == ["b2", "a1", "b1", "a3"]
    assert way.backlog.republished == 3


def test_what_is_published_again_counts_as_waiting(way: Way, store: Store) -> None:
    way.keep("a1", "b1")
    backlog = backlog_of(store, clock=way.clock, most=2, settle_seconds=TIME)
    backlog.sent([number for number, _ in backlog.pending(9)])
    assert not backlog.full

    with store.begin() as tx:
        backlog.publish_all_again(tx, "")

    assert backlog.full


def test_an_outcome_does_not_look_at_what_waits_of_other_orgs(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/duibiao.db", "ingest")
    SCHEMA.migrate(store)
    said = list[str]()

    def listen(*call: object) -> None:
        said.append(str(call[2]))

    way = Way(store)
    way.keep("a1", "a2")
    way.publish()
    event.listen(Engine, "before_cursor_execute", listen)
    way.settle("a2")
    event.remove(Engine, "before_cursor_execute", listen)
    (marking,) = [one for one in said if one.startswith("UPDATE unsettled") and "org" in one]

    with store.read() as connection:
        parameters = (0, "a", 2, 0)
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {marking}", parameters).all()
    store.close()
    assert "unsettled_by_org (org=? AND number<?)" in str(plan)
