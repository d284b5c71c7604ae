"""Take one submission as a whole: settle its rows, update the roll-ups, judge what it touched."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from duibiao.workdays import local_day
from services.indicators.domain.criterion import Ruleset
from services.indicators.domain.rows import Applied, Changes, Rollup, RollupKey, VerdictChange
from services.indicators.domain.submission import FigureStatement, Submission
from services.indicators.ports import Repository
from services.indicators.usecases.context import EvaluationContext
from services.indicators.usecases.count_cases import update_rollups
from services.indicators.usecases.evaluate import judge_scope, scope_of
from services.indicators.usecases.evidence import EvidenceCache, verdict_period
from services.indicators.usecases.pass_day import checkpoint_on, pass_day
from services.indicators.usecases.settle_duties import settle_duties
from services.indicators.usecases.take_rows import take_rows


def apply_submission(
    repository: Repository,
    ruleset: Ruleset,
    submission: Submission,
    cache: EvidenceCache,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> Applied:
    """Apply a submission and return its counts and what changed.

    Brings the repository to the day of `now` first where it stands on an earlier one. Applying the
    same submission again changes nothing.
    """
    earlier = repository.applied(submission.id)
    if earlier is not None:
        return Applied(earlier, Changes(), repeated=True)
    passed = pass_day(repository, ruleset, now=now, new_id=new_id)
    cache.begin(repository)
    checkpoint = repository.checkpoint() or checkpoint_on(ruleset, local_day(now))
    context = EvaluationContext(repository, ruleset, checkpoint.judged_day, now, new_id)
    taken = take_rows(repository, submission)
    rollups = update_rollups(context, taken.new_cases, taken.cases, taken.decided)
    verdicts = _judge(context, taken.figures, rollups, cache)
    duties = settle_duties(context, submission.org, taken.reported)
    repository.save_applied(submission, taken.counts, now)
    cache.end(repository)
    changes = Changes((*passed.verdicts, *verdicts), (*passed.duties, *duties))
    return Applied(taken.counts, changes)


def _touched(context: EvaluationContext, figures: Iterable[FigureStatement]) -> set[RollupKey]:
    touched = set()
    for figure in figures:
        code, org, region, of = figure.key
        indicator = context.register.indicators.get(code)
        period = verdict_period(of, indicator) if indicator else None
        if period is not None:
            touched.add(RollupKey(code, period, org, region))
    return touched


def _judge(
    context: EvaluationContext,
    figures: Sequence[FigureStatement],
    rollups: Sequence[Rollup],
    cache: EvidenceCache,
) -> list[VerdictChange]:
    leaves: dict[str, list[RollupKey]] = defaultdict(list)
    for key in _touched(context, figures) | {rollup.key for rollup in rollups}:
        leaves[key.indicator].append(key)
    changes: list[VerdictChange] = []
    for code in sorted(leaves):
        indicator = context.register.indicators[code]
        evidence = cache.of(context.repository, indicator)
        evidence.update(figures, rollups)
        scope = scope_of(leaves[code], context.register.city)
        changes += judge_scope(context, indicator, scope, evidence)
    return changes
