"""What a figure is judged by: one target in one period, on which day, by which register."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property

from duibiao.register import Indicator, Op, Period, Register, Statistic, Target
from duibiao.workdays import Workdays
from services.indicators.domain.decisive import is_decisive
from services.indicators.domain.durations import Entry
from services.indicators.domain.rows import Plain
from services.indicators.domain.wording import Note, exact_text, names_of


@dataclass(frozen=True, slots=True)
class Terms:
    """By what a figure was judged: enough to tell each step of it again.

    `threshold` is None where there is none, or only a direction.
    """

    statistic: Statistic
    op: Op
    threshold: Fraction | None
    judged_by: date | None
    judged_by_is_reading: bool
    judged_day: date

    @property
    def directed(self) -> bool:
        return self.op in ("rise", "fall")

    @property
    def case_limit(self) -> Fraction | None:
        """The limit that holds for every single case, where the target sets one."""
        return self.threshold if self.statistic == "each" and self.op == "<=" else None


@dataclass(frozen=True)
class Criterion:
    """One target in one period, as it stands on the judged day.

    `today` is the day up to which verdicts speak; the judged day is the period's last, or today
    while the period runs (domain.md section 5). One criterion serves many series, so whatever
    follows from it alone is worked out once.
    """

    target: Target
    indicator: Indicator
    period: Period
    today: date
    register: Register
    workdays: Workdays

    @cached_property
    def is_own(self) -> bool:
        """Whether the period is of the type that the indicator is judged in."""
        return self.period.type == self.indicator.period_type

    @cached_property
    def ended(self) -> bool:
        return self.period.last < self.today

    @cached_property
    def judged_day(self) -> date:
        return min(self.period.last, self.today)

    @cached_property
    def previous(self) -> str:
        """The code of the period just before, "" where the calendar has none."""
        try:
            return self.period.previous().code
        except ValueError:
            return ""

    @cached_property
    def decisive(self) -> bool:
        return is_decisive(self.target, self.period, self.register.window, ended=self.ended)

    @cached_property
    def watched(self) -> bool:
        return self.register.window.first <= self.period.first <= self.register.window.last

    @cached_property
    def about(self) -> Plain:
        """What a proof says of it."""
        target = self.target
        return {
            "target": target.id,
            "indicator": target.indicator,
            "clause": target.clause,
            "statistic": target.statistic,
            "unit": target.unit,
            "op": target.op,
            "threshold": exact_text(self.threshold),
            "basis": target.basis,
            "decided_by": target.decided_by,
            "decided_since": target.decided_since.isoformat() if target.decided_since else None,
            "judged_by": target.judged_by.isoformat() if target.judged_by else None,
            "judged_by_is_reading": target.judged_by_is_reading,
            "period": self.period.code,
            "period_first": self.period.first.isoformat(),
            "period_last": self.period.last.isoformat(),
            "judged_day": self.judged_day.isoformat(),
        }

    @cached_property
    def threshold(self) -> Fraction | None:
        """The figure to compare with; None where there is none, or only a direction."""
        threshold = self.target.threshold
        return None if threshold is None or self.directed else Fraction(threshold)

    @property
    def directed(self) -> bool:
        return self.target.op in ("rise", "fall")

    @cached_property
    def case_limit(self) -> Fraction | None:
        """The limit that holds for every single case, where the target sets one."""
        limited = self.target.statistic == "each" and self.target.op == "<="
        return self.threshold if limited else None

    @property
    def city(self) -> str:
        return self.register.city

    def org(self, code: str) -> Note:
        return names_of(self.register.orgs, code)

    def region(self, code: str) -> Note:
        return names_of(self.register.regions, code)


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


@dataclass(frozen=True, slots=True)
class Ruleset:
    """The register whose targets are judged and the calendar whose days are counted.

    `counted`: what cases add to roll-ups, by their days and all else that it depends on.
    """

    register: Register
    workdays: Workdays
    counted: dict[object, tuple[Entry, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )
