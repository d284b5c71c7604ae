"""What verdicts would say by another register or calendar. Nothing is kept."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from duibiao.workdays import local_day
from services.indicators.domain.criterion import Ruleset
from services.indicators.domain.rows import VerdictRow
from services.indicators.ports import Repository
from services.indicators.usecases.context import EvaluationContext
from services.indicators.usecases.pass_day import begin_anew, checkpoint_on, judge_indicator


class Preview(NamedTuple):
    """A row as it stands and as it would: None where there is none. At least one is there."""

    before: VerdictRow | None
    after: VerdictRow | None

    @property
    def row(self) -> VerdictRow:
        found = self.after or self.before
        if found is None:
            raise ValueError("a row that never was")
        return found

    @property
    def flips(self) -> bool:
        return self.before is None or self.after is None or self.before.status != self.after.status


def preview(
    repository: Repository,
    ruleset: Ruleset,
    target: str | None = None,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> list[Preview]:
    """Judge all rows, or those of one target, by a ruleset as it would on the day judged last.

    The repository lends what is saved to this alone. Rows are in the order of target, org, region
    and period.
    """
    checkpoint = repository.checkpoint()
    day = local_day(now) if checkpoint is None else checkpoint.judged_day
    context = EvaluationContext(repository, ruleset, day, now, new_id)
    targets = repository.judged_targets() if target is None else (target,)
    before = {_key(one.row): one.row for code in targets for one in repository.verdicts(code)}
    if target is None:
        changes, _ = begin_anew(context, checkpoint, checkpoint_on(ruleset, day))
    else:
        code = ruleset.register.target(target).indicator
        found = judge_indicator(context, ruleset.register.indicators[code])
        changes = [change for change in found if change.verdict.row.target == target]
    after: dict[tuple[str, ...], VerdictRow | None] = dict(before)
    for change in changes:
        after[_key(change.verdict.row)] = None if change.removed else change.verdict.row
    return [Preview(before.get(key), after[key]) for key in sorted(after)]


def _key(row: VerdictRow) -> tuple[str, ...]:
    return row.target, row.org or "", row.region, row.period
