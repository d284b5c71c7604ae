"""Figures: from cases, as reported, and added up (domain.md section 3).

A figure keeps its numerator and its weight (sample size or denominator), so that adding up stays
exact and a reader can follow it. A figure without a weight stands only where it is alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from hashlib import sha256
from typing import Final, Literal, NamedTuple

from duibiao.register import Statistic, parse
from services.indicators.domain.criterion import Criterion
from services.indicators.domain.histogram import EMPTY, NO_CASES, ClockTotals, Histogram
from services.indicators.domain.rows import Evidence, Rollup
from services.indicators.domain.submission import FigureContent, FigureStatement
from services.indicators.domain.wording import as_json, exact_text

# A figure made of more than so many inputs lists one for each org, with how many it stands for.
LISTED: Final = 100

Kind = Literal["cases", "reported"]


class Input(NamedTuple):
    """One thing a figure was made from: an org's cases in a region, or a figure it reported.

    `stands_for`: it is so many inputs of an org added up, distinguished by their `digest`; each of
    them is in the org's row of that region.
    """

    kind: Kind
    org: str
    region: str
    period: str
    value: Fraction | None
    numerator: Fraction | None
    weight: Fraction | None
    overdue_open: int = 0
    submission_id: str | None = None
    clock: ClockTotals | None = None
    stands_for: int = 1
    digest: str = ""

    def to_dict(self) -> dict[str, object]:
        shown: dict[str, object] = as_json(self._replace(clock=None))
        del shown["digest"]
        return shown | {"clock": None if self.clock is None else self.clock.to_dict()}

    def exact(self) -> list[str | int | None]:
        """Return what tells it from another input, numbers exact."""
        numbers = [exact_text(number) for number in (self.value, self.numerator, self.weight)]
        clock = () if self.clock is None else self.clock
        place = [self.kind, self.org, self.region, self.period]
        many = [self.stands_for, self.digest] if self.digest else []
        return [*place, *numbers, self.overdue_open, *clock, *many]

    @property
    def number(self) -> int:
        """A number that tells it from any other; those of many inputs can be added."""
        if self.digest:
            return int(self.digest, 16)
        return int.from_bytes(sha256(repr(self.exact()).encode()).digest()[:16], "big")


class Figure(NamedTuple):
    """A figure to be compared.

    `histogram`: the cases it speaks of, by the days they lasted; None where it does not come from
    durations of cases alone. `overdue`: how many of them are open past the limit.
    """

    value: Fraction
    numerator: Fraction | None
    weight: Fraction | None
    evidence: Evidence
    inputs: tuple[Input, ...]
    histogram: Histogram | None = None
    overdue: int = 0

    @property
    def clocks(self) -> Mapping[str, ClockTotals]:
        """The clocks of the cases it was made from, by org; empty where it was made from none."""
        found: dict[str, ClockTotals] = {}
        for made_from in self.inputs:
            if made_from.clock is not None:
                known = found.get(made_from.org, NO_CASES)
                found[made_from.org] = known.plus(made_from.clock)
        return found

    @property
    def clock(self) -> ClockTotals | None:
        """All of `clocks` together; None where it was made from no cases."""
        clocks = self.clocks.values()
        return reduce(ClockTotals.plus, clocks) if clocks else None

    @property
    def addable(self) -> bool:
        return bool(self.weight)


def scale(statistic: Statistic) -> int:
    """Return what a quotient is multiplied by: 100 for a share in percent."""
    return 100 if statistic == "share" else 1


def reported(figure: FigureStatement, statistic: Statistic) -> Figure:
    """Return a reported figure; it must state one (not `not_applicable`)."""
    value, numerator, weight = _stated(figure.content, statistic)
    key = figure.key
    made_from = Input(
        "reported",
        key.org,
        key.region,
        key.period,
        value,
        numerator,
        weight,
        submission_id=figure.submission_id,
    )
    return Figure(value, numerator, weight, "reported", (made_from,))


def from_cases(criterion: Criterion, rollups: Sequence[Rollup]) -> Figure | None:
    """Return the figure of one org's cases in some regions together; None without cases.

    For `each` the cases are those completed and those open past the limit on the judged day.
    """
    if criterion.target.statistic == "share":
        return _share_of_cases(rollups)
    if criterion.target.statistic == "latest":
        return None
    histogram, inputs, overdue, limit = EMPTY, [], 0, criterion.case_limit
    for rollup in rollups:
        late = EMPTY if limit is None else rollup.open.past(limit)
        cases = rollup.completed + late
        if cases:
            histogram += cases
            overdue += late.count
            made_from = _of_cases(rollup, Fraction(cases.total), Fraction(cases.count))
            inputs.append(made_from._replace(overdue_open=late.count, clock=cases.clock))
    if not histogram:
        return None
    return of_histogram(criterion.target.statistic, histogram, tuple(inputs), overdue)


def of_histogram(
    statistic: Statistic, histogram: Histogram, inputs: tuple[Input, ...], overdue: int
) -> Figure:
    """Return the figure of some cases: their mean, or for `each` that of the worst of them."""
    value = Fraction(histogram.most_compared) if statistic == "each" else histogram.mean
    total, count = Fraction(histogram.total), Fraction(histogram.count)
    return Figure(value, total, count, "cases", inputs, histogram, overdue)


def granted(figure: Figure, clock: ClockTotals, statistic: Statistic) -> Figure:
    """Return the figure if all that waits for approval, of these clocks, were granted."""
    if figure.histogram is not None:
        return of_histogram(statistic, figure.histogram.granted, figure.inputs, figure.overdue)
    numerator, weight = figure.numerator or Fraction(0), figure.weight or Fraction(1)
    numerator -= clock.pending_paused
    return figure._replace(value=scale(statistic) * numerator / weight, numerator=numerator)


def add_up(figures: Sequence[Figure], statistic: Statistic) -> tuple[Figure | None, list[Figure]]:
    """Add figures up by weight and return the sum and those that had to be left out.

    One figure stands as it is. Of several, those without a weight are left out.
    """
    if len(figures) == 1:
        return figures[0], []
    added = [figure for figure in figures if figure.addable]
    left_out = [figure for figure in figures if not figure.addable]
    if not added:
        return None, left_out
    if len(added) == 1:
        return added[0], left_out
    numerator = sum((figure.numerator or Fraction(0) for figure in added), Fraction(0))
    weight = sum((figure.weight or Fraction(0) for figure in added), Fraction(0))
    inputs = tuple(made_from for figure in added for made_from in figure.inputs)
    kinds = {figure.evidence for figure in added}
    evidence: Evidence = kinds.pop() if len(kinds) == 1 else "mixed"
    pooled = [figure.histogram for figure in added if figure.histogram is not None]
    every = evidence == "cases" and len(pooled) == len(added)
    histogram = sum(pooled, EMPTY) if every else None
    value = scale(statistic) * numerator / weight
    return Figure(value, numerator, weight, evidence, inputs, histogram), left_out


def outermost(figures: Sequence[FigureStatement]) -> list[FigureStatement]:
    """Return the figures whose period no other figure's period covers, oldest first."""
    if len(figures) == 1:
        return list(figures)
    periods = {figure.key.period: parse(figure.key.period) for figure in figures}
    return sorted(
        (
            figure
            for figure in figures
            if not any(
                other != figure.key.period and period.covers(periods[figure.key.period])
                for other, period in periods.items()
            )
        ),
        key=lambda figure: periods[figure.key.period].first,
    )


def _stated(
    content: FigureContent, statistic: Statistic
) -> tuple[Fraction, Fraction | None, Fraction | None]:
    factor = scale(statistic)
    if content.numerator is not None and content.denominator:
        numerator, weight = Fraction(content.numerator), Fraction(content.denominator)
        return factor * numerator / weight, numerator, weight
    value = Fraction(content.value or 0)
    if statistic == "latest" or not content.sample_size:
        return value, None, None
    weight = Fraction(content.sample_size)
    return value, value * weight / factor, weight


def _share_of_cases(rollups: Sequence[Rollup]) -> Figure | None:
    counted = [rollup for rollup in rollups if rollup.accepted]
    if not counted:
        return None
    inputs = tuple(_of_cases(r, Fraction(r.resolved), Fraction(r.accepted)) for r in counted)
    numerator = Fraction(sum(rollup.resolved for rollup in counted))
    weight = Fraction(sum(rollup.accepted for rollup in counted))
    return Figure(100 * numerator / weight, numerator, weight, "cases", inputs)


def _of_cases(rollup: Rollup, numerator: Fraction, weight: Fraction) -> Input:
    key = rollup.key
    return Input("cases", key.org, key.region, key.period, None, numerator, weight)


@dataclass(frozen=True, slots=True)
class ClockDoubt:
    """A unit with more paused days, or extended cases, than the indicator's alarm. Of one."""

    org: str
    paused_share: Fraction
    extended_share: Fraction


def clock_doubts(criterion: Criterion, figure: Figure | None) -> tuple[ClockDoubt, ...]:
    """Return the units in doubt, in the order of the figure's inputs."""
    alarm = Fraction(criterion.indicator.clock.pause_share_alarm) / 100
    doubts = (
        ClockDoubt(
            org,
            Fraction(total.paused, total.gross) if total.gross else Fraction(0),
            Fraction(total.extended_cases, total.cases),
        )
        for org, total in ({} if figure is None else figure.clocks).items()
    )
    return tuple(d for d in doubts if max(d.paused_share, d.extended_share) > alarm)
