"""Judge again what a decision on a waiver touches. Others change no verdict."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from duibiao.register import Period, parse
from duibiao.workdays import local_day
from services.indicators.domain.criterion import Ruleset
from services.indicators.domain.decisions import Decision, waivers_of
from services.indicators.domain.rows import Changes
from services.indicators.ports import Repository
from services.indicators.usecases.context import EvaluationContext
from services.indicators.usecases.evidence import EvidenceCache
from services.indicators.usecases.pass_day import checkpoint_on, judge_periods, pass_day


def apply_decision(
    repository: Repository,
    ruleset: Ruleset,
    decision: Decision,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> Changes:
    """Keep a decision and return what it changes; the same one once more changes nothing."""
    repository.save_decision(decision)
    passed = pass_day(repository, ruleset, now=now, new_id=new_id)
    decisions = repository.decisions("waiver")
    waiver = waivers_of(decisions).get(decision.subject)
    targets = {target.id: target for target in ruleset.register.targets}
    if waiver is None or waiver.target not in targets or not waiver.in_force:
        return passed
    checkpoint = repository.checkpoint() or checkpoint_on(ruleset, local_day(now))
    context = EvaluationContext(repository, ruleset, checkpoint.judged_day, now, new_id)
    asked = _last_day(decisions, waiver.id)
    judged = {verdict.row.period for verdict in repository.verdicts(waiver.target)}
    periods = [one for one in map(parse, sorted(judged)) if _touches(one, waiver.first, asked)]
    indicator = ruleset.register.indicators[targets[waiver.target].indicator]
    verdicts = judge_periods(context, indicator, periods)
    EvidenceCache().end(repository)
    return Changes((*passed.verdicts, *verdicts), passed.duties)


def _last_day(decisions: Sequence[Decision], waiver: str) -> date:
    """Return the last day that a waiver was asked for, though it may have been ended since."""
    request = next(one for one in decisions if one.id == waiver)
    return date.fromisoformat(request.said["until"])


def _touches(period: Period, first: date, last: date) -> bool:
    return period.first <= last and first <= period.last
