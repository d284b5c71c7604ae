"""A scrape shows what was read last where a reading fails or takes long."""

import threading
import time

import pytest

from duibiao.core.retry import Retry
from duibiao.store.snapshot import WAIT, Snapshot
from tests.support.waiting import until


class Source:
    """What is read: counts its readings, fails and waits as it is told."""

    def __init__(self) -> None:
        self.readings = 0
        self.error: Exception | None = None
        self.open = threading.Event()
        self.open.set()

    def __call__(self) -> int:
        self.readings += 1
        number = self.readings
        self.open.wait(10)
        if self.error is not None:
            raise self.error
        return number


def test_it_is_read_once_until_it_is_stale() -> None:
    source = Source()
    snapshot = Snapshot(source, 0)
    assert [snapshot.get(), snapshot.get()] == [1, 1]
    snapshot.mark_stale()
    assert [snapshot.get(), snapshot.get()] == [2, 2]


def test_what_is_never_fresh_is_read_each_time() -> None:
    snapshot = Snapshot(Source(), 0, fresh=0.0)
    assert [snapshot.get(), snapshot.get()] == [1, 2]


@pytest.mark.parametrize("error", [Retry("away"), LookupError("ours")])
def test_a_reading_that_fails_leaves_the_last_and_is_made_again(error: Exception) -> None:
    source = Source()
    snapshot = Snapshot(source, 0)
    snapshot.get()
    snapshot.mark_stale()
    source.error = error
    assert snapshot.get() == 1
    source.error = None
    assert snapshot.get() == 3


def test_a_reading_that_does_not_come_back_is_not_waited_for() -> None:
    source = Source()
    source.open.clear()
    snapshot = Snapshot(source, 0)
    began = time.monotonic()
    assert snapshot.get() == 0
    assert WAIT <= time.monotonic() - began < WAIT + 1.0
    assert snapshot.get() == 0
    assert source.readings == 1  # one at a time, however often it is scraped
    source.open.set()
    until(lambda: snapshot.get() == 1)
