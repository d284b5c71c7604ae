"""What one case adds to the roll-ups, and when (domain.md sections 3 to 5).

A case's own dates decide: the period it was completed in, each period at whose end it was still
open, the period it was accepted in. Taking back what it added before, and adding what it adds now,
mends the roll-ups exactly, however late the news of it came.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

from duibiao.register import Indicator, Period, containing
from duibiao.workdays import SHANGHAI, Workdays, from_us, local_day
from services.indicators.domain.case_clock import NOTHING_GRANTED, case_clock
from services.indicators.domain.histogram import Duration
from services.indicators.domain.rows import Rollup, RollupKey
from services.indicators.domain.submission import CaseContent, Granted

Slot = Literal["completed", "open", "accepted", "resolved"]
# Version of the rules below; another one makes every roll-up be counted anew.
RULE = "2"

_DAY_US: Final = 24 * 3600 * 1_000_000
_SHANGHAI_US: Final = 8 * 3600 * 1_000_000
_SETTLED_US: Final = 22 * 365 * _DAY_US  # since the end of 1991 Shanghai has been 8 hours ahead
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


class RollupEntry(NamedTuple):
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
) -> tuple[RollupEntry, ...]:
    """Return everything a case adds to roll-ups of its indicator, up to the judged day.

    For `mean` and `each` the days it lasted where it was completed, and where it was open at a
    period's end, or is on the judged day of the running one; for `share` where it was accepted and
    whether it is resolved. A `latest` indicator counts no cases.
    """
    if case.outcome == "withdrawn":
        return ()
    if indicator.statistic == "share":
        return tuple(_handled(case, indicator))
    if indicator.statistic == "latest":
        return ()

    def duration(day: date) -> Duration:
        return case_clock(case, indicator, day, workdays, granted)

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
    return case_clock(case, indicator, day, workdays, granted)


def counted_by(indicator: Indicator, calendar_version: str) -> str:
    """Name the way an indicator's cases are counted; two equal names mean equal roll-ups."""
    start = "with-start-day" if indicator.count_start_day else "after-start-day"
    kind = f"{indicator.statistic}/{indicator.period_type}/{indicator.unit}/{start}"
    rules = indicator.clock
    caps = f"{rules.limit}/{rules.max_paused}/{rules.max_extension}"
    approved = f"{rules.approve_pauses_over}/{rules.approve_extensions}"
    return f"{RULE}/{kind}/{caps}/{approved}/{calendar_version}"


def periods_between(first: date, last: date, indicator: Indicator) -> Iterator[Period]:
    """Yield the periods of the indicator's type that hold the days first to last."""
    period = containing(first, indicator.period_type)
    while period.first <= last:
        yield period
        period = period.next()


def _handled(case: CaseContent, indicator: Indicator) -> Iterator[RollupEntry]:
    period = containing(local_day(case.accepted_at), indicator.period_type).code
    yield RollupEntry(period, "accepted")
    if case.resolved:
        yield RollupEntry(period, "resolved")


def _lasted(
    case: CaseContent, indicator: Indicator, judged_day: date, duration: Callable[[date], Duration]
) -> Iterator[RollupEntry]:
    accepted = local_day(case.accepted_at)
    last_open = judged_day
    if case.completed_at is not None:
        completed = local_day(case.completed_at)
        last_open = min(last_open, date.fromordinal(completed.toordinal() - 1))
        period = containing(completed, indicator.period_type)
        yield RollupEntry(period.code, "completed", duration(completed))
    if accepted > last_open:
        return
    for period in periods_between(accepted, last_open, indicator):
        day = min(period.last, judged_day)
        if day <= last_open:
            yield RollupEntry(period.code, "open", duration(day))


def noon_of(day_number: int) -> datetime:
    return datetime.combine(date.fromordinal(day_number), time(12), SHANGHAI)


def day_number(us: int) -> int:
    if us >= _SETTLED_US:
        return _EPOCH_DAY + (us + _SHANGHAI_US) // _DAY_US
    return _early_day(us)


@lru_cache(maxsize=4_096)
def _early_day(us: int) -> int:
    return local_day(from_us(us)).toordinal()


Place = tuple[str, str, str]


class RollupChanges:
    """Changes to roll-ups, gathered case by case. Not shared between threads."""

    def __init__(self) -> None:
        self._deltas: dict[RollupKey, dict[Slot, Counter[Any]]] = {}

    @property
    def keys(self) -> tuple[RollupKey, ...]:
        return tuple(self._deltas)

    def applied(self, kept: Mapping[RollupKey, Rollup]) -> list[Rollup]:
        """Return the changed roll-ups, made from those kept (absent = empty).

        Raises:
            ValueError: something is taken back that was never counted.

        """
        changed = []
        for key, delta in self._deltas.items():
            old = kept.get(key) or Rollup(key)
            new = Rollup(
                key,
                old.completed.changed(delta["completed"]),
                old.open.changed(delta["open"]),
                old.accepted + delta["accepted"][None],
                old.resolved + delta["resolved"][None],
            )
            if min(new.accepted, new.resolved) < 0:
                raise ValueError(f"{key} would count less than nothing")
            if new != old:
                changed.append(new)
        return changed

    def count(self, place: Place, entries: Iterable[RollupEntry], number: int = 1) -> None:
        """Count so many cases of an (indicator, org, region) in, or out where negative."""
        indicator, org, region = place
        for period, slot, duration in entries:
            key = RollupKey(indicator, period, org, region)
            self._deltas.setdefault(key, defaultdict(Counter))[slot][duration] += number


def with_open(
    kept: Iterable[Rollup], now_open: Mapping[RollupKey, Counter[Duration]]
) -> list[Rollup]:
    """Return the roll-ups whose open cases are other than those kept, with the new ones in."""
    by_key = {rollup.key: rollup for rollup in kept}
    changed = []
    for key in by_key.keys() | now_open.keys():
        old = by_key.get(key) or Rollup(key)
        new = replace(old, open=Rollup(key).open.changed(now_open.get(key, Counter())))
        if new != old:
            changed.append(new)
    return changed
