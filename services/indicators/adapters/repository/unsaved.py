"""`UnsavedRepository`: what is kept, and beside it what is saved for this one use alone."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import Connection

from services.indicators.adapters.repository.repository import SqlRepository
from services.indicators.domain.rows import DutyKey, DutyRow, Rollup, VerdictChange


class UnsavedRepository(SqlRepository):
    """For judging over what is kept: what that saves is not written.

    Roll-ups of an indicator that is counted anew are read back from memory. Nobody saves
    statements or decisions through it.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._counted: dict[str, dict[str, list[Rollup]]] = {}

    def rollups(self, indicator: str, periods: Collection[str]) -> Sequence[Rollup]:
        counted = self._counted.get(indicator)
        if counted is None:
            return super().rollups(indicator, periods)
        return [rollup for period in periods for rollup in counted.get(period, ())]

    def clear_rollups(self, indicator: str) -> None:
        self._counted[indicator] = defaultdict(list)

    def save_rollups(self, rollups: Sequence[Rollup]) -> None:
        for one in rollups:
            if one.key.indicator in self._counted:
                self._counted[one.key.indicator][one.key.period].append(one)

    def periods_with_data(self, indicator: str) -> Collection[str]:
        return {*super().periods_with_data(indicator), *self._counted.get(indicator, ())}

    def save_verdicts(self, changes: Sequence[VerdictChange]) -> None:
        del changes

    def save_duties(self, rows: Sequence[DutyRow]) -> None:
        del rows

    def drop_duties(self, keys: Collection[DutyKey]) -> None:
        del keys
