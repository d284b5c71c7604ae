"""The clock of one case: gross, paused, extended and net days (domain.md section 4).

They are counted in the unit of the indicator: working days by the calendar, or calendar days.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from functools import cache, partial
from types import MappingProxyType
from typing import Final

from duibiao.register import ClockRules, Indicator, Period, Register, containing
from duibiao.workdays import CALENDAR_DAYS, SHANGHAI, Workdays, local_day
from services.indicators.domain.histogram import Duration
from services.indicators.domain.submission import (
    CaseContent,
    CaseKey,
    CaseStatement,
    Extension,
    Granted,
)

LONGEST: Final = 100_000  # days of a limit; a longer one is none
NOTHING_GRANTED: Final[Granted] = MappingProxyType({})


def counting_of(indicator: Indicator, workdays: Workdays) -> Workdays:
    """Return what counts the days of an indicator's cases."""
    return CALENDAR_DAYS if indicator.unit == "day" else workdays


def case_clock(
    case: CaseContent,
    indicator: Indicator,
    day: date,
    workdays: Workdays,
    granted: Granted = NOTHING_GRANTED,
) -> Duration:
    """Count a case as it stood at the end of `day`; not before the day it was accepted.

    `granted`: what the office decided; it matters only where the register asks for it.
    """
    workdays = counting_of(indicator, workdays)
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
    past = None
    if rules.limit == "deadline":
        past = _past_deadline(case, end, extended, workdays)
    return Duration(
        span.gross - paused,
        extended,
        span.provisional,
        paused,
        pending=len(waiting) + bool(undecided),
        pending_paused=hoped - paused,
        pending_extended=undecided,
        past_deadline=past,
    )


def _past_deadline(case: CaseContent, end: date, extended: int, workdays: Workdays) -> int:
    """Return the days past the case's own deadline, seen at the end of its last day so far.

    A deadline at 00:00 names the whole day. An extension lengthens it by its days. A case without
    one (the register asked for none when it came) is never past it.
    """
    if case.deadline is None:
        return 0
    deadline = case.deadline.astimezone(SHANGHAI)
    last = workdays.due(deadline.date(), extended).day if extended else deadline.date()
    late = end > last
    if end == last and deadline.time() != time():
        done, until = case.completed_at, datetime.combine(last, deadline.time(), SHANGHAI)
        late = done is None or local_day(done) > end or done > until
    return max(workdays.between(last, end).days, 1) if late else 0


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


def allowed_days(register: Register, code: str, org: str | None, day: date) -> Decimal | None:
    """Return the days that one case of an indicator may take; None where none are set.

    The lowest threshold of the targets that hold for every case (`each`, `<=`), as it holds for
    rows of an org (None: without a threshold of its own) in the period of a day; where its own
    deadline limits a case, the days past that, 0 without such a target.
    """
    indicator = register.indicators[code]
    last = containing(day, indicator.period_type).last
    limits = [
        held.threshold
        for held in (target.for_row(org, last) for target in register.targets_of(code))
        if held.statistic == "each" and held.op == "<=" and held.threshold is not None
    ]
    unset = Decimal(0) if indicator.clock.limit == "deadline" else None
    return min(limits, default=unset)


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A case that counts. `clock` is None where no days are counted: it was withdrawn.

    `limit` and `overdue` are in working days, None where no limit holds for every case. `due` is
    the last day in time, as the pauses and extensions so far have it; `deadline_differs` the days
    by which the stated deadline lies after it, negative before it, None where it is the limit.
    """

    case: CaseStatement
    clock: Duration | None
    limit: Fraction | None = None
    overdue: Fraction | None = None
    due: date | None = None
    deadline_differs: int | None = None


class CaseRecords:
    """Counts cases up to one day, by one register and calendar.

    A case may take what the row of its org allows in the period of its completion; while it is
    open, of the day. `tightest`: the fewest days that any case may take, whatever its org and
    period, of the indicators whose limit holds for each case.
    """

    def __init__(
        self,
        register: Register,
        workdays: Workdays,
        day: date,
        granted: Mapping[CaseKey, Granted] = MappingProxyType({}),
    ) -> None:
        self._indicators = register.indicators
        self._held = cache(partial(allowed_days, register))
        local = [(t.indicator, one.org, one.since) for t in register.targets for one in t.local]
        self._own = {(code, org) for code, org, _ in local}
        self.tightest: dict[str, Decimal] = {}
        for code, org, since in [*((c, None, date.min) for c in register.indicators), *local]:
            if (days := self._held(code, org, since)) is not None:
                self.tightest[code] = min(days, self.tightest.get(code, days))
        self._workdays = workdays
        self._granted = granted
        self.day = day

    def record(self, case: CaseStatement) -> CaseRecord:
        """Return a case with its clock; without one where the register lacks its indicator."""
        indicator = self._indicators.get(case.indicator)
        if indicator is None or case.outcome == "withdrawn":
            return CaseRecord(case, None)
        clock, content = self._clock(case, indicator, self.day), case.content
        done = content.completed_at
        allowed = self._allowed(case, self.day if done is None else min(self.day, local_day(done)))
        due = self._due(content, indicator, clock, allowed)
        return CaseRecord(case, clock, clock.limit(allowed), clock.overdue(allowed), *due)

    def _allowed(self, case: CaseStatement, day: date) -> Decimal | None:
        own = (case.indicator, case.org) in self._own
        return self._held(case.indicator, case.org if own else None, day)

    def _due(
        self, case: CaseContent, indicator: Indicator, clock: Duration, allowed: Decimal | None
    ) -> tuple[date | None, int | None]:
        """Return the last day in time, and by how many days the stated deadline differs from it."""
        days = counting_of(indicator, self._workdays)
        stated = None if case.deadline is None else local_day(case.deadline)
        own = indicator.clock.limit == "deadline"
        if allowed is None or allowed > LONGEST or (own and stated is None):
            return None, None
        more = int(allowed) + clock.extended
        if own and stated is not None:
            return days.due(stated, more).day, None
        start = local_day(case.accepted_at).toordinal() - indicator.count_start_day
        due = days.due(date.fromordinal(max(start, 1)), more + clock.paused).day
        if stated is None:
            return due, None
        return due, days.between(due, stated).days - days.between(stated, due).days

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
        judged_day, allowed = min(period.last, self.day), self._allowed(case, period.last)
        if indicator.statistic != "each" or allowed is None or accepted > judged_day:
            return False
        return bool(self._clock(case, indicator, judged_day).overdue(allowed))

    def _clock(self, case: CaseStatement, indicator: Indicator, day: date) -> Duration:
        granted = self._granted.get(case.key, NOTHING_GRANTED)
        return case_clock(case.content, indicator, day, self._workdays, granted)
