"""The store under the service against dictionaries under the use cases: the same verdicts.

On the way to the store everything goes wrong that may: a transaction is rolled back at its end and
the record comes again, a submission is told twice, the process is started anew.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duibiao.bus import Event, Record
from duibiao.register import Register
from duibiao.store import Store
from duibiao.store.config_lease import ConfigLease
from services.indicators.adapters.events import Events
from services.indicators.adapters.judging import Judging
from services.indicators.adapters.migrations import SCHEMA
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.repository import SqlRepository
from services.indicators.domain.criterion import Ruleset
from services.indicators.domain.rows import DutyKey, DutyRow, Rollup, Series, Verdict
from services.indicators.domain.submission import Submission
from tests.laws.indicators.random_statements import (
    LANTIAN,
    YANTA,
    Said,
    batches,
    statements,
    the_little_register,
)
from tests.service.indicators.service import SUBMISSIONS, packed
from tests.support.clock import ManualClock
from tests.support.indicators import Indicators, the_workdays
from tests.support.registers import CITY, region
from tests.support.statements import at
from tests.support.versions import every_version

DAYS = ["2021-04-01", "2021-06-30", "2021-07-01", "2021-09-15", "2022-01-05"]
PERIODS = [f"{year}Q{quarter}" for year in (2020, 2021, 2022) for quarter in (1, 2, 3, 4)]


def _register() -> Register:
    little = the_little_register()
    regions = {code: region(code) for code in (CITY, YANTA, LANTIAN)}
    return replace(little, regions=regions)


REGISTER = _register()


class PowerCut(Exception):  # noqa: N818 - what it is
    pass


class Kept:
    """The store of a service, and a way to have a record handled in it."""

    def __init__(self, folder: str, clock: ManualClock) -> None:
        self._url = f"sqlite:///{folder}/duibiao.db"
        self.clock = clock
        self.start()

    def start(self) -> None:
        self.store = Store(self._url, "indicators")
        SCHEMA.migrate(self.store)
        ruleset = Ruleset(REGISTER, the_workdays())
        events = Events(self.clock, "duibiao.")
        self.judging = Judging(
            ruleset,
            self.clock,
            events,
            lease=ConfigLease(self.store, tables.meta, (REGISTER.version,), self.clock.monotonic),
            note_terms=lambda _: None,
            close_expired=lambda _: None,
            after_commit=lambda: None,
        )

    def start_anew(self) -> None:
        self.store.close()
        self.start()

    def take(self, submission: Submission, *, cut: bool = False) -> None:
        event = Event(
            "e", "t", SUBMISSIONS, submission.org, "ingest", self.clock.now(), packed(submission)
        )
        with self.store.begin() as tx:
            self.judging.take_submission(tx, Record(event, 0, 0))
            if cut:
                raise PowerCut

    def verdicts(self) -> dict[tuple[Series, str], Verdict]:
        targets = [target.id for target in REGISTER.targets]
        with self.store.read() as connection:
            repository = SqlRepository(connection)
            found = [kept for target in targets for kept in repository.verdicts(target)]
        return {(kept.series, kept.row.period): timeless(kept) for kept in found}

    def rollups(self) -> set[str]:
        with self.store.read() as connection:
            repository = SqlRepository(connection)
            found = [
                r for code in ("each", "mean", "share") for r in repository.rollups(code, PERIODS)
            ]
        return {shown(rollup) for rollup in found}

    def duties(self) -> dict[DutyKey, DutyRow]:
        with self.store.read() as connection:
            return dict(SqlRepository(connection).duties())

    def waiting(self) -> int:
        return len(tables.outbox.source(self.store).pending(10_000))


@contextmanager
def kept_from(day: str) -> Iterator[Kept]:
    with tempfile.TemporaryDirectory() as folder:
        kept = Kept(folder, ManualClock(at(day)))
        try:
            yield kept
        finally:
            kept.store.close()


def timeless(kept: Verdict) -> Verdict:
    row = kept.row._replace(id="", evaluated_at=datetime(1970, 1, 1, tzinfo=UTC))
    return kept._replace(previous_status=None, row=row)


def shown(rollup: Rollup) -> str:
    counted = rollup.completed.groups(), rollup.open.groups(), rollup.accepted, rollup.resolved
    return f"{rollup.key} {counted}"


def told(said: Sequence[Said], random: Random, kept: Kept, in_memory: Indicators) -> None:
    """Tell both the same submissions on the same days; only the store meets with accidents."""
    for submission in batches(said, random, count(1)):
        in_memory.today = max(in_memory.today, random.choice(DAYS))
        kept.clock.set(in_memory.now)
        in_memory.post(submission)
        for accident in random.choice(ACCIDENTS):
            accident(kept, submission)
    in_memory.pass_to(DAYS[-1])
    kept.clock.set(in_memory.now)
    kept.judging.pass_days()


def cut_off(kept: Kept, submission: Submission) -> None:
    with pytest.raises(PowerCut):
        kept.take(submission, cut=True)


def take(kept: Kept, submission: Submission) -> None:
    kept.take(submission)


def start_anew(kept: Kept, _submission: Submission) -> None:
    kept.start_anew()


ACCIDENTS = [(take,), (cut_off, take), (cut_off, start_anew, take), (take, start_anew, take)]


@given(said=statements(), random=st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=25)
def test_store_and_memory_come_to_the_same(said: list[Said], random: Random) -> None:
    in_memory = Indicators(REGISTER, DAYS[0])
    with kept_from(DAYS[0]) as kept:
        told(said, random, kept, in_memory)

        assert kept.verdicts() == in_memory.timeless()
        assert kept.rollups() == {
            shown(rollup) for rollup in in_memory.repository.rollup_table.values()
        }
        assert kept.duties() == in_memory.repository.duty_table
        with kept.store.read() as connection:
            standing = {verdict.row.id for verdict in SqlRepository(connection).verdicts("T01")}
            assert standing <= {row.id for row in every_version(connection)}


@given(said=statements(), random=st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=10)
def test_a_transaction_cut_off_leaves_nothing_behind(said: list[Said], random: Random) -> None:
    first, *rest = batches(said, random, count(1))
    with kept_from(DAYS[-1]) as kept:
        kept.take(first)
        before = kept.verdicts(), kept.rollups(), kept.duties(), kept.waiting()
        for submission in rest:
            cut_off(kept, submission)
        assert (kept.verdicts(), kept.rollups(), kept.duties(), kept.waiting()) == before
