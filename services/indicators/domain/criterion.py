"""What a figure is judged by: one target in one period, on which day, by which register."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from duibiao.register import Indicator, Op, Period, Register, Statistic, Target
from duibiao.workdays import Workdays
from services.indicators.domain.wording import Note, named


class Terms(NamedTuple):
    """By what a figure was judged: enough to tell each step of it again.

    `threshold` is None where there is none, or only a direction.
    """

    statistic: Statistic
    op: Op
    threshold: Fraction | None
    judged_by: date | None
    judged_by_is_reading: bool
    judged_day: date
    ended: bool

    @property
    def directed(self) -> bool:
        """Whether the target asks for a rise or a fall, not for a figure."""
        return self.op in ("rise", "fall")

    @property
    def case_limit(self) -> Fraction | None:
        """The limit that holds for every single case, where the target sets one."""
        return self.threshold if self.statistic == "each" and self.op == "<=" else None


@dataclass(frozen=True)
class Criterion:
    """One target in one period, as it stands on the judged day.

    `today` is the day up to which verdicts speak; the judged day is the period's last, or today
    while the period runs (domain.md section 5).
    """

    target: Target
    indicator: Indicator
    period: Period
    today: date
    register: Register
    workdays: Workdays

    @property
    def ended(self) -> bool:
        """Whether the period's last day has passed."""
        return self.period.last < self.today

    @property
    def judged_day(self) -> date:
        """The day the period is judged on."""
        return min(self.period.last, self.today)

    @cached_property
    def threshold(self) -> Fraction | None:
        """The figure to compare with; None where there is none, or only a direction."""
        threshold = self.target.threshold
        return None if threshold is None or self.directed else Fraction(threshold)

    @property
    def directed(self) -> bool:
        """Whether the target asks for a rise or a fall, not for a figure."""
        return self.target.op in ("rise", "fall")

    @cached_property
    def case_limit(self) -> Fraction | None:
        """The limit that holds for every single case, where the target sets one."""
        limited = self.target.statistic == "each" and self.target.op == "<="
        return self.threshold if limited else None

    @property
    def city(self) -> str:
        """The region code of the whole city."""
        return self.register.city

    def org(self, code: str) -> Note:
        """Return a unit's names."""
        return named(self.register.orgs, code)

    def region(self, code: str) -> Note:
        """Return a region's names."""
        return named(self.register.regions, code)
