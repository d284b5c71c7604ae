"""Figures of one org added up, for an org that reports for many regions."""

from collections import Counter
from fractions import Fraction
from typing import Final

from duibiao.register import Statistic
from services.indicators.domain.figures import Figure, Input, Kind, of_spread, scale
from services.indicators.domain.histogram import NO_CASES, ClockTotals, Duration, Histogram

_DIGESTS: Final = 1 << 128


class Total:
    """Figures of one org added up; what was added can be taken out again. Sums are exact."""

    def __init__(self) -> None:
        self.number = self._inputs = self._overdue = self._digest = 0
        self._value = self._numerator = self._weight = Fraction(0)
        self._spread: Counter[Duration] = Counter()
        self._clock: ClockTotals | None = None

    def add(self, figure: Figure) -> None:
        """Add a figure."""
        self._value += figure.value
        self._numerator += figure.numerator or 0
        self._weight += figure.weight or 0
        self._count(figure, 1)

    def take_out(self, figure: Figure) -> None:
        """Take out a figure that was added."""
        self._value -= figure.value
        self._numerator -= figure.numerator or 0
        self._weight -= figure.weight or 0
        self._count(figure, -1)

    def _count(self, figure: Figure, sign: int) -> None:
        self.number += sign
        self._overdue += sign * figure.overdue
        for made_from in figure.inputs:
            self._inputs += sign * made_from.stands_for
            self._digest = (self._digest + sign * made_from.number) % _DIGESTS
            if made_from.clock is not None:
                signed = ClockTotals(*(sign * part for part in made_from.clock))
                self._clock = (self._clock or NO_CASES).plus(signed)
        if figure.spread is not None:
            for duration, number in figure.spread.counts.items():
                self._spread[duration] += sign * number

    def figure(
        self, statistic: Statistic, kind: Kind, org: str, region: str, period: str
    ) -> Figure:
        """Return the sum."""
        latest = statistic == "latest"
        made_from = Input(
            kind,
            org,
            region,
            period,
            self._value if latest else None,
            None if latest else self._numerator,
            None if latest else self._weight,
            self._overdue,
            clock=self._clock,
            stands_for=self._inputs,
            digest=f"{self._digest:032x}",
        )
        if +self._spread:
            spread = Histogram(dict(+self._spread))
            return of_spread(statistic, spread, (made_from,), self._overdue)
        if latest:
            return Figure(self._value, None, None, kind, (made_from,))
        value = scale(statistic) * self._numerator / self._weight
        return Figure(value, self._numerator, self._weight, kind, (made_from,))


def summed_up(figure: Figure, region: str, period: str) -> Figure:
    """Return a figure of one org with one input in place of its many."""
    if len(figure.inputs) == 1:
        return figure
    first = figure.inputs[0]
    clock = figure.clock
    together = Input(
        first.kind,
        first.org,
        region,
        period,
        figure.value if figure.weight is None else None,
        figure.numerator,
        figure.weight,
        figure.overdue,
        clock=clock,
        stands_for=sum(made_from.stands_for for made_from in figure.inputs),
        digest=f"{sum(made_from.number for made_from in figure.inputs) % _DIGESTS:032x}",
    )
    return figure._replace(inputs=(together,))
