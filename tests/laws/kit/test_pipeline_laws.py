"""Whatever happens on the way, every committed event has its effect exactly once, in order.

A machine drives outbox, relay, log and worker by hand, without threads: it appends, crashes at
every step between two commits, rewinds, poisons and makes stores refuse, in any order.
"""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count
from pathlib import Path
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from duibiao.bus import Event, Record, UnprocessableRecord
from duibiao.bus.limits import Limits
from duibiao.bus.relay import Relay
from duibiao.bus.sqlite import SqliteBus
from duibiao.core import Retry
from tests.support.bus import TOPIC, event
from tests.support.clock import ManualClock
from tests.support.counting import Counting

KEYS = ("tax-bureau", "housing", "市税务局")
WORKERS = st.integers(0, 1)  # two that know nothing of one another
FEW = st.integers(0, 2)
STEP = Limits(batch=4, wait=0.0, pause=0.0, tries=2, dead_letters=10_000)


class Crash(BaseException):
    """The process is gone: nothing after this point is run."""


class Pipeline(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._clock = ManualClock()
        self._committed: list[tuple[str, str]] = []
        self._poisonous: set[str] = set()
        self._number = 0
        self._rest = patch("duibiao.bus.relay.REST", 0.0)  # noted at the next turn
        self._rest.start()
        self._open()

    @rule(keys=st.lists(st.sampled_from(KEYS), min_size=1, max_size=4))
    def commit_events(self, keys: list[str]) -> None:
        made = [self._event(key) for key in keys]
        with self._source.store.begin() as tx:
            self._source.outbox.put(tx, made)
        self._committed += [(one.key, one.data.decode()) for one in made]

    @rule(key=st.sampled_from(KEYS))
    def commit_poison(self, key: str) -> None:
        self._poisonous.add(str(self._number + 1))
        self.commit_events([key])

    @rule(key=st.sampled_from(KEYS))
    def fail_to_commit_an_event(self, key: str) -> None:
        with suppress(Crash), self._source.store.begin() as tx:
            self._source.outbox.put(tx, [self._event(key)])
            raise Crash

    @rule(key=st.sampled_from(KEYS))
    def commit_and_relay(self, key: str) -> None:
        self.commit_events([key])
        self.relay()

    @rule()
    def relay(self) -> None:
        self._relay.turn()

    @rule()
    def relay_and_crash_before_it_is_noted(self) -> None:
        pending = self._source.outbox.source(self._source.store).pending(3)
        self._bus.producer().send([one for _, one in pending])
        self._reopen()

    @rule()
    def resend_what_is_on_the_log(self) -> None:
        reader = self._bus.consumer("other", [TOPIC], lambda _topic, _partition: 0)
        self._bus.producer().send([record.event for record in reader.poll(5, 0)])
        reader.close(1)

    @rule(who=WORKERS)
    def work(self, who: int) -> None:
        self._turn(who, self._poisoned)

    @rule(who=WORKERS, after=FEW)
    def work_and_crash_before_the_commit(self, who: int, after: int) -> None:
        self._turn(who, self._failing(Crash(), after))
        self._reopen()

    @rule(who=WORKERS)
    def work_and_crash_after_the_commit(self, who: int) -> None:
        self._turn(who, self._poisoned)
        self._reopen()

    @rule(who=WORKERS, after=FEW)
    def work_while_the_store_refuses(self, who: int, after: int) -> None:
        self._turn(who, self._failing(Retry("busy"), after))

    @rule(who=WORKERS, after=FEW)
    def work_with_an_error_that_goes_away(self, who: int, after: int) -> None:
        self._turn(who, self._failing(LookupError("once"), after))

    @rule()
    def a_month_passes_and_the_log_is_pruned(self) -> None:
        self._drain()
        self._clock.advance(days=31)
        self._bus.prune()

    @invariant()
    def effects_are_a_beginning_of_what_was_committed(self) -> None:
        for key in KEYS:
            handled = self._service.handled_of(key)
            assert handled == self._expected(key)[: len(handled)]

    def teardown(self) -> None:
        self._drain()
        self._rest.stop()
        for key in KEYS:
            assert self._service.handled_of(key) == self._expected(key)
        given_up = [letter.data.decode() for letter in self._service.dead()]
        assert sorted(given_up) == sorted(self._poisonous)
        self._close()
        self._folder.cleanup()

    def _expected(self, key: str) -> list[str]:
        return [n for k, n in self._committed if k == key and n not in self._poisonous]

    def _event(self, key: str) -> Event:
        self._number += 1
        return event(str(self._number), key=key)

    def _turn(self, who: int, act: Callable[[Record], None]) -> None:
        self._service.act = act
        with suppress(Retry, Crash):
            self._workers[who].turn()

    def _poisoned(self, record: Record) -> None:
        if record.event.data.decode() in self._poisonous:
            raise UnprocessableRecord("not one of ours")

    def _failing(self, error: BaseException, after: int) -> Callable[[Record], None]:
        """Raise `error` once, after so many records; else as ever."""
        seen = count()

        def act(record: Record) -> None:
            if next(seen) == after:
                raise error
            self._poisoned(record)

        return act

    def _drain(self) -> None:
        for _ in range(len(self._committed) + 5):
            self._relay.turn()
            self._turn(0, self._poisoned)

    def _open(self) -> None:
        folder = Path(self._folder.name)
        self._bus = SqliteBus(folder / "log.db", self._clock, {TOPIC: timedelta(days=30)})
        self._source = Counting(folder, "source")
        self._service = Counting(folder, "counting")
        outbox = self._source.outbox.source(self._source.store)
        self._relay = Relay("relay", outbox, self._bus, batch=3, idle=0)
        self._workers = [self._service.worker(self._bus, limits=STEP) for _ in range(2)]

    def _close(self) -> None:
        for part in (self._relay, *self._workers):
            part.leave()
        self._bus.stop(1)
        self._source.store.close()
        self._service.store.close()

    def _reopen(self) -> None:
        self._close()
        self._open()


TestPipeline = Pipeline.TestCase
TestPipeline.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
