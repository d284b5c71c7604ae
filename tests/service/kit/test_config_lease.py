"""The config lease on PostgreSQL: a new config takes over, and stays until it falls silent."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from sqlalchemy import MetaData

from duibiao.store import Meta, Store
from duibiao.store.config_lease import BEAT, SILENCE, ConfigLease, FollowedLease
from tests.support.stores import make

METADATA = MetaData()
META = Meta(METADATA)
LOOK = 1.0  # seconds


class Process:
    """One that shares the schema; nothing happens in it but `look`."""

    def __init__(self, store: Store, config: str, monotonic: Callable[[], float]) -> None:
        self.lease = ConfigLease(store, META, (config,), monotonic)
        self._store = store

    def look(self) -> bool:
        """Do what a process does every second; tell whether it acts."""
        if self.lease.is_due():
            with self.lease.renewed():
                pass
        return self.lease.acts

    def works(self) -> bool:
        """Whether a transaction gets on."""
        with self._store.begin() as tx:
            return self.lease.look(tx)


class Town:
    """Processes on one schema and the time, the same for all."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = 1000.0

    def start(self, config: str) -> Process:
        process = Process(self.store, config, lambda: self.now)
        process.look()
        return process

    def go_on(self, seconds: float, *alive: Process) -> None:
        """Let time pass; those that are alive look every second."""
        end = self.now + seconds
        while self.now < end:
            self.now += LOOK
            for process in alive:
                process.look()


@pytest.fixture
def town(postgres_url: str) -> Iterator[Town]:
    with closing(Store(postgres_url, "indicators")) as store:
        make(store, METADATA)
        yield Town(store)


def test_a_config_that_is_new_takes_over_at_once(town: Town) -> None:
    old = town.start("old")
    assert old.works()

    new = town.start("new")

    assert new.lease.acts
    assert new.works()
    assert old.lease.acts  # it does not know yet
    assert not old.works()
    assert not old.lease.acts


def test_one_without_work_learns_of_it_by_its_next_beat(town: Town) -> None:
    old = town.start("old")
    new = town.start("new")

    town.go_on(BEAT, old, new)

    assert [old.lease.acts, new.lease.acts] == [False, True]


def test_replicas_of_the_same_config_act_together(town: Town) -> None:
    one, other = town.start("same"), town.start("same")

    assert [one.works(), other.works()] == [True, True]
    town.go_on(3 * SILENCE, one, other)
    assert [one.works(), other.works()] == [True, True]


def test_an_old_one_that_is_started_anew_stays_aside(town: Town) -> None:
    town.start("old")
    new = town.start("new")

    for _ in range(5):
        again = town.start("old")
        assert not again.works()
        town.go_on(SILENCE, new, again)
        assert [again.lease.acts, new.lease.acts] == [False, True]


def test_it_takes_over_when_the_new_ones_have_been_silent_for_long(town: Town) -> None:
    old, new = town.start("old"), town.start("new")
    town.go_on(BEAT, old, new)

    town.go_on(SILENCE, old)
    assert not old.works()
    town.go_on(2 * LOOK, old)

    assert old.works()
    assert not new.works()


def test_replicas_of_one_that_takes_over_join_it(town: Town) -> None:
    one, other, new = town.start("old"), town.start("old"), town.start("new")
    town.go_on(BEAT, one, other, new)

    town.go_on(SILENCE + 2 * LOOK, one, other)

    assert [one.lease.acts, other.lease.acts] == [True, True]


def test_a_short_silence_changes_nothing(town: Town) -> None:
    old, new = town.start("old"), town.start("new")
    for _ in range(4):
        town.go_on(SILENCE - BEAT - LOOK, old)
        again = town.start("new")
        town.go_on(BEAT, old, again)
        assert [old.lease.acts, again.lease.acts] == [False, True]
    assert new.works()  # the same config


def test_one_that_crashes_again_and_again_does_not_take_turns_with_the_other(town: Town) -> None:
    old, new = town.start("old"), town.start("new")
    town.go_on(BEAT, old, new)
    town.go_on(SILENCE + 2 * LOOK, old)  # the new one has crashed

    for _ in range(3):
        again = town.start("new")
        town.go_on(BEAT, old, again)
        assert [old.lease.acts, again.lease.acts] == [True, False]

    # It keeps running, and the old ones are ended: the update comes to its end.
    town.go_on(SILENCE + BEAT, again)
    assert again.works()


def test_what_was_not_looked_at_is_no_silence(town: Town) -> None:
    old, new = town.start("old"), town.start("new")
    town.go_on(BEAT, old, new)

    for _ in range(5):
        town.go_on(SILENCE / 2, old)
        town.now += SILENCE  # the database is away, or this process is held up
    old.look()

    assert not old.works()


def test_whoever_waited_for_the_lock_looks_again_under_it(town: Town) -> None:
    """A long transaction of those in force silences them; it is over once the lock is had."""
    old, new = town.start("old"), town.start("new")
    town.go_on(BEAT, old, new)
    town.go_on(SILENCE - LOOK, old)
    town.now += 3 * LOOK
    assert old.lease.is_due()

    new.look()  # commits, while the old one waits
    with old.lease.renewed() as tx:
        assert tx is None


def test_a_third_one_follows_the_second(town: Town) -> None:
    first, second, third = (town.start(config) for config in ("first", "second", "third"))
    town.go_on(BEAT, first, second, third)

    again = town.start("first")
    town.go_on(SILENCE, again, second, third)

    assert [again.works(), second.works(), third.works()] == [False, False, True]


def test_a_file_has_one_process_which_never_waits(tmp_path: object) -> None:
    with closing(Store(f"sqlite:///{tmp_path}/duibiao.db", "indicators")) as store:
        make(store, METADATA)
        town = Town(store)
        for config in ("one", "other", "one"):
            assert town.start(config).works()


def test_another_service_follows_the_first_part_of_the_config_and_never_takes_over(
    postgres_url: str, town: Town
) -> None:
    theirs = Meta(MetaData(schema="indicators"))
    same, foreign = (FollowedLease(theirs, config) for config in (("same",), ("foreign",)))

    def acting() -> list[bool]:
        with closing(Store(postgres_url, "alerts")) as store, store.read() as connection:
            told = [one.look(connection) for one in (same, foreign)]
            assert [one.acts for one in (same, foreign)] == told
            return told

    assert [same.acts, foreign.acts] == [False, False]  # nobody has looked yet
    assert acting() == [True, True]  # nobody has judged yet

    judge = ConfigLease(town.store, META, ("same", "counting"), lambda: town.now)
    with judge.renewed():
        pass
    assert acting() == [True, False]

    with ConfigLease(town.store, META, ("foreign", "counting"), lambda: town.now).renewed():
        pass
    assert acting() == [False, True]
