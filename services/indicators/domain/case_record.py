"""One case as it counts now: its clock, its limit, and the periods whose figure holds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from types import MappingProxyType

from duibiao.register import Indicator, Period, Register
from duibiao.workdays import Workdays, local_day
from services.indicators.domain.case_clock import (
    NOTHING_GRANTED,
    CaseClock,
    allowed_days,
    case_clock,
)
from services.indicators.domain.rows import Granted
from services.indicators.domain.submission import CaseKey, CaseStatement


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A case that counts. `clock` is None where no days are counted: it was withdrawn.

    `limit` and `overdue` are in working days, None where no limit holds for every case.
    """

    case: CaseStatement
    clock: CaseClock | None
    limit: Fraction | None = None
    overdue: Fraction | None = None


class CaseRecords:
    """Counts cases up to one day, by one register and calendar.

    `allowed`: the working days a case may take, of the indicators whose limit holds for each case.
    """

    def __init__(
        self,
        register: Register,
        workdays: Workdays,
        day: date,
        granted: Mapping[CaseKey, Granted] = MappingProxyType({}),
    ) -> None:
        self._indicators = register.indicators
        limits = {i.code: allowed_days(register, i) for i in register.indicators.values()}
        self.allowed = {c: d for c, d in limits.items() if d is not None}
        self._workdays = workdays
        self._granted = granted
        self.day = day

    def record(self, case: CaseStatement) -> CaseRecord:
        """Return a case with its clock; without one where the register lacks its indicator."""
        indicator = self._indicators.get(case.indicator)
        if indicator is None or case.outcome == "withdrawn":
            return CaseRecord(case, None)
        clock = self._clock(case, indicator, self.day)
        allowed = self.allowed.get(indicator.code)
        return CaseRecord(case, clock, clock.limit(allowed), clock.overdue(allowed))

    def counts_in(self, case: CaseStatement, period: Period) -> bool:
        """Whether the figure of a period of the indicator's type is made of this case, too.

        By the day of completion, for shares by that of acceptance; where the limit holds for each
        case, so does an open one that was past the limit on the period's judged day.
        """
        indicator = self._indicators.get(case.indicator)
        content = case.content
        if indicator is None or content.outcome == "withdrawn" or period.first > self.day:
            return False
        accepted = local_day(content.accepted_at)
        if indicator.statistic == "share":
            return period.first <= accepted <= period.last
        completed = None if content.completed_at is None else local_day(content.completed_at)
        if completed is not None and completed <= period.last:
            return period.first <= completed
        judged_day = min(period.last, self.day)
        return accepted <= judged_day and self._past_limit(case, indicator, judged_day)

    def _clock(self, case: CaseStatement, indicator: Indicator, day: date) -> CaseClock:
        granted = self._granted.get(case.key, NOTHING_GRANTED)
        return case_clock(case.content, indicator, day, self._workdays, granted)

    def _past_limit(self, case: CaseStatement, indicator: Indicator, day: date) -> bool:
        allowed = self.allowed.get(indicator.code)
        if indicator.statistic != "each" or allowed is None:
            return False
        return bool(self._clock(case, indicator, day).overdue(allowed))
