"""The clock of one case: gross, paused, extended and net working days (domain.md section 4)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from duibiao.register import Indicator, Register
from duibiao.workdays import Workdays, local_day
from services.indicators.domain.submission import CaseContent


@dataclass(frozen=True, slots=True)
class CaseClock:
    """Working days of one case, counted up to its completion or to an earlier day.

    `net` = `gross` - `paused`; `extended` lengthens the limit, never the net days. `provisional`:
    a day outside the calendar's years was counted.
    """

    gross: int
    paused: int
    extended: int
    net: int
    provisional: bool

    def limit(self, allowed: Decimal | None) -> Fraction | None:
        """Return the limit of this case: the allowed days and its extension; None without one."""
        return None if allowed is None else Fraction(allowed) + self.extended

    def overdue(self, allowed: Decimal | None) -> Fraction | None:
        """Return the days beyond the limit, 0 within it; None where no limit holds."""
        limit = self.limit(allowed)
        return None if limit is None else max(self.net - limit, Fraction(0))


def case_clock(case: CaseContent, indicator: Indicator, day: date, workdays: Workdays) -> CaseClock:
    """Count a case as it stood at the end of `day`; not before the day it was accepted."""
    start = local_day(case.accepted_at)
    end = day if case.completed_at is None else min(day, local_day(case.completed_at))
    pauses = [
        (local_day(pause.start), None if pause.end is None else local_day(pause.end))
        for pause in case.pauses
    ]
    span = workdays.span(start, end, pauses, count_start_day=indicator.count_start_day)
    extended = 0 if case.extension is None else case.extension.days
    return CaseClock(span.gross, span.paused, extended, span.net, span.provisional)


def allowed_days(register: Register, indicator: Indicator) -> Decimal | None:
    """Return the working days that one case of an indicator may take; None where none are set.

    The lowest threshold of the targets that hold for every case (`each`, `<=`).
    """
    limits = [
        target.threshold
        for target in register.targets_of(indicator.code)
        if target.statistic == "each" and target.op == "<=" and target.threshold is not None
    ]
    return min(limits, default=None)
