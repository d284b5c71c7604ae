"""What one case adds to the roll-ups, and when (domain.md sections 3 to 5).

A case's own dates decide: the period it was completed in, each period at whose end it was still
open, the period it was accepted in. Taking back what it added before, and adding what it adds now,
mends the roll-ups exactly, however late the news of it came.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Literal, NamedTuple

from duibiao.register import Indicator, Period, containing
from duibiao.workdays import Workdays, local_day
from services.indicators.domain.case_clock import NOTHING_GRANTED, CaseClock, case_clock
from services.indicators.domain.histogram import Duration
from services.indicators.domain.rows import Granted
from services.indicators.domain.submission import CaseContent

Slot = Literal["completed", "open", "accepted", "resolved"]
RULE = "1"
"""Version of the rules below; another one makes every roll-up be counted anew."""


class Entry(NamedTuple):
    """One case counted once: in which period, as what, and how long it lasted (days only)."""

    period: str
    slot: Slot
    duration: Duration | None = None


def entries(
    case: CaseContent,
    indicator: Indicator,
    judged_day: date,
    workdays: Workdays,
    granted: Granted = NOTHING_GRANTED,
) -> tuple[Entry, ...]:
    """Return everything a case adds to roll-ups of its indicator, up to the judged day.

    For `mean` and `each` the days it lasted where it was completed; for `each` also where it was
    open at a period's end, or is on the judged day of the running one; for `share` where it was
    accepted and whether it is resolved. A `latest` indicator counts no cases.
    """
    if case.outcome == "withdrawn":
        return ()
    if indicator.statistic == "share":
        return tuple(_handled(case, indicator))
    if indicator.statistic == "latest":
        return ()

    def duration(day: date) -> Duration:
        return _duration(case_clock(case, indicator, day, workdays, granted))

    return tuple(_lasted(case, indicator, judged_day, duration))


def open_entry(
    case: CaseContent,
    indicator: Indicator,
    day: date,
    workdays: Workdays,
    granted: Granted = NOTHING_GRANTED,
) -> Duration | None:
    """Return how long a case had lasted at the end of a day, None if it was not open then."""
    if case.outcome == "withdrawn" or local_day(case.accepted_at) > day:
        return None
    if case.completed_at is not None and local_day(case.completed_at) <= day:
        return None
    return _duration(case_clock(case, indicator, day, workdays, granted))


def counted_by(indicator: Indicator, calendar_version: str) -> str:
    """Name the way an indicator's cases are counted; two equal names mean equal roll-ups."""
    start = "with-start-day" if indicator.count_start_day else "after-start-day"
    kind = f"{indicator.statistic}/{indicator.period_type}/{start}"
    rules = indicator.clock
    caps = f"{rules.max_paused}/{rules.max_extension}"
    approved = f"{rules.approve_pauses_over}/{rules.approve_extensions}"
    return f"{RULE}/{kind}/{caps}/{approved}/{calendar_version}"


def periods_between(first: date, last: date, indicator: Indicator) -> Iterator[Period]:
    """Yield the periods of the indicator's type that hold the days first to last."""
    period = containing(first, indicator.period_type)
    while period.first <= last:
        yield period
        period = period.next()


def _handled(case: CaseContent, indicator: Indicator) -> Iterator[Entry]:
    period = containing(local_day(case.accepted_at), indicator.period_type).code
    yield Entry(period, "accepted")
    if case.resolved:
        yield Entry(period, "resolved")


def _lasted(
    case: CaseContent,
    indicator: Indicator,
    judged_day: date,
    duration: Callable[[date], Duration],
) -> Iterator[Entry]:
    accepted = local_day(case.accepted_at)
    last_open = judged_day
    if case.completed_at is not None:
        completed = local_day(case.completed_at)
        last_open = min(last_open, date.fromordinal(completed.toordinal() - 1))
        period = containing(completed, indicator.period_type)
        yield Entry(period.code, "completed", duration(completed))
    if indicator.statistic != "each" or accepted > last_open:
        return
    for period in periods_between(accepted, last_open, indicator):
        day = min(period.last, judged_day)
        if day <= last_open:
            yield Entry(period.code, "open", duration(day))


def _duration(clock: CaseClock) -> Duration:
    return Duration(
        clock.net,
        clock.extended,
        clock.provisional,
        clock.paused,
        clock.pending,
        clock.pending_paused,
        clock.pending_extended,
    )
