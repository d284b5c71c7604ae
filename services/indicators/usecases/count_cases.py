"""Keep the roll-ups of cases: mended by a submission, open cases carried on by the day.

Owns when something is counted, never how long a case lasted (domain.durations).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from duibiao.register import Indicator, Period
from duibiao.workdays import SHANGHAI
from services.indicators.domain.durations import (
    RollupChanges,
    RollupEntry,
    day_number,
    entries,
    noon_of,
    open_entry,
    periods_between,
    with_open,
)
from services.indicators.domain.histogram import Duration
from services.indicators.domain.rows import Rollup, RollupKey
from services.indicators.domain.submission import CaseContent, CaseOutcome, CaseStatement
from services.indicators.usecases.context import Decided, EvaluationContext, GrantedDays

COUNTED_AT_MOST: Final = 200_000  # ways of having lasted that are kept in memory


def update_rollups(
    context: EvaluationContext,
    new_cases: Sequence[CaseStatement],
    changes: Collection[tuple[CaseStatement | None, CaseStatement]],
    decided: Collection[Decided] = (),
) -> list[Rollup]:
    """Count new cases in, of the others the old content out; save and return what changed.

    `new_cases` may be plain tuples. `decided`: approvals that moved since the old contents were
    counted in.
    """
    rollup_changes = RollupChanges()
    granted, before = GrantedDays(context.repository), GrantedDays(context.repository, decided)
    indicators = context.register.indicators
    timed = {one.code for one in indicators.values() if one.clock.limit == "deadline"}
    plain = [row for row in new_cases if row[9] is None and row[0] not in timed]
    _count_plain(context, plain, rollup_changes)
    others = [row for row in new_cases if row[9] is not None or row[0] in timed]
    for old, new in (*changes, *((None, CaseStatement._make(row)) for row in others)):
        indicator = indicators.get(new.indicator)
        if indicator is None:
            continue
        if old is not None:
            rollup_changes.count(_place(old), _entries(context, old, indicator, before), -1)
        rollup_changes.count(_place(new), _entries(context, new, indicator, granted))
    kept = {rollup.key: rollup for rollup in context.repository.rollups_at(rollup_changes.keys)}
    changed = rollup_changes.applied(kept)
    context.repository.save_rollups(changed)
    return changed


def recount(context: EvaluationContext, indicator: Indicator) -> None:
    """Count all cases of an indicator anew, because they are counted in another way."""
    rollups = counted_anew(context, indicator)
    context.repository.clear_rollups(indicator.code)
    context.repository.save_rollups(rollups)


def counted_anew(context: EvaluationContext, indicator: Indicator) -> list[Rollup]:
    """Return the roll-ups of an indicator as its cases make them."""
    rollup_changes, granted = RollupChanges(), GrantedDays(context.repository)
    for case in context.repository.cases_of(indicator.code):
        rollup_changes.count(_place(case), _entries(context, case, indicator, granted))
    return rollup_changes.applied({})


def carry_on(context: EvaluationContext, indicator: Indicator, since: date) -> None:
    """Count the open cases of the periods that ran after a day, at their judged days now."""
    if indicator.statistic not in ("mean", "each"):
        return
    for period in periods_between(since, context.day, indicator):
        kept = context.repository.rollups(indicator.code, [period.code])
        now_open = _open_cases(context, indicator, period)
        context.repository.save_rollups(with_open(kept, now_open))


def _open_cases(
    context: EvaluationContext, indicator: Indicator, period: Period
) -> dict[RollupKey, Counter[Duration]]:
    day = min(period.last, context.day)
    end = datetime.combine(day + timedelta(days=1), time(), SHANGHAI)
    counted: dict[RollupKey, Counter[Duration]] = defaultdict(Counter)
    granted = GrantedDays(context.repository)
    for case in context.repository.cases_open_at(indicator.code, end):
        days = granted.to(case.key, indicator)
        duration = open_entry(case.content, indicator, day, context.workdays, days)
        if duration is not None:
            key = RollupKey(indicator.code, period.code, case.org, case.region)
            counted[key][duration] += 1
    return counted


def _count_plain(
    context: EvaluationContext, rows: Sequence[CaseStatement], rollup_changes: RollupChanges
) -> None:
    """Count in cases without details, by columns: those that lasted alike are counted once."""
    numbers: Counter[tuple[str, str, str, int]] = Counter()
    known: dict[int, tuple[RollupEntry, ...]] = {}
    for way, number in Counter(_ways(rows)).items():
        indicator = context.register.indicators.get(way[0])
        if indicator is not None:
            found = _by_days(context, indicator, *way[3:])
            known[id(found)] = found
            numbers[*way[:3], id(found)] += number
    for (code, org, region, ident), number in numbers.items():
        rollup_changes.count((code, org, region), known[ident], number)


# Indicator, org, region, ordinals of the days of acceptance and completion, outcome, resolved.
_Way = tuple[str, str, str, int, int | None, CaseOutcome, bool | None]


def _ways(rows: Sequence[CaseStatement]) -> Iterable[_Way]:
    if not rows:
        return ()
    indicators, orgs, _, regions, accepted, completed, outcomes, resolved, *_ = zip(
        *rows, strict=True
    )
    ended = [None if us is None else day_number(us) for us in completed]
    days = map(day_number, accepted)
    return zip(indicators, orgs, regions, days, ended, outcomes, resolved, strict=True)


def _place(case: CaseStatement) -> tuple[str, str, str]:
    return case.indicator, case.org, case.region


def _entries(
    context: EvaluationContext, case: CaseStatement, indicator: Indicator, granted: GrantedDays
) -> tuple[RollupEntry, ...]:
    if case.details is None and indicator.clock.limit != "deadline":
        ended = None if case.completed_us is None else day_number(case.completed_us)
        accepted = day_number(case.accepted_us)
        return _by_days(context, indicator, accepted, ended, case.outcome, case.resolved)
    days = granted.to(case.key, indicator)
    return entries(case.content, indicator, context.day, context.workdays, days)


def _by_days(
    context: EvaluationContext,
    indicator: Indicator,
    accepted: int,
    completed: int | None,
    outcome: CaseOutcome,
    resolved: bool | None,  # noqa: FBT001 - in the order of the columns
) -> tuple[RollupEntry, ...]:
    """Return what a case without details adds; of equal ones always the same object."""
    way = indicator.code, context.day, accepted, completed, outcome == "withdrawn", resolved
    counted = context.ruleset.counted
    found = counted.get(way)
    if found is None:
        if len(counted) >= COUNTED_AT_MOST:
            counted.clear()
        ended = None if completed is None else noon_of(completed)
        content = CaseContent("", noon_of(accepted), ended, outcome, resolved)
        made = entries(content, indicator, context.day, context.workdays)
        found = counted[way] = counted.setdefault(made, made)
    return found
