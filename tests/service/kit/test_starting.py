"""A store that is opened, and what is settled in it at the start, while another process writes."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from duibiao.store import Store, StoreUnavailable
from tests.support.stores import METADATA, add_in, count, make

TRIES = 3


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with closing(Store(database_url, "things")) as made:
        make(made, METADATA)
        yield made


def test_whoever_opens_a_store_does_not_wait_for_its_writer(
    store: Store, database_url: str
) -> None:
    with store.begin(), closing(Store(database_url, "things", patience=0.01)) as other:
        assert count(other) == 0


def test_what_is_settled_at_the_start_waits_for_a_writer_that_is_busy_for_long(
    store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    with closing(Store(database_url, "things", patience=0.01)) as other, ExitStack() as busy:
        busy.enter_context(store.begin())

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == TRIES:
                busy.close()

        monkeypatch.setattr(time, "sleep", pause)
        other.retry(lambda tx: add_in(tx, 1))

    assert count(store) == 1
    assert len(pauses) == TRIES


def test_it_does_not_wait_for_ever(store: Store, database_url: str) -> None:
    with (
        closing(Store(database_url, "things", patience=0.01)) as other,
        store.begin(),
        pytest.raises(StoreUnavailable),
    ):
        other.retry(lambda tx: add_in(tx, 1), seconds=0.05)

    assert count(store) == 0
