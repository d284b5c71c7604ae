"""When a key was last used: noted off the path of requests, at most once a minute."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from duibiao.core.keys import new_key
from duibiao.store import Store, StoreUnavailable
from duibiao.web.keyring import Keyring
from duibiao.web.problems import Problem
from tests.support.asgi import bearer, made
from tests.support.clock import NOON, ManualClock


class FailingStore(Store):
    """A store that takes no writes while `gone`, and counts its commits."""

    gone = False
    commits = 0

    def begin(self):  # type: ignore[no-untyped-def]  # noqa: ANN201 - the parent's
        if self.gone:
            raise StoreUnavailable("the disk is full")
        self.commits += 1
        return super().begin()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FailingStore]:
    store = FailingStore(f"sqlite:///{tmp_path}/duibiao.db", "access")
    yield store
    store.close()


@pytest.fixture
def keyring(store: FailingStore, clock: ManualClock) -> Iterator[Keyring]:
    keyring = Keyring(store, clock)
    yield keyring
    keyring.close()


@pytest.fixture
def elsewhere(store: FailingStore, clock: ManualClock) -> Iterator[Keyring]:
    """The keyring of another process."""
    keyring = Keyring(store, clock)
    yield keyring
    keyring.close()


def last_uses(keyring: Keyring) -> list[datetime | None]:
    return [row.last_used_at for row in keyring.keys.rows()]


def test_a_key_that_was_made_was_not_used(keyring: Keyring) -> None:
    made(keyring, None, "office")
    keyring.note_uses()
    assert last_uses(keyring) == [None]


def test_a_use_is_noted_and_not_by_the_request_itself(
    keyring: Keyring, store: FailingStore, clock: ManualClock
) -> None:
    text = made(keyring, None, "office")
    before = store.commits
    for _ in range(50):
        keyring.authenticate(bearer(text))
    asyncio.run(keyring.admit(bearer(text)))
    assert store.commits == before
    clock.advance(seconds=5)
    keyring.note_uses()
    assert last_uses(keyring) == [NOON + timedelta(seconds=5)]
    assert store.commits == before + 1


def test_uses_within_a_minute_are_noted_once_the_minute_is_over(
    keyring: Keyring, store: FailingStore, clock: ManualClock
) -> None:
    text = made(keyring, None, "office")
    keyring.authenticate(bearer(text))
    keyring.note_uses()
    before = store.commits
    clock.advance(seconds=30)
    keyring.authenticate(bearer(text))
    keyring.note_uses()
    clock.advance(seconds=29)
    keyring.note_uses()
    assert store.commits == before
    assert last_uses(keyring) == [NOON]
    clock.advance(seconds=1)
    keyring.note_uses()
    assert last_uses(keyring) == [NOON + timedelta(seconds=30)]
    assert store.commits == before + 1


def test_a_key_that_rests_is_not_written_again(
    keyring: Keyring, store: FailingStore, clock: ManualClock
) -> None:
    text = made(keyring, None, "office")
    keyring.authenticate(bearer(text))
    keyring.note_uses()
    before = store.commits
    for _ in range(10):
        clock.advance(seconds=60)
        keyring.note_uses()
    assert (store.commits, last_uses(keyring)) == (before, [NOON])


def test_two_processes_do_not_note_one_key_twice_a_minute(
    keyring: Keyring, elsewhere: Keyring, clock: ManualClock
) -> None:
    text = made(keyring, None, "office")
    keyring.authenticate(bearer(text))
    keyring.note_uses()
    clock.advance(seconds=20)
    elsewhere.authenticate(bearer(text))
    elsewhere.note_uses()
    assert last_uses(keyring) == [NOON]
    clock.advance(seconds=60)
    elsewhere.authenticate(bearer(text))
    elsewhere.note_uses()
    assert last_uses(keyring) == [NOON + timedelta(seconds=80)]


def test_each_key_has_a_time_of_its_own(keyring: Keyring, clock: ManualClock) -> None:
    first, second = made(keyring, None, "office"), made(keyring, None, "admin")
    keyring.authenticate(bearer(first))
    keyring.note_uses()
    clock.advance(seconds=10)
    keyring.authenticate(bearer(second))
    keyring.note_uses()
    uses = {row.role: row.last_used_at for row in keyring.keys.rows()}
    assert uses == {"office": NOON, "admin": NOON + timedelta(seconds=10)}


def test_a_refused_key_was_not_used(keyring: Keyring, clock: ManualClock) -> None:
    text = made(keyring, None, "office", expires_at=clock.now() + timedelta(seconds=1))
    clock.advance(seconds=2)
    for header in (bearer(text), bearer(new_key().text), None):
        with pytest.raises(Problem):
            keyring.authenticate(header)
    keyring.note_uses()
    assert last_uses(keyring) == [None]


def test_what_could_not_be_written_is_written_the_next_time(
    keyring: Keyring, store: FailingStore, clock: ManualClock
) -> None:
    text = made(keyring, None, "office")
    keyring.authenticate(bearer(text))
    store.gone = True
    with pytest.raises(StoreUnavailable):
        keyring.note_uses()
    store.gone = False
    clock.advance(seconds=7)
    keyring.note_uses()
    assert last_uses(keyring) == [NOON]


def test_a_use_is_no_act_of_anybody_and_not_audited(keyring: Keyring) -> None:
    text = made(keyring, None, "office")
    keyring.authenticate(bearer(text))
    keyring.note_uses()
    assert keyring.keys.audit.checkpoint().sequence == 1
