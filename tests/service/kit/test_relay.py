"""The relay loses nothing, keeps the order, and does not mind a log that is away."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from time import monotonic

import pytest

from duibiao.bus import Event
from duibiao.bus.log_watch import Unwatched
from duibiao.bus.outbox import Note
from duibiao.bus.relay import Relay
from duibiao.core import Retry
from duibiao.store.leader_election import Alone
from tests.support.bus import WHEN, MemoryBus, events
from tests.support.waiting import until


class Waiting:
    """An outbox in memory (an `OutboxSource`)."""

    republished = 0

    def __init__(self, *some: Event) -> None:
        self.rows = dict(enumerate(some))
        self.fails = 0

    def pending(self, limit: int, sent: Collection[int]) -> Sequence[tuple[int, Event]]:
        return [one for one in sorted(self.rows.items()) if one[0] not in sent][:limit]

    def sent(self, ids: Sequence[int], note: Note) -> None:  # noqa: ARG002 - the port's
        if self.fails:
            self.fails -= 1
            raise Retry("the store is busy")
        for number in ids:
            del self.rows[number]

    def put(self, *some: Event) -> None:
        first = max(self.rows, default=-1) + 1
        self.rows.update(enumerate(some, first))


Start = Callable[..., Relay]


@pytest.fixture
def start(bus: MemoryBus) -> Iterator[Start]:
    started: list[Relay] = []

    def begin(source: Waiting, *, batch: int = 100, idle: float = 60) -> Relay:
        relay = Relay("relay", source, bus, batch=batch, idle=idle)
        relay.start()
        started.append(relay)
        return relay

    yield begin
    for relay in started:
        relay.stop(5)


def test_what_waits_goes_out_in_order_and_is_forgotten(bus: MemoryBus, start: Start) -> None:
    source = Waiting(*events("abcde"))

    start(source, batch=2)

    until(lambda: not source.rows)
    assert bus.events == events("abcde")
    assert bus.sends == 3


def test_it_looks_again_where_more_may_wait_and_not_where_all_went_out(
    bus: MemoryBus, start: Start
) -> None:
    class Counted(Waiting):
        looks = 0

        def pending(self, limit: int, sent: Collection[int]) -> Sequence[tuple[int, Event]]:
            self.looks += 1
            return super().pending(limit, sent)

    source = Counted(*events("abc"))
    relay = start(source, batch=2, idle=3600)
    until(lambda: not source.rows)
    relay.stop(5)
    assert (source.looks, bus.sends) == (3, 2)  # and once more when it has forgotten


def test_readers_go_before_what_was_sent_is_forgotten(
    bus: MemoryBus, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duibiao.bus.relay.REST", 3600.0)
    source = Waiting(*events("abcd"))
    relay = start(source, batch=3)
    until(lambda: bus.events == events("abcd"))
    assert list(source.rows) == [3]  # a full batch makes way for the next

    source.put(*events("e"))
    relay.nudge()  # what comes meanwhile goes out, and shares the rest
    until(lambda: bus.events == events("abcde"))
    assert list(source.rows) == [3, 4]

    relay.stop(5)

    assert not source.rows
    assert bus.events == events("abcde")


def test_nudges_do_not_put_off_that_it_is_forgotten(
    bus: MemoryBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = 0.0
    monkeypatch.setattr("duibiao.bus.relay.monotonic", lambda: at)
    source = Waiting(*events("a"))
    relay = Relay("relay", source, bus, idle=0)
    for name in "bcd":
        relay.turn()
        source.put(*events(name))
        at += 0.1

    relay.turn()

    assert bus.events == events("abcd")
    assert list(source.rows) == [3]


def test_what_went_to_a_log_that_is_no_more_is_sent_again(bus: MemoryBus) -> None:
    class Recreated(Unwatched):
        looks = 0

        def look(self) -> bool:
            self.looks += 1
            return self.looks == 2

    source, watch = Waiting(*events("a")), Recreated()
    relay = Relay("relay", source, bus, watch=watch, idle=0)
    relay.nudge()
    relay.turn()
    assert bus.events == events("a")
    assert source.rows

    relay.turn()
    relay.leave()

    assert bus.sends == 2
    assert not source.rows


def test_a_nudge_sends_at_once(bus: MemoryBus, start: Start) -> None:
    source = Waiting()
    relay = start(source, idle=60)
    source.put(*events("a"))
    began = monotonic()

    relay.nudge()

    until(lambda: not source.rows)
    assert monotonic() - began < 5
    assert bus.events == events("a")


def test_the_relay_looks_by_itself_when_nobody_nudges(start: Start) -> None:
    source = Waiting()
    start(source, idle=0.01)

    source.put(*events("a"))

    until(lambda: not source.rows)


def test_a_send_without_an_answer_is_sent_again_in_the_same_order(
    bus: MemoryBus, start: Start
) -> None:
    bus.send_fails = 2
    source = Waiting(*events("abc"))

    relay = start(source)

    until(lambda: not source.rows)
    assert bus.sends == 3
    assert bus.events == events("abc")
    assert relay.failed is None


def test_what_could_not_be_forgotten_is_sent_again(bus: MemoryBus, start: Start) -> None:
    source = Waiting(*events("ab"))
    source.fails = 1

    start(source)

    until(lambda: not source.rows)
    assert bus.sends == 2
    assert bus.events == events("ab")


def test_who_has_lost_the_lead_forgets_nothing(bus: MemoryBus) -> None:
    class Taken(Alone):
        asked = 0

        def holds(self) -> bool:
            self.asked += 1
            return self.asked == 1

    source = Waiting(*events("ab"))
    relay = Relay("relay", source, bus, batch=2, idle=0, election=Taken())
    relay.turn()
    assert bus.events == events("ab")

    relay.leave()

    assert list(source.rows) == [0, 1]


def test_a_log_that_is_away_keeps_events_where_they_are(bus: MemoryBus, start: Start) -> None:
    bus.open_fails = 3
    source = Waiting(*events("a"))

    relay = start(source)
    until(lambda: bus.open_fails < 3)
    assert relay.waiting_since == WHEN

    until(lambda: not source.rows)
    assert relay.failed is None


def test_the_relay_tells_since_when_the_oldest_waits(start: Start) -> None:
    source = Waiting(*events("a"))
    relay = start(source)

    def since() -> datetime | None:
        return relay.waiting_since

    until(lambda: not source.rows)
    until(lambda: since() is None)


def test_stopping_closes_the_producer(bus: MemoryBus, start: Start) -> None:
    source = Waiting(*events("a"))
    relay = start(source)
    until(lambda: not source.rows)

    relay.stop(5)

    assert bus.closed == ["producer"]


def test_an_error_that_is_no_retry_fails_the_part() -> None:
    class Broken(Waiting):
        def pending(self, limit: int, sent: Collection[int]) -> Sequence[tuple[int, Event]]:
            raise LookupError(limit, sent)

    relay = Relay("relay", Broken(), MemoryBus())
    relay.start()

    until(lambda: isinstance(relay.failed, LookupError))
