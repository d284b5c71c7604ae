"""Whose clocks are to be asked about (domain.md section 4): a question, never a verdict."""

from fractions import Fraction
from typing import NamedTuple

from services.indicators.domain.criterion import Criterion
from services.indicators.domain.figures import Figure


class Doubt(NamedTuple):
    """A unit with more paused days, or extended cases, than the indicator's alarm. Of one."""

    org: str
    paused_share: Fraction
    extended_share: Fraction


def clock_doubts(criterion: Criterion, figure: Figure | None) -> tuple[Doubt, ...]:
    """Return the units in doubt, in the order of the figure's inputs."""
    alarm = Fraction(criterion.indicator.clock.pause_share_alarm) / 100
    doubts = (
        Doubt(
            org,
            Fraction(total.paused, total.gross) if total.gross else Fraction(0),
            Fraction(total.extended_cases, total.cases),
        )
        for org, total in ({} if figure is None else figure.clocks).items()
    )
    return tuple(d for d in doubts if max(d.paused_share, d.extended_share) > alarm)
