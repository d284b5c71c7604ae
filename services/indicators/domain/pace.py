"""The pace of a running total: a straight line in working days (domain.md section 6)."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from services.indicators.domain.criterion import Criterion


@dataclass(frozen=True, slots=True)
class Pace:
    """The line from the baseline through the figure, carried on to the day of judgement.

    `elapsed` and `whole` count working days from the baseline's day to the judged day and to
    `judged_by`; `projected` is in the target's unit.
    """

    baseline: Fraction
    baseline_day: date
    elapsed: int
    whole: int
    projected: Fraction
    provisional: bool


def pace(criterion: Criterion, value: Fraction) -> Pace | None:
    """Return the pace of a `latest` figure; None where the target or the day gives none."""
    target = criterion.target
    if target.statistic != "latest" or target.judged_by is None:
        return None
    if target.baseline is None:
        start, day = Fraction(0), date(target.judged_by.year - 1, 12, 31)
    else:
        start, day = Fraction(target.baseline.value), target.baseline.day
    elapsed = criterion.workdays.between(day, criterion.judged_day)
    whole = criterion.workdays.between(day, target.judged_by)
    if criterion.judged_day <= day or not elapsed.days:
        return None
    projected = start + (value - start) * whole.days / elapsed.days
    provisional = elapsed.provisional or whole.provisional
    return Pace(start, day, elapsed.days, whole.days, projected, provisional)
