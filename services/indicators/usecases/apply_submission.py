"""Take one submission as a whole: settle its rows, mend the roll-ups, judge what it touched."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime

from duibiao.workdays import local_day
from services.indicators.domain.rows import Applied, Changes, FigureStatement, VerdictChange
from services.indicators.domain.submission import Submission
from services.indicators.domain.yardstick import Yardstick
from services.indicators.ports import Ledger
from services.indicators.usecases.count_cases import mend
from services.indicators.usecases.evidence import Evidence, verdict_period
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
    ledger.lock(_indicators(submission))
    footing = ledger.footing() or footing_on(yardstick, local_day(now))
    sitting = Sitting(ledger, yardstick, footing.judged_day, now, new_id)
    taken = take_rows(ledger, submission)
    counted = {rollup.key for rollup in mend(sitting, taken.cases, taken.decided)}
    verdicts = _judge(sitting, _touched(sitting, taken.figures) | counted)
    duties = settle_duties(sitting, submission.org, taken.reported)
    ledger.save_applied(submission.id, taken.counts, now)
    changes = Changes((*passed.verdicts, *verdicts), (*passed.duties, *duties))
    return Applied(taken.counts, changes)


def _indicators(submission: Submission) -> list[str]:
    observed = {row.indicator for row in submission.observations}
    decided = {row.indicator for row in submission.approvals}
    return sorted(observed | decided | {row.indicator for row in submission.cases})


def _touched(sitting: Sitting, figures: Iterable[FigureStatement]) -> Touched:
    touched: Touched = set()
    for figure in figures:
        indicator = sitting.register.indicators.get(figure.key.indicator)
        period = verdict_period(figure.key.period, indicator) if indicator else None
        if period is not None:
            touched.add((figure.key.indicator, figure.key.org, figure.key.region, period))
    return touched


def _judge(sitting: Sitting, touched: Touched) -> list[VerdictChange]:
    leaves: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for code, org, region, period in touched:
        leaves[code].append((org, region, period))
    changes: list[VerdictChange] = []
    for code in sorted(leaves):
        indicator = sitting.register.indicators[code]
        scope = scope_of(leaves[code], sitting.register.city)
        evidence = Evidence(sitting.ledger, indicator)
        changes += judge_scope(sitting, indicator, scope, evidence)
    return changes
