"""What every org and region knows of one indicator in one period, found by either.

What is made of an org's leaves follows them, so the city's figure costs what its orgs cost, however
many regions they report for.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal, Protocol, TypeVar

from duibiao.register import Statistic
from services.indicators.domain.criterion import Criterion
from services.indicators.domain.figures import Figure, Input, Kind, of_histogram, scale
from services.indicators.domain.histogram import NO_CASES, ClockTotals, Duration, Histogram
from services.indicators.domain.rows import Rollup
from services.indicators.domain.submission import FigureStatement

_DIGESTS: Final = 1 << 128


class Follower(Protocol):
    """Something made of an org's leaves that is corrected leaf by leaf."""

    def put(self, leaf: "Leaf") -> None:
        """Let a leaf stand in place of the one before."""


F = TypeVar("F", bound=Follower)


@dataclass(frozen=True, slots=True)
class Leaf:
    """What one org knows of one region in one period: its cases, and its standing figures there.

    `figures` are of the period itself or of finer ones within it, in the order of their keys.
    """

    org: str
    region: str
    rollup: Rollup | None = None
    figures: tuple[FigureStatement, ...] = ()

    @property
    def empty(self) -> bool:
        return self.rollup is None and not self.figures

    def has_data(self, statistic: str) -> bool:
        """Whether it makes a row: open cases alone do not."""
        if self.figures:
            return True
        if self.rollup is None:
            return False
        return bool(self.rollup.accepted if statistic == "share" else self.rollup.completed)


class Leaves:
    """The leaves of one period. `by_org[org]` are those of an org in the order of its regions."""

    def __init__(self, leaves: Iterable[Leaf] = ()) -> None:
        self.by_org: dict[str, dict[str, Leaf]] = defaultdict(dict)
        self.by_region: dict[str, dict[str, Leaf]] = defaultdict(dict)
        self._followers: dict[str, dict[str, Any]] = defaultdict(dict)
        self.number = 0
        for leaf in leaves:
            self.put(leaf)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield the org and the region of every leaf."""
        return ((org, region) for org, found in self.by_org.items() for region in found)

    def get(self, org: str, region: str) -> Leaf:
        found = self.by_org.get(org)
        return (found and found.get(region)) or Leaf(org, region)

    def put(self, leaf: Leaf) -> None:
        org, region = leaf.org, leaf.region
        known = region in self.by_org.get(org, ())
        if not leaf.empty:
            self.by_org[org][region] = self.by_region[region][org] = leaf
            self.number += not known
        elif known:
            del self.by_org[org][region], self.by_region[region][org]
            self.number -= 1
        for follower in self._followers.get(org, {}).values():
            follower.put(leaf)

    def put_rollup(self, rollup: Rollup) -> None:
        """Let a roll-up stand; an empty one goes."""
        known = self.get(rollup.key.org, rollup.key.region)
        kept = None if rollup.empty else rollup
        self.put(Leaf(known.org, known.region, kept, known.figures))

    def put_figure(self, figure: FigureStatement) -> None:
        known = self.get(figure.key.org, figure.key.region)
        figures: tuple[FigureStatement, ...] = (figure,)
        if known.figures:
            others = (one for one in known.figures if one.key != figure.key)
            figures = tuple(sorted((*others, figure), key=lambda one: one.key))
        self.put(Leaf(known.org, known.region, known.rollup, figures))

    def followed(self, org: str, name: str, make: Callable[[], F]) -> F:
        """Return what follows an org's leaves under a name; make it where there is none yet."""
        found: F | None = self._followers[org].get(name)
        if found is None:
            found = self._followers[org][name] = make()
            for leaf in self.by_org.get(org, {}).values():
                found.put(leaf)
        return found


class Total:
    """Figures of one org added up; what was added can be taken out again. Sums are exact."""

    def __init__(self, figures: Iterable[Figure] = ()) -> None:
        self._kind: Kind = "reported"
        self._latest = False
        self._inputs = self._overdue = self._digest = 0
        self._value = self._numerator = self._weight = Fraction(0)
        self._histogram: Counter[Duration] = Counter()
        self._clock: ClockTotals | None = None
        for figure in figures:
            self.add(figure)

    def add(self, figure: Figure, sign: Literal[1, -1] = 1) -> None:
        """Add a figure, or take out one that was added."""
        self._kind, self._latest = figure.inputs[0].kind, figure.weight is None
        self._value += sign * figure.value
        self._numerator += sign * (figure.numerator or 0)
        self._weight += sign * (figure.weight or 0)
        self._overdue += sign * figure.overdue
        for made_from in figure.inputs:
            self._inputs += sign * made_from.stands_for
            self._digest = (self._digest + sign * made_from.number) % _DIGESTS
            if made_from.clock is not None:
                signed = ClockTotals(*(sign * part for part in made_from.clock))
                self._clock = (self._clock or NO_CASES).plus(signed)
        if figure.histogram is not None:
            for duration, number in figure.histogram.counts.items():
                self._histogram[duration] += sign * number

    def input(self, org: str, region: str, period: str) -> Input:
        return Input(
            self._kind,
            org,
            region,
            period,
            self._value if self._latest else None,
            None if self._latest else self._numerator,
            None if self._latest else self._weight,
            self._overdue,
            clock=self._clock,
            stands_for=self._inputs,
            digest=f"{self._digest:032x}",
        )

    def figure(self, statistic: Statistic, inputs: tuple[Input, ...]) -> Figure:
        if +self._histogram:
            return of_histogram(statistic, Histogram(dict(+self._histogram)), inputs, self._overdue)
        if self._latest:
            return Figure(self._value, None, None, self._kind, inputs)
        value = scale(statistic) * self._numerator / self._weight
        return Figure(value, self._numerator, self._weight, self._kind, inputs)


def summed_up(criterion: Criterion, figure: Figure) -> Figure:
    """Return a figure of one org with one input in place of its many."""
    if len(figure.inputs) == 1:
        return figure
    org, period = figure.inputs[0].org, criterion.period.code
    return figure._replace(inputs=(Total([figure]).input(org, criterion.city, period),))
