"""Keep the roll-ups of cases: mended by a submission, open cases carried on by the day.

Owns when something is counted, never how long a case lasted (domain.durations).
"""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Final

from duibiao.register import Indicator, Period
from duibiao.workdays import SHANGHAI
from services.indicators.domain.durations import Entry, entries, open_entry, periods_between
from services.indicators.domain.histogram import Duration
from services.indicators.domain.moments import day_number
from services.indicators.domain.rollup import Mending, with_open
from services.indicators.domain.rows import Rollup, RollupKey
from services.indicators.domain.submission import CaseStatement
from services.indicators.usecases.context import EvaluationContext
from services.indicators.usecases.granted import Decided, GrantedDays

COUNTED_AT_MOST: Final = 200_000  # ways of having lasted that are kept in memory


def mend(
    context: EvaluationContext,
    changes: Collection[tuple[CaseStatement | None, CaseStatement]],
    decided: Collection[Decided] = (),
) -> list[Rollup]:
    """Count the old content of each case out and the new one in; save and return what changed.

    `decided`: approvals that moved since the old contents were counted in.
    """
    mending = Mending()
    granted, before = GrantedDays(context.repository), GrantedDays(context.repository, decided)
    indicators = context.register.indicators
    for old, new in changes:
        indicator = indicators.get(new.indicator)
        if indicator is None:
            continue
        if old is not None:
            mending.take_back(old, _entries(context, old, indicator, before))
        mending.add(new, _entries(context, new, indicator, granted))
    kept = {rollup.key: rollup for rollup in context.repository.rollups_at(mending.keys)}
    changed = mending.applied(kept)
    context.repository.save_rollups(changed)
    return changed


def recount(context: EvaluationContext, indicator: Indicator) -> None:
    """Count all cases of an indicator anew, because they are counted in another way."""
    mending, granted = Mending(), GrantedDays(context.repository)
    for case in context.repository.cases_of(indicator.code):
        mending.add(case, _entries(context, case, indicator, granted))
    context.repository.clear_rollups(indicator.code)
    context.repository.save_rollups(mending.applied({}))


def carry_on(context: EvaluationContext, indicator: Indicator, since: date) -> None:
    """Count the open cases of the periods that ran after a day, at their judged days now."""
    if indicator.statistic != "each":
        return
    for period in periods_between(since, context.day, indicator):
        kept = context.repository.rollups(indicator.code, [period.code])
        now_open = _open_cases(context, indicator, period)
        context.repository.save_rollups(with_open(kept, now_open))


def _open_cases(
    context: EvaluationContext, indicator: Indicator, period: Period
) -> dict[RollupKey, Counter[Duration]]:
    day = min(period.last, context.day)
    counted: dict[RollupKey, Counter[Duration]] = defaultdict(Counter)
    granted = GrantedDays(context.repository)
    for case in context.repository.cases_open_at(indicator.code, _end_of(day)):
        days = granted.to(case.key, indicator)
        duration = open_entry(case.content, indicator, day, context.workdays, days)
        if duration is not None:
            key = RollupKey(indicator.code, case.org, case.region, period.code)
            counted[key][duration] += 1
    return counted


def _entries(
    context: EvaluationContext, case: CaseStatement, indicator: Indicator, granted: GrantedDays
) -> tuple[Entry, ...]:
    """Return what a case adds; of cases without details the same days are counted once."""
    if case.details is not None:
        days = granted.to(case.key, indicator)
        return entries(case.content, indicator, context.day, context.workdays, days)
    completed = None if case.completed_us is None else day_number(case.completed_us)
    told = case.outcome == "withdrawn", case.resolved, indicator.code, context.day
    days_and = (day_number(case.accepted_us), completed, told)
    counted = context.ruleset.counted
    found = counted.get(days_and)
    if found is None:
        if len(counted) >= COUNTED_AT_MOST:
            counted.clear()
        found = entries(case.content, indicator, context.day, context.workdays)
        counted[days_and] = found
    return found


def _end_of(day: date) -> datetime:
    """Return the moment a day ends in Asia/Shanghai."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)
