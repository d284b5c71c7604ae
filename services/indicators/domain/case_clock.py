"""The clock of one case: gross, paused, extended and net working days (domain.md section 4)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from duibiao.register import ClockRules, Indicator, Register
from duibiao.workdays import Workdays, local_day
from services.indicators.domain.rows import Granted
from services.indicators.domain.submission import CaseContent, Extension

NOTHING_GRANTED: Final[Granted] = MappingProxyType({})


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


def case_clock(
    case: CaseContent,
    indicator: Indicator,
    day: date,
    workdays: Workdays,
    granted: Granted = NOTHING_GRANTED,
) -> CaseClock:
    """Count a case as it stood at the end of `day`; not before the day it was accepted.

    `granted`: what the office decided; it matters only where the register asks for it.
    """
    start = local_day(case.accepted_at)
    end = day if case.completed_at is None else min(day, local_day(case.completed_at))
    rules, with_start = indicator.clock, indicator.count_start_day
    counted, waiting = _pauses(case, indicator, end, workdays, granted)
    span = workdays.span(start, end, counted, count_start_day=with_start)
    paused = hoped = _capped(span.paused, rules.max_paused)
    if waiting:
        every = workdays.span(start, end, [*counted, *waiting], count_start_day=with_start)
        hoped = _capped(every.paused, rules.max_paused)
    extended, undecided = _extended(case.extension, rules, granted)
    return CaseClock(
        gross=span.gross,
        paused=paused,
        extended=extended,
        net=span.gross - paused,
        provisional=span.provisional,
        pending=len(waiting) + bool(undecided),
        pending_paused=hoped - paused,
        pending_extended=undecided,
    )


def _pauses(
    case: CaseContent, indicator: Indicator, end: date, workdays: Workdays, granted: Granted
) -> tuple[list[tuple[date, date]], list[tuple[date, date]]]:
    """Return the pauses that count and those that wait for approval, as days up to `end`.

    A pause that needs approval counts up to the working days granted.
    """
    counted, waiting = [], []
    free = indicator.clock.approve_pauses_over
    for pause in case.pauses:
        first = local_day(pause.start)
        last = end if pause.end is None else min(local_day(pause.end), end)
        if free is None or workdays.between(first, last).days <= free:
            counted.append((first, last))
        elif pause.document not in granted:
            waiting.append((first, last))
        elif days := granted[pause.document]:
            counted.append((first, min(last, workdays.due(first, days).day)))
    return counted, waiting


def _extended(extension: Extension | None, rules: ClockRules, granted: Granted) -> tuple[int, int]:
    """Return the days of an extension that count, and those that wait for approval."""
    asked = 0 if extension is None else min(extension.days, rules.max_extension)
    if extension is None or not rules.approve_extensions:
        return asked, 0
    if extension.document not in granted:
        return 0, asked
    return min(asked, granted[extension.document]), 0


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
