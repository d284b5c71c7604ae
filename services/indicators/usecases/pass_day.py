"""Bring all verdicts and duties to a day and to a register: the clock and the start call this."""

from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import date, datetime

from duibiao.register import Indicator, Period, parse
from duibiao.workdays import local_day
from services.indicators.domain.criterion import Ruleset
from services.indicators.domain.durations import periods_between
from services.indicators.domain.rows import Changes, Checkpoint, DutyRow, VerdictChange
from services.indicators.ports import Repository
from services.indicators.usecases.context import EvaluationContext
from services.indicators.usecases.count_cases import carry_on, recount
from services.indicators.usecases.evaluate import Place, around, judge_scope, withdraw
from services.indicators.usecases.evidence import Evidence, EvidenceCache, verdict_period
from services.indicators.usecases.settle_duties import settle_all_duties, settle_open_duties


def pass_day(
    repository: Repository, ruleset: Ruleset, *, now: datetime, new_id: Callable[[], str]
) -> Changes:
    """Judge anew what the day of `now` (Asia/Shanghai) changes, and return what changed.

    An empty repository gets its first verdicts and duties. Where the register or the calendar is
    another than the kept verdicts rest on, everything is counted and judged anew. Nothing happens
    when day, register and calendar are those of the checkpoint; a day already passed never comes
    back.
    """
    today, checkpoint = local_day(now), repository.checkpoint()
    same = checkpoint is not None and same_ruleset(checkpoint, ruleset)
    if checkpoint is not None and same and checkpoint.judged_day >= today:
        return Changes()
    day = today if checkpoint is None else max(today, checkpoint.judged_day)
    wanted = checkpoint_on(ruleset, day)
    context = EvaluationContext(repository, ruleset, day, now, new_id)
    if checkpoint is not None and same:
        verdicts, duties = _go_on(context, checkpoint.judged_day)
    else:
        verdicts, duties = begin_anew(context, checkpoint, wanted)
    repository.save_checkpoint(wanted)
    EvidenceCache().end(repository)
    return Changes(tuple(verdicts), tuple(duties))


def judge_anew(
    repository: Repository, ruleset: Ruleset, day: date, *, now: datetime, new_id: Callable[[], str]
) -> Changes:
    """Count every case and judge every row anew up to a day; return what differs from what stood.

    A verdict that stands and comes out the same keeps its id, as on any other day.
    """
    context = EvaluationContext(repository, ruleset, day, now, new_id)
    wanted = checkpoint_on(ruleset, day)
    verdicts, duties = begin_anew(context, None, wanted)
    repository.save_checkpoint(wanted)
    return Changes(tuple(verdicts), tuple(duties))


def same_ruleset(checkpoint: Checkpoint, ruleset: Ruleset) -> bool:
    """Whether verdicts that rest on `checkpoint` were judged by this register and calendar."""
    return checkpoint == checkpoint_on(ruleset, checkpoint.judged_day)


def checkpoint_on(ruleset: Ruleset, day: date) -> Checkpoint:
    """Return what verdicts rest on when judged by a ruleset up to a day."""
    register, workdays = ruleset.register, ruleset.workdays
    return Checkpoint(day, register.version, workdays.version, ruleset.counted_by)


def begin_anew(
    context: EvaluationContext, checkpoint: Checkpoint | None, wanted: Checkpoint
) -> tuple[list[VerdictChange], list[DutyRow]]:
    """Judge every row, counting the cases of those indicators anew that were counted otherwise."""
    verdicts: list[VerdictChange] = []
    for code, indicator in sorted(context.register.indicators.items()):
        if checkpoint is not None and checkpoint.counted_by.get(code) == wanted.counted_by[code]:
            carry_on(context, indicator, checkpoint.judged_day)
        else:
            recount(context, indicator)
        verdicts += judge_indicator(context, indicator)
    counted = set() if checkpoint is None else set(checkpoint.counted_by)
    for code in sorted(counted - wanted.counted_by.keys()):
        context.repository.clear_rollups(code)
    known = {target.id for target in context.register.targets}
    for target in sorted(set(context.repository.judged_targets()) - known):
        verdicts += withdraw(context, context.repository.verdicts(target))
    return verdicts, settle_all_duties(context)


def _go_on(context: EvaluationContext, since: date) -> tuple[list[VerdictChange], list[DutyRow]]:
    """Judge the periods that ran at any time from the last judged day to this one."""
    verdicts: list[VerdictChange] = []
    for _, indicator in sorted(context.register.indicators.items()):
        carry_on(context, indicator, since)
        running = list(periods_between(since, context.day, indicator))
        verdicts += judge_periods(context, indicator, running)
    return verdicts, settle_open_duties(context)


def judge_indicator(context: EvaluationContext, indicator: Indicator) -> list[VerdictChange]:
    """Judge every row of an indicator that stands, or should."""
    window = context.register.window
    codes = {
        code
        for data in context.repository.periods_with_data(indicator.code)
        if (code := verdict_period(data, indicator)) is not None
    }
    begun = min(window.last, context.day)
    codes |= {period.code for period in periods_between(window.first, begun, indicator)}
    for target in context.register.targets_of(indicator.code):
        codes |= {kept.row.period for kept in context.repository.verdicts(target.id)}
    return judge_periods(context, indicator, [parse(code) for code in sorted(codes)])


def judge_periods(
    context: EvaluationContext, indicator: Indicator, periods: Collection[Period]
) -> list[VerdictChange]:
    """Judge every row that stands, or should, in some periods."""
    evidence, city = Evidence(context.repository, indicator), context.register.city
    own = {period.code: period for period in periods if period.type == indicator.period_type}
    evidence.load(own.values())
    scope: dict[Place, set[str]] = defaultdict(set)
    for code, period in own.items():
        for org, region in evidence.leaves(period):
            for place in around(org, region, city):
                scope[place].add(code)
    codes = {period.code for period in periods}
    scope[None, city] |= codes
    for target in context.register.targets_of(indicator.code):
        for kept in context.repository.verdicts(target.id):
            if kept.row.period in codes:
                scope[kept.row.org, kept.row.region].add(kept.row.period)
    return judge_scope(context, indicator, scope, evidence)
