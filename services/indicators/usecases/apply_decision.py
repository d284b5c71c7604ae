"""Judge again what a decision on a waiver touches. Closing and reopening change no verdict."""

from collections.abc import Callable
from datetime import datetime

from duibiao.register import parse
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
    waiver = waivers_of(repository.decisions("waiver")).get(decision.subject)
    targets = {target.id: target for target in ruleset.register.targets}
    if waiver is None or waiver.target not in targets or waiver.state == "requested":
        return passed
    target = targets[waiver.target]
    checkpoint = repository.checkpoint() or checkpoint_on(ruleset, local_day(now))
    context = EvaluationContext(repository, ruleset, checkpoint.judged_day, now, new_id)
    judged = {verdict.row.period for verdict in repository.verdicts(target.id)}
    periods = [period for period in map(parse, sorted(judged)) if period.last >= waiver.first]
    indicator = ruleset.register.indicators[target.indicator]
    verdicts = judge_periods(context, indicator, periods)
    EvidenceCache().end(repository)
    return Changes((*passed.verdicts, *verdicts), passed.duties)
