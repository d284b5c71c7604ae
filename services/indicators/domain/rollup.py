"""Changes of roll-ups: what a submission takes back and adds, gathered and applied at once."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from services.indicators.domain.durations import Entry
from services.indicators.domain.histogram import Duration
from services.indicators.domain.rows import Rollup, RollupKey
from services.indicators.domain.submission import CaseStatement


@dataclass(slots=True)
class _Delta:
    completed: Counter[Duration] = field(default_factory=Counter)
    open: Counter[Duration] = field(default_factory=Counter)
    accepted: int = 0
    resolved: int = 0


class RollupChanges:
    """Changes to roll-ups, gathered case by case. Not shared between threads."""

    def __init__(self) -> None:
        self._deltas: dict[tuple[str, str, str, str], _Delta] = {}

    def add(self, case: CaseStatement, entries: Iterable[Entry]) -> None:
        """Count a case in."""
        self.count((case.indicator, case.org, case.region), entries, 1)

    def take_back(self, case: CaseStatement, entries: Iterable[Entry]) -> None:
        """Count a case out again, by the entries it was counted in with."""
        self.count((case.indicator, case.org, case.region), entries, -1)

    @property
    def keys(self) -> tuple[RollupKey, ...]:
        """The roll-ups to be changed."""
        return tuple(map(RollupKey._make, self._deltas))

    def applied(self, kept: Mapping[RollupKey, Rollup]) -> list[Rollup]:
        """Return the changed roll-ups, made from those kept (absent = empty).

        Raises:
            ValueError: something is taken back that was never counted.

        """
        changed = []
        for place, delta in self._deltas.items():
            key = RollupKey._make(place)
            old = kept.get(key) or Rollup(key)
            new = Rollup(
                key,
                old.completed.changed(delta.completed),
                old.open.changed(delta.open),
                old.accepted + delta.accepted,
                old.resolved + delta.resolved,
            )
            if min(new.accepted, new.resolved) < 0:
                raise ValueError(f"{key} would count less than nothing")
            if new != old:
                changed.append(new)
        return changed

    def count(self, place: tuple[str, str, str], entries: Iterable[Entry], number: int) -> None:
        """Count so many cases of an indicator, org and region in, or out where negative."""
        for period, slot, duration in entries:
            key = (*place, period)
            delta = self._deltas.get(key)
            if delta is None:
                delta = self._deltas[key] = _Delta()
            if duration is None:
                setattr(delta, slot, getattr(delta, slot) + number)
            else:
                getattr(delta, slot)[duration] += number


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
