"""A worker without the lease: it leaves the log to others and neither handles nor gives up."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from duibiao.bus import Record, UnprocessableRecord
from duibiao.bus.worker import Worker
from tests.support.bus import TOPIC, MemoryBus, events
from tests.support.counting import Counting
from tests.support.waiting import until


class Switch:
    """A lease that a test gives and takes; `acts` is what the worker knows of it."""

    def __init__(self) -> None:
        self.given = True
        self.acts = True
        self.refused = 0

    def look(self, connection: Connection) -> bool:
        assert connection.in_transaction()
        if not self.given:
            self.refused += 1
            self.acts = False
        return self.given

    def give(self) -> None:
        self.given = self.acts = True


@pytest.fixture
def switch() -> Switch:
    return Switch()


@pytest.fixture
def worker(bus: MemoryBus, service: Counting, switch: Switch) -> Iterator[Worker]:
    made = service.worker(bus, lease=switch)
    yield made
    made.stop(5)


def test_it_does_not_join_before_it_has_the_lease(
    bus: MemoryBus, service: Counting, switch: Switch, worker: Worker
) -> None:
    switch.given = switch.acts = False
    bus.append(*events("abc"))
    worker.start()
    until(lambda: worker.still_for() < 0.01)
    assert bus.polls == 0

    switch.give()

    until(lambda: service.position() == 3)
    assert service.handled() == list("abc")


def test_it_leaves_in_the_middle_and_goes_on_where_it_was(
    bus: MemoryBus, service: Counting, switch: Switch, worker: Worker
) -> None:
    bus.append(*events("abc"))
    worker.start()
    until(lambda: service.position() == 3)

    switch.given = False
    bus.append(*events("de"))
    until(lambda: bus.closed == ["consumer"])
    assert service.position() == 3
    assert switch.refused == 1
    assert worker.lag == {TOPIC: 0}  # whoever has the share measures it

    switch.give()
    until(lambda: service.position() == 5)
    assert service.handled() == list("abcde")
    assert service.dead() == []


def test_a_record_that_only_others_can_read_is_not_given_up(
    bus: MemoryBus, service: Counting, switch: Switch, worker: Worker
) -> None:
    """Others take over while it finds that its own register does not know what a record names."""

    def strange(_: Record) -> None:
        switch.given = False
        raise UnprocessableRecord("unknown indicator")

    service.act = strange
    bus.append(*events("a"))
    worker.start()

    until(lambda: bus.closed == ["consumer"])

    assert (service.position(), service.dead(), worker.dead) == (0, [], 0)


def test_one_that_stands_aside_does_not_stand_still(switch: Switch, worker: Worker) -> None:
    switch.given = switch.acts = False
    worker.start()
    for _ in range(20):
        until(lambda: worker.still_for() < 0.01)
    assert worker.failed is None
