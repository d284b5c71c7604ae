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
    a day outside the calendar's years was counted. `pending`: extensions and long pauses that wait
    for the office's approval and are not counted; granting all of them would add `pending_paused`
    days to `paused` and `pending_extended` to `extended`.
    """

    gross: int
    paused: int
    extended: int
    net: int
    provisional: bool
    pending: int = 0
    pending_paused: int = 0
    pending_extended: int = 0

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
    rules, with_start = indicator.clock, indicator.count_start_day
    pauses = [
        (local_day(pause.start), end if pause.end is None else local_day(pause.end))
        for pause in case.pauses
    ]
    long = [pause for pause in pauses if _needs_approval(pause, end, indicator, workdays)]
    counted = [pause for pause in pauses if pause not in long]
    span = workdays.span(start, end, counted, count_start_day=with_start)
    paused = granted = _capped(span.paused, rules.max_paused)
    if long:
        every = workdays.span(start, end, pauses, count_start_day=with_start)
        granted = _capped(every.paused, rules.max_paused)
    asked = min(0 if case.extension is None else case.extension.days, rules.max_extension)
    extended = 0 if rules.approve_extensions else asked
    return CaseClock(
        gross=span.gross,
        paused=paused,
        extended=extended,
        net=span.gross - paused,
        provisional=span.provisional,
        pending=len(long) + (asked > extended),
        pending_paused=granted - paused,
        pending_extended=asked - extended,
    )


def _needs_approval(
    pause: tuple[date, date], end: date, indicator: Indicator, workdays: Workdays
) -> bool:
    most = indicator.clock.approve_pauses_over
    return most is not None and workdays.between(pause[0], min(pause[1], end)).days > most


def _capped(days: int, most: int | None) -> int:
    return days if most is None else min(days, most)


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
