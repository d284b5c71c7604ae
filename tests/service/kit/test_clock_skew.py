"""A process whose clock differs from PostgreSQL's writes nothing and leads in nothing."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import MetaData

from duibiao.store import ClockSkewed, Meta, Store
from duibiao.store.compared_clock import ComparedClock
from tests.support.bus import MemoryBus, events
from tests.support.clock import ManualClock, RunningClock
from tests.support.counting import Counting
from tests.support.stores import make
from tests.support.waiting import until

METADATA = MetaData()
META = Meta(METADATA)
Opened = Callable[[RunningClock], Store]


@pytest.fixture
def opened(postgres_url: str) -> Iterator[Opened]:
    """Give a way to open the store by a clock, as replicas do."""
    with ExitStack() as stack:

        def open_by(clock: RunningClock) -> Store:
            made = Store(postgres_url, "alerts", clock=clock, tolerance=30)
            return stack.enter_context(closing(made))

        make(open_by(RunningClock()), METADATA)
        yield open_by


def written(store: Store) -> str | None:
    with store.read() as connection:
        return META.get(connection, "name")


@pytest.mark.parametrize("days", [10, -1 / 24])
def test_it_writes_nothing_until_the_clock_is_right_again(opened: Opened, days: float) -> None:
    clock = RunningClock()
    store = opened(clock)
    with store.begin() as tx:
        META.set(tx, "name", "right")
    assert abs(store.clock.skew or 0.0) < 30

    clock.advance(days=days)
    with pytest.raises(ClockSkewed), store.begin() as tx:
        META.set(tx, "name", "wrong")
    assert round((store.clock.skew or 0.0) / 86_400, 2) == round(days, 2)
    assert written(store) == "right"  # reading goes on

    clock.advance(days=-days)
    with store.begin() as tx:
        META.set(tx, "name", "right again")

    def work() -> None:
        with store.begin() as tx:
            META.set(tx, "name", "half right")
            clock.advance(days=days)  # in the middle of it

    with pytest.raises(ClockSkewed):
        work()
    assert written(store) == "right again"


def test_it_gives_up_the_lead_and_another_one_takes_it(opened: Opened) -> None:
    wrong, right = RunningClock(), RunningClock()
    one, other = (opened(clock).leader_election("relay") for clock in (wrong, right))
    assert [one.holds(), other.holds()] == [True, False]

    wrong.advance(days=10)
    assert not one.holds()
    until(other.holds)
    assert not one.holds()

    other.resign()
    assert not one.holds()  # not even where nobody else leads
    wrong.advance(days=-10)
    until(one.holds)
    one.resign()


def test_a_file_has_no_second_clock(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/duibiao.db"
    long_ago = ManualClock(datetime(2001, 1, 1, tzinfo=UTC))
    with closing(Store(url, "alerts", clock=long_ago, tolerance=30)) as store:
        make(store, METADATA)
        assert store.leader_election("relay").holds()
        assert (store.clock.skew, store.clock.right) == (None, True)


def test_a_reader_of_the_log_leaves_it_to_others_meanwhile(tmp_path: Path) -> None:
    service, bus, clock = Counting(tmp_path), MemoryBus(), ManualClock()
    service.store.clock = ComparedClock(clock, tolerance=30)
    worker = service.worker(bus)
    bus.append(*events("ab"))
    worker.start()
    until(lambda: service.position() == 2)

    service.store.clock.compare(clock.now() - timedelta(days=10))
    until(lambda: bus.closed == ["consumer"])
    bus.append(*events("c"))
    assert (worker.acts, worker.clock_skew) == (False, 864_000.0)

    service.store.clock.compare(clock.now())
    until(lambda: service.position() == 3)
    assert worker.acts
    assert service.handled() == list("abc")
    worker.stop(5)
    service.store.close()
