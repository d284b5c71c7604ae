"""Take one submission as a whole: settle its rows, mend the roll-ups, judge what it touched."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from duibiao.workdays import local_day
from services.indicators.domain.rows import (
    Applied,
    CaseStatement,
    Changes,
    FigureStatement,
    Receipt,
    ReportStatement,
    VerdictChange,
)
from services.indicators.domain.statements import Outcome, first_receipt, settle
from services.indicators.domain.submission import (
    CaseKey,
    FigureKey,
    ReportKey,
    RowCounts,
    Submission,
)
from services.indicators.domain.yardstick import Yardstick
from services.indicators.ports import Ledger
from services.indicators.usecases.count_cases import mend
from services.indicators.usecases.evidence import Evidence, verdict_period
from services.indicators.usecases.judge_series import judge_scope, scope_of
from services.indicators.usecases.pass_day import footing_on, pass_day
from services.indicators.usecases.settle_duties import settle_duties
from services.indicators.usecases.sitting import Sitting

S = TypeVar("S", FigureStatement, CaseStatement, ReportStatement)
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
    tally = _Tally()
    touched = _take_figures(sitting, submission, tally) | _take_cases(sitting, submission, tally)
    verdicts = _judge(sitting, touched)
    reported = _take_reports(sitting, submission, tally)
    duties = settle_duties(sitting, submission.org, reported)
    counts = tally.counts()
    ledger.save_applied(submission.id, counts, now)
    changes = Changes((*passed.verdicts, *verdicts), (*passed.duties, *duties))
    return Applied(counts, changes)


def _indicators(submission: Submission) -> list[str]:
    observed = {row.indicator for row in submission.observations}
    return sorted(observed | {row.indicator for row in submission.cases})


@dataclass(slots=True)
class _Tally:
    outcomes: dict[Outcome, int] = field(default_factory=lambda: defaultdict(int))

    def counts(self) -> RowCounts:
        return RowCounts(
            self.outcomes["accepted"], self.outcomes["duplicate"], self.outcomes["revised"]
        )


def _take_figures(sitting: Sitting, submission: Submission, tally: _Tally) -> Touched:
    ledger = sitting.ledger
    incoming = [
        FigureStatement(
            FigureKey(row.indicator, submission.org, row.region, row.period),
            row.content,
            row.stated_at,
            submission.id,
            submission.received_at,
        )
        for row in submission.observations
    ]
    standing = dict(ledger.figures([statement.key for statement in incoming]))
    taken = _settle(sitting, standing, incoming, tally)
    ledger.save_figures(taken.standing)
    touched: Touched = set()
    for _, new in taken.moved:
        indicator = sitting.register.indicators.get(new.key.indicator)
        period = verdict_period(new.key.period, indicator) if indicator else None
        if period is not None:
            touched.add((new.key.indicator, new.key.org, new.key.region, period))
    return touched


def _take_cases(sitting: Sitting, submission: Submission, tally: _Tally) -> Touched:
    ledger = sitting.ledger
    incoming = [
        CaseStatement(
            CaseKey(submission.org, row.case_no, row.indicator),
            row.content,
            row.stated_at,
            submission.id,
            submission.received_at,
        )
        for row in submission.cases
    ]
    standing = dict(ledger.cases([statement.key for statement in incoming]))
    taken = _settle(sitting, standing, incoming, tally)
    changed = mend(sitting, taken.moved)
    ledger.save_cases(taken.standing)
    return {rollup.key for rollup in changed}


def _take_reports(sitting: Sitting, submission: Submission, tally: _Tally) -> set[tuple[str, str]]:
    """Settle the progress reports; return the (measure, period) whose duty they may have met."""
    ledger = sitting.ledger
    about = {(row.measure, row.period) for row in submission.reports}
    standing = {report.key: report for report in ledger.reports(submission.org, about)}
    incoming = []
    for row in submission.reports:
        day = row.content.received_on or local_day(submission.received_at)
        report = ReportStatement(
            ReportKey(submission.org, row.measure, row.milestone, row.period),
            row.content,
            row.stated_at,
            submission.id,
            submission.received_at,
            Receipt(day, submission.received_at, submission.id),
        )
        known = standing.get(report.key)
        merged = first_receipt(known, report)
        if known is not None:
            standing[report.key] = replace(known, first=merged.first)
        incoming.append(merged)
    taken = _settle(sitting, standing, incoming, tally)
    # A receipt may be the first though its content does not count: keep it on what stands.
    settled = standing | {report.key: report for report in taken.standing}
    ledger.save_reports([settled[key] for key in {report.key for report in incoming}])
    return about


@dataclass(slots=True)
class _Taken(Generic[S]):
    """What must be saved as standing, and whose content moved (old or None, new)."""

    standing: list[S] = field(default_factory=list)
    moved: list[tuple[S | None, S]] = field(default_factory=list)


def _settle(
    sitting: Sitting, standing: Mapping[Any, S], incoming: Sequence[S], tally: _Tally
) -> _Taken[S]:
    """Settle statements of one kind, keep what does not count, and say what is to be saved."""
    differing = [
        statement
        for statement in incoming
        if (known := standing.get(statement.key)) and known.content != statement.content
    ]
    said = sitting.ledger.said(differing)
    taken: _Taken[S] = _Taken()
    current, kept = dict(standing), []
    for statement in incoming:
        known = current.get(statement.key)
        settled = settle(known, said.get(statement.key, ()), statement)
        tally.outcomes[settled.outcome] += 1
        if settled.touched:
            current[statement.key] = settled.standing
            taken.standing.append(settled.standing)
        if settled.moved:
            taken.moved.append((known, settled.standing))
        if settled.kept is not None:
            kept.append(settled.kept)
    sitting.ledger.keep(kept)
    return taken


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
