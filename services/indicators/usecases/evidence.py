"""What is known of one indicator, loaded period by period and only once.

Between submissions it stays in memory, put right by what each of them changed. `EvidenceCache` says
whether that is still the state of the store.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Final
from uuid import uuid4

from duibiao.register import PERIOD_TYPES, Indicator, Period, PeriodType, containing, parse
from services.indicators.domain.leaves import Leaves
from services.indicators.domain.rows import Rollup
from services.indicators.domain.submission import FigureStatement
from services.indicators.ports import Repository

KEPT_AT_MOST: Final = 200_000  # leaves in memory between submissions


class Evidence:
    """Roll-ups and standing figures of an indicator as leaves, one for each org and region."""

    def __init__(self, repository: Repository, indicator: Indicator) -> None:
        self.repository = repository
        self._indicator = indicator
        self._loaded: dict[str, Leaves] = {}

    @property
    def number(self) -> int:
        return sum(leaves.number for leaves in self._loaded.values())

    def load(self, periods: Collection[Period]) -> None:
        missing = [period for period in periods if period.code not in self._loaded]
        if not missing:
            return
        code = self._indicator.code
        rollups: dict[str, list[Rollup]] = defaultdict(list)
        for rollup in self.repository.rollups(code, [period.code for period in missing]):
            rollups[rollup.key.period].append(rollup)
        for period in missing:
            figures = self.repository.figures_within(code, period.first, period.last)
            self._loaded[period.code] = _leaves(rollups[period.code], figures)

    def leaves(self, period: Period) -> Leaves:
        self.load([period])
        return self._loaded[period.code]

    def update(self, figures: Iterable[FigureStatement], rollups: Iterable[Rollup]) -> None:
        """Let what was saved of the indicator stand in the periods that are in memory."""
        code = self._indicator.code
        for rollup in rollups:
            if rollup.key.indicator == code and rollup.key.period in self._loaded:
                self._loaded[rollup.key.period].put_rollup(rollup)
        for figure in figures:
            period = verdict_period(figure.key.period, self._indicator)
            if figure.key.indicator == code and period in self._loaded:
                self._loaded[period].put_figure(figure)


class EvidenceCache:
    """Evidence that stays in memory while the store is as this process left it.

    Whoever changes the state writes a mark that nobody else writes; where it is not the one
    written here last, another process came in between or a transaction was rolled back.
    """

    def __init__(self) -> None:
        self._mark = ""
        self._kept: dict[str, Evidence] = {}
        self._numbers: dict[str, int] = {}

    def begin(self, repository: Repository) -> None:
        """Begin a change of the state; evidence that the store has gone past is forgotten."""
        too_many = sum(self._numbers.values()) > KEPT_AT_MOST
        if too_many or not self._mark or repository.mark() != self._mark:
            self._kept.clear()
            self._numbers.clear()
        self._mark = ""

    def of(self, repository: Repository, indicator: Indicator) -> Evidence:
        code = indicator.code
        found = self._kept.setdefault(code, Evidence(repository, indicator))
        found.repository = repository
        # As of its last use: an indicator more or less does not matter.
        self._numbers[code] = found.number
        return found

    def end(self, repository: Repository) -> None:
        """Mark the state as ours."""
        self._mark = uuid4().hex
        repository.save_mark(self._mark)


def verdict_period(code: str, indicator: Indicator) -> str | None:
    """Return the period of the indicator's type a figure belongs to, None for a coarser one."""
    return _period_of_type(code, indicator.period_type)


@lru_cache(maxsize=4_096)
def _period_of_type(code: str, wanted: PeriodType) -> str | None:
    period = parse(code)
    if PERIOD_TYPES.index(period.type) > PERIOD_TYPES.index(wanted):
        return None
    return containing(period.first, wanted).code


def _leaves(rollups: Iterable[Rollup], figures: Iterable[FigureStatement]) -> Leaves:
    leaves = Leaves()
    for rollup in rollups:
        leaves.put_rollup(rollup)
    for figure in figures:
        leaves.put_figure(figure)
    return leaves
