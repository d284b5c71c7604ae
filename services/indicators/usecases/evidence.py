"""What is known of one indicator, loaded period by period and only once."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from duibiao.register import PERIOD_TYPES, Indicator, Period, containing, parse
from services.indicators.domain.combine import Leaf, Leaves
from services.indicators.domain.rows import FigureStatement, Rollup
from services.indicators.ports import Ledger


class Evidence:
    """Roll-ups and standing figures of an indicator as leaves, one for each org and region."""

    def __init__(self, ledger: Ledger, indicator: Indicator) -> None:
        self._ledger = ledger
        self._indicator = indicator
        self._loaded: dict[str, dict[tuple[str, str], Leaf]] = {}

    def load(self, periods: Collection[Period]) -> None:
        """Load several periods of the indicator's type in two questions to the store."""
        missing = [period for period in periods if period.code not in self._loaded]
        if not missing:
            return
        rollups: dict[str, list[Rollup]] = defaultdict(list)
        for rollup in self._ledger.rollups(
            self._indicator.code, [period.code for period in missing]
        ):
            rollups[rollup.key.period].append(rollup)
        first = min(period.first for period in missing)
        last = max(period.last for period in missing)
        figures: dict[str, list[FigureStatement]] = defaultdict(list)
        for figure in self._ledger.figures_within(self._indicator.code, first, last):
            code = verdict_period(figure.key.period, self._indicator)
            if code is not None:
                figures[code].append(figure)
        for period in missing:
            self._loaded[period.code] = _leaves(rollups[period.code], figures[period.code])

    def leaves(self, period: Period) -> Leaves:
        """Return what every org and region knows of a period."""
        self.load([period])
        return self._loaded[period.code]


def verdict_period(code: str, indicator: Indicator) -> str | None:
    """Return the period of the indicator's type a figure belongs to, None for a coarser one."""
    period = parse(code)
    if PERIOD_TYPES.index(period.type) > PERIOD_TYPES.index(indicator.period_type):
        return None
    return containing(period.first, indicator.period_type).code


def _leaves(
    rollups: Iterable[Rollup], figures: Iterable[FigureStatement]
) -> dict[tuple[str, str], Leaf]:
    by_place: dict[tuple[str, str], list[FigureStatement]] = defaultdict(list)
    for figure in figures:
        by_place[figure.key.org, figure.key.region].append(figure)
    counted = {(rollup.key.org, rollup.key.region): rollup for rollup in rollups}
    return {
        (org, region): Leaf(
            org,
            region,
            counted.get((org, region)),
            tuple(sorted(by_place.get((org, region), ()), key=lambda figure: figure.key)),
        )
        for org, region in sorted(counted.keys() | by_place.keys())
    }
