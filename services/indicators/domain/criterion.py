"""What a figure is judged by: one target in one period, on which day, by which register."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import ceil
from typing import Final

from duibiao.register import Baseline, Indicator, Op, Period, Register, Statistic, Target
from duibiao.workdays import Workdays
from services.indicators.domain.decisive import is_decisive
from services.indicators.domain.durations import RollupEntry, counted_by
from services.indicators.domain.rows import JsonObject
from services.indicators.domain.wording import Note, as_json, exact_text, names_of

# Working days of a week, which paces are told by.
WEEK: Final = 5
_FAR: Final = 2_500  # working days, ten years: a pace says nothing of what lies further ahead


@dataclass(frozen=True, slots=True)
class EvaluationConfig:
    """By what a figure was judged: enough to tell each step of it again.

    `threshold` is None where there is none, or only a direction.
    """

    statistic: Statistic
    unit: str
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


class Criterion:
    """One target in one period, as it stands on the judged day: the period's last, or today.

    `target`: as it holds for the rows, see `Target.for_row`.
    `today` is the day up to which verdicts speak. One criterion serves many series, so whatever
    follows from it alone is worked out once. `is_own`: the period is of the type that the
    indicator is judged in. `previous`: the code of the period before, "" where there is none.
    `watched`: it begins in the watch window. `directed`: the target asks for a rise or a fall.
    `threshold`: what to compare with, None where there is none or only a direction. `case_limit`:
    the limit that holds for every single case, where the target sets one. `open_limit`: beyond it
    an open case is told beside a mean, which says nothing of it.
    """

    def __init__(
        self,
        target: Target,
        indicator: Indicator,
        period: Period,
        today: date,
        register: Register,
        workdays: Workdays,
    ) -> None:
        self.target, self.indicator, self.period = target, indicator, period
        self.today, self.register, self.workdays = today, register, workdays
        self.city, window = register.city, register.window
        self.is_own = period.type == indicator.period_type
        self.ended, self.judged_day = period.last < today, min(period.last, today)
        self.decisive = is_decisive(target, period, window, ended=self.ended)
        self.watched = window.first <= period.first <= window.last
        self.directed = target.op in ("rise", "fall")
        compared = None if self.directed else target.threshold
        self.threshold = None if compared is None else Fraction(compared)
        limited = target.statistic == "each" and target.op == "<="
        self.case_limit = self.threshold if limited else None
        self.open_limit: Fraction | None = None
        if target.statistic == "mean" and target.op == "<=":
            own = indicator.clock.limit == "deadline"
            self.open_limit = Fraction(0) if own else self.threshold
        try:
            self.previous = period.previous().code
        except ValueError:  # before the first year of the calendar
            self.previous = ""

    @cached_property
    def about(self) -> JsonObject:
        """What a proof says of it."""
        target, period = self.target, self.period
        before = ("indicator", "clause", "statistic", "unit", "op")
        after = ("basis", "decided_by", "decided_since", "judged_by", "judged_by_is_reading")
        return {
            "target": target.id,
            **{name: getattr(target, name) for name in before},
            "threshold": exact_text(self.threshold),
            **{name: as_json(getattr(target, name)) for name in after},
            "period": period.code,
            "period_first": period.first.isoformat(),
            "period_last": period.last.isoformat(),
            "period_ended": self.ended,
            "judged_day": self.judged_day.isoformat(),
            "min_sample": self.indicator.min_sample,
        }

    def org(self, code: str) -> Note:
        return names_of(self.register.orgs, code)

    def region(self, code: str) -> Note:
        return names_of(self.register.regions, code)


@dataclass(frozen=True, slots=True)
class Pace:
    """The line from the baseline through the figure, carried on to the day of judgement.

    `elapsed` and `whole` count working days from the baseline's day to the judged day and to
    `judged_by`, `days_left` those between the two; `projected` is in the target's unit. Changes per
    week are for `WEEK` working days: `actual_per_week` so far, `needed_per_week` to be at the
    threshold on `judged_by` (None where no working day is left). `reached_on` is the day on which
    the actual pace reaches the threshold; None where it never does, or in more than ten years.
    `planned` is what the `plan` of the target, if it has one, asks for on the judged day.
    """

    baseline: Fraction
    baseline_day: date
    elapsed: int
    whole: int
    projected: Fraction
    provisional: bool
    days_left: int
    needed_per_week: Fraction | None
    actual_per_week: Fraction
    reached_on: date | None
    reached_on_provisional: bool
    plan: tuple[Baseline, ...]
    planned: Fraction | None


def pace(criterion: Criterion, value: Fraction, threshold: Fraction) -> Pace | None:
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
    provisional = elapsed.provisional or whole.provisional
    rate, missing = (value - start) / elapsed.days, threshold - value
    left = whole.days - elapsed.days
    needed = missing / left * WEEK if left else None
    more = ceil(missing / rate) if missing * rate > 0 else _FAR + 1
    due = criterion.workdays.due(criterion.judged_day, more) if more <= _FAR else None
    reached, outside = (due.day, due.provisional) if due else (None, False)
    line = start, day, elapsed.days, whole.days, start + rate * whole.days, provisional
    points = [(day, start), *((one.day, Fraction(one.value)) for one in target.plan)]
    planned = _planned(criterion, [*points, (target.judged_by, threshold)]) if target.plan else None
    weekly = left, needed, rate * WEEK
    return Pace(*line, *weekly, reached, outside, target.plan, planned)


def _planned(criterion: Criterion, points: Sequence[tuple[date, Fraction]]) -> Fraction:
    """Return the value on the judged day of straight lines, in working days, between points."""
    day, between = criterion.judged_day, criterion.workdays.between
    (since, low), (until, high) = next(pair for pair in pairwise(points) if day <= pair[1][0])
    whole = between(since, until).days
    return low + (high - low) * between(since, day).days / whole if whole else high


@dataclass(frozen=True)
class Ruleset:
    """The register whose targets are judged and the calendar whose days are counted.

    `counted`: what cases add to roll-ups, by their days and all else that it depends on.
    """

    register: Register
    workdays: Workdays
    counted: dict[object, tuple[RollupEntry, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @cached_property
    def counted_by(self) -> Mapping[str, str]:
        """How the cases of each indicator are counted, by its code."""
        calendar = self.workdays.version
        indicators = self.register.indicators.values()
        return {indicator.code: counted_by(indicator, calendar) for indicator in indicators}
