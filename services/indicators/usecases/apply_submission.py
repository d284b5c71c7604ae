"""Take one submission as a whole: settle its rows, mend the roll-ups, judge what it touched."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from duibiao.workdays import local_day
from services.indicators.domain.rows import Applied, Changes, FigureStatement, Rollup, VerdictChange
from services.indicators.domain.submission import Submission
from services.indicators.domain.yardstick import Yardstick
from services.indicators.ports import Ledger
from services.indicators.usecases.count_cases import mend
from services.indicators.usecases.evidence import EvidenceCache, verdict_period
from services.indicators.usecases.judge_series import judge_scope, scope_of
from services.indicators.usecases.pass_day import footing_on, pass_day
from services.indicators.usecases.settle_duties import settle_duties
from services.indicators.usecases.sitting import Sitting
from services.indicators.usecases.take_rows import take_rows

Touched = set[tuple[str, str, str, str]]
"""(indicator, org, region, period of the indicator's type) whose data changed."""


def apply_submission(
    ledger: Ledger,
    yardstick: Yardstick,
    submission: Submission,
    cache: EvidenceCache,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> Applied:
    """Apply a submission and return its counts and what changed.

    Brings the ledger to the day of `now` first where it stands on an earlier one. Applying the
    same submission again changes nothing.
    """
    earlier = ledger.applied(submission.id)
    if earlier is not None:
        return Applied(earlier, Changes(), repeated=True)
    passed = pass_day(ledger, yardstick, now=now, new_id=new_id)
    cache.begin(ledger)
    footing = ledger.footing() or footing_on(yardstick, local_day(now))
    sitting = Sitting(ledger, yardstick, footing.judged_day, now, new_id)
    taken = take_rows(ledger, submission)
    rollups = mend(sitting, taken.cases, taken.decided)
    verdicts = _judge(sitting, taken.figures, rollups, cache)
    duties = settle_duties(sitting, submission.org, taken.reported)
    ledger.save_applied(submission.id, taken.counts, now)
    cache.end(ledger)
    changes = Changes((*passed.verdicts, *verdicts), (*passed.duties, *duties))
    return Applied(taken.counts, changes)


def _touched(sitting: Sitting, figures: Iterable[FigureStatement]) -> Touched:
    touched: Touched = set()
    for figure in figures:
        indicator = sitting.register.indicators.get(figure.key.indicator)
        period = verdict_period(figure.key.period, indicator) if indicator else None
        if period is not None:
            touched.add((figure.key.indicator, figure.key.org, figure.key.region, period))
    return touched


def _judge(
    sitting: Sitting,
    figures: Sequence[FigureStatement],
    rollups: Sequence[Rollup],
    cache: EvidenceCache,
) -> list[VerdictChange]:
    leaves: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for code, *leaf in _touched(sitting, figures) | {rollup.key for rollup in rollups}:
        leaves[code].append(tuple(leaf))  # type: ignore[arg-type]
    changes: list[VerdictChange] = []
    for code in sorted(leaves):
        indicator = sitting.register.indicators[code]
        evidence = cache.of(sitting.ledger, indicator)
        evidence.update(
            (figure for figure in figures if figure.key.indicator == code),
            (rollup for rollup in rollups if rollup.key.indicator == code),
        )
        scope = scope_of(leaves[code], sitting.register.city)
        changes += judge_scope(sitting, indicator, scope, evidence)
    return changes
