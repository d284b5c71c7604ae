"""Whatever is corrected, closed and reopened in whatever order: what was reported and said stays.

The model keeps every list that was ever shown, and copies rows when a period is closed.
"""

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from duibiao.core import new_id
from duibiao.register import parse
from duibiao.store import Store
from duibiao.web.lists import Page
from services.indicators.adapters.migrations import SCHEMA
from services.indicators.adapters.reading import Reading
from services.indicators.adapters.records import Filter
from services.indicators.adapters.repository.repository import SqlRepository
from services.indicators.domain.criterion import Ruleset
from services.indicators.usecases.apply_submission import apply_submission
from services.indicators.usecases.decide import Decisions, NoSuchDecision, WrongState
from services.indicators.usecases.evidence import EvidenceCache
from services.indicators.usecases.pass_day import pass_day
from tests.support.clock import ManualClock
from tests.support.indicators import the_workdays
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import at, figure, observations

MONTHLY: Final = indicator("monthly", period_type="month")
REGISTER: Final = register(
    indicators=[indicator(), MONTHLY], targets=[target(), target("T02", MONTHLY)]
)
RULESET: Final = Ruleset(REGISTER, the_workdays())
QUARTERS, MONTHS = ("2021Q1", "2021Q2"), ("202101", "202103", "202105")
CLOSED: Final = ("202103", "2021Q1", "2021Q2", "2021S1")
EVERYTHING: Final = Page(1_000, None)

posts = st.tuples(
    st.just("post"),
    st.one_of(
        st.tuples(st.just("days"), st.sampled_from(QUARTERS)),
        st.tuples(st.just("monthly"), st.sampled_from(MONTHS)),
    ),
    st.tuples(st.sampled_from([TAX, CUSTOMS]), st.integers(1, 9)),
)
steps = st.lists(
    st.one_of(
        posts,
        st.tuples(st.just("close"), st.sampled_from(CLOSED), st.none()),
        st.tuples(st.just("reopen"), st.sampled_from(CLOSED), st.integers(0, 2)),
        st.tuples(st.just("day"), st.none(), st.none()),
    ),
    max_size=14,
)
Rows = Mapping[tuple[object, ...], object]


class Model:
    """Rows copied when a period was closed; others show what stands. The first closing holds."""

    def __init__(self) -> None:
        self.frozen: dict[str, dict[tuple[object, ...], object]] = {}
        self.reopened: dict[str, date] = {}

    def holder(self, code: object) -> str | None:
        inner = parse(str(code))
        for outer in self.frozen:
            whole = parse(outer)
            if whole.first <= inner.first and inner.last <= whole.last:
                return outer
        return None

    def may_close(self, code: str) -> bool:
        holder = self.holder(code)
        return holder is None or (holder == code and code in self.reopened)

    def close(self, code: str, standing: Rows) -> None:
        self.frozen.setdefault(code, {})
        self.reopened.pop(code, None)
        mine = {key: row for key, row in standing.items() if self.holder(key[3]) == code}
        self.frozen[code] = mine

    def reported(self, standing: Rows) -> Rows:
        closed = set(self.frozen) - self.reopened.keys()
        shown = {key: row for key, row in standing.items() if self.holder(key[3]) not in closed}
        for code in closed:
            shown |= self.frozen[code]
        return shown


@given(steps=steps)
@settings(deadline=None, max_examples=40)
def test_reported_and_said_figures_stay(steps: list[tuple[str, object, object]]) -> None:
    with TemporaryDirectory() as folder, closing(_store(Path(folder))) as store:
        clock, ids, model = ManualClock(at("2021-07-05", 12)), count(1), Model()
        said: list[tuple[datetime, Rows]] = []
        reading = Reading(store, REGISTER, clock)

        def shown(view: str | datetime = "corrected") -> Rows:
            rows, _ = reading.verdicts(Filter(), EVERYTHING, view)  # type: ignore[arg-type]
            return {(row.target, row.org, row.region, row.period): row for row in rows}

        for step in (("day", None, None), *steps):
            clock.advance(seconds=1)
            _do(store, clock, model, step, shown, next(ids))
            assert shown("reported") == model.reported(shown())
            said.append((clock.now(), shown()))
        for moment, rows in said:
            assert shown(moment) == rows
        assert shown(said[0][0] - timedelta(seconds=1)) == {}


def _store(folder: Path) -> Store:
    store = Store(f"sqlite:///{folder}/duibiao.db", "indicators")
    SCHEMA.migrate(store)
    return store


def _do(
    store: Store,
    clock: ManualClock,
    model: Model,
    step: tuple[str, object, object],
    shown: Callable[[], Rows],
    number: int,
) -> None:
    kind, what, how = step
    ids = partial(new_id, clock)
    standing = shown()
    with store.begin() as tx:
        repository = SqlRepository(tx)
        decisions = Decisions(repository, "test", clock.today(), clock.now(), ids, REGISTER)
        match kind:
            case "post":
                code, period = cast("tuple[str, str]", what)
                org, value = cast("tuple[str, int]", how)
                row = (CITY, period, figure(value, 10))
                post = observations(
                    f"s{number}", row, org=org, indicator=code, received=clock.now()
                )
                apply_submission(
                    repository, RULESET, post, EvidenceCache(), now=clock.now(), new_id=ids
                )
            case "close":
                try:
                    decisions.close(parse(str(what)), "")
                except WrongState:
                    assert not model.may_close(str(what))
                else:
                    assert model.may_close(str(what))
                    model.close(str(what), standing)
            case "reopen":
                until = clock.today() + timedelta(days=int(str(how)))
                open_already = what not in model.frozen or what in model.reopened
                try:
                    decisions.reopen(str(what), until, "")
                except (WrongState, NoSuchDecision):
                    assert open_already
                else:
                    assert not open_already
                    model.reopened[str(what)] = until
            case "day":
                clock.advance(days=1)
                pass_day(repository, RULESET, now=clock.now(), new_id=ids)
                decisions = Decisions(repository, "test", clock.today(), clock.now(), ids, REGISTER)
                decisions.close_expired()
                for code in [c for c, until in model.reopened.items() if until < clock.today()]:
                    model.close(code, standing)
