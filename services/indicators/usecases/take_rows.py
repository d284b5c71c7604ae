"""Settle the rows of one submission against what stands: the first half of applying it.

Knows nothing of days, roll-ups or verdicts, so the same rows in the same order always come to the
same, whenever that is done.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from services.indicators.domain.statements import Outcome, first_receipt, settle
from services.indicators.domain.submission import (
    CaseKey,
    CaseStatement,
    FigureStatement,
    ReportStatement,
    RowCounts,
    Submission,
)
from services.indicators.ports import Repository
from services.indicators.usecases.context import Decided

S = TypeVar("S", FigureStatement, CaseStatement, ReportStatement)
MovedCase = tuple[CaseStatement | None, CaseStatement]


@dataclass(frozen=True, slots=True)
class TakenRows:
    """What became of the rows.

    `figures`: those whose content moved. `new_cases`: plain rows of the table. `cases`: those whose
    content moved, as (old or None, new). `reported`: the (measure, period) whose duty may have been
    met. `decided`: approvals that moved; the cases they speak of are among `cases`.
    """

    counts: RowCounts
    figures: Sequence[FigureStatement]
    new_cases: Sequence[CaseStatement]
    cases: Sequence[MovedCase]
    reported: set[tuple[str, str]]
    decided: Sequence[Decided]


def take_rows(repository: Repository, submission: Submission) -> TakenRows:
    """Settle all rows, save what stands and keep what does not."""
    counters: Counter[Outcome] = Counter()
    figures = _take_figures(repository, submission, counters)
    new_cases, cases = _take_cases(repository, submission, counters)
    reported = _take_reports(repository, submission, counters)
    decided = _take_approvals(repository, submission, counters)
    if decided:
        moved = {new.key for _, new in cases}  # decisions and cases never come together
        spoken_of = repository.cases({new.case for _, new in decided} - moved)
        cases += [(case, case) for case in spoken_of.values()]
    counts = RowCounts(counters["accepted"], counters["duplicate"], counters["revised"])
    return TakenRows(counts, figures, new_cases, cases, reported, decided)


def _take_figures(
    repository: Repository, submission: Submission, counters: Counter[Outcome]
) -> list[FigureStatement]:
    incoming = submission.observations
    keys = {statement.key for statement in incoming}
    stand, moved = _settle(repository, repository.figures(keys), incoming, counters, len(keys))
    repository.save_figures(stand)
    return [new for _, new in moved]


def _take_cases(
    repository: Repository, submission: Submission, counters: Counter[Outcome]
) -> tuple[Sequence[CaseStatement], list[MovedCase]]:
    """Return the cases that are new, and those whose content moved.

    Most are new: they are put in first, and only where some were known is anything looked up.
    """
    rows = submission.cases
    added = repository.add_cases(rows)
    counters["accepted"] += added
    if added == len(rows):
        return rows, []
    found = repository.cases([CaseKey._make(row[:3]) for row in rows])
    standing = {key: case for key, case in found.items() if case.submission_id != submission.id}
    new: dict[CaseKey, CaseStatement] = {}
    incoming = []
    for case in map(CaseStatement._make, rows):
        if case.key in new:  # twice in one request: the first was put in
            standing[case.key] = new[case.key]
        if case.key in standing:
            incoming.append(case)
        else:
            new[case.key] = case
    stand, moved = _settle(repository, standing, incoming, counters, len(standing))
    repository.save_cases(stand)
    return list(new.values()), moved


def _take_reports(
    repository: Repository, submission: Submission, counters: Counter[Outcome]
) -> set[tuple[str, str]]:
    """Settle the progress reports; return the (measure, period) whose duty they may have met."""
    about = {(report.key.measure, report.key.period) for report in submission.reports}
    standing = {report.key: report for report in repository.reports(submission.org, about)}
    incoming = []
    for report in submission.reports:
        known = standing.get(report.key)
        merged = first_receipt(known, report)
        if known is not None:
            standing[report.key] = replace(known, first=merged.first)
        incoming.append(merged)
    keys = {report.key for report in incoming}
    stand, _ = _settle(repository, standing, incoming, counters, len(keys))
    # A receipt may be the first though its content does not count: keep it on what stands.
    settled = standing | {report.key: report for report in stand}
    repository.save_reports([settled[key] for key in keys])
    return about


def _take_approvals(
    repository: Repository, submission: Submission, counters: Counter[Outcome]
) -> list[Decided]:
    """Settle the office's decisions; of those on one document the one stated last counts."""
    standing = {
        code: repository.approvals(code)
        for code in {new.key.indicator for new in submission.approvals}
    }
    moved: list[Decided] = []
    for new in submission.approvals:
        old = standing[new.key.indicator].get(new.case, {}).get(new.key.document)
        if old is None:
            counters["accepted"] += 1
        else:
            counters["duplicate" if old.days == new.days else "revised"] += 1
        if old is None or (old.stated_at, old.submission_id) < (new.stated_at, new.submission_id):
            moved.append((old, new))
    repository.save_approvals([new for _, new in moved])
    return moved


def _settle(
    repository: Repository,
    standing: Mapping[Any, S],
    incoming: Sequence[S],
    counters: Counter[Outcome],
    identities: int,
) -> tuple[list[S], list[tuple[S | None, S]]]:
    """Settle statements of one kind and keep what does not count.

    Returns what must be saved as standing, and whose content moved (old or None, new).
    """
    if not standing and identities == len(incoming):  # each of them is the first word
        counters["accepted"] += len(incoming)
        return list(incoming), [(None, statement) for statement in incoming]
    differing = [
        statement
        for statement in incoming
        if (known := standing.get(statement.key)) and known.compared != statement.compared
    ]
    said = repository.known(differing)
    current, kept = dict(standing), []
    touched: list[S] = []
    moved: list[tuple[S | None, S]] = []
    for statement in incoming:
        known = current.get(statement.key)
        settled = settle(known, said.get(statement.key, ()), statement)
        counters[settled.outcome] += 1
        if settled.touched:
            current[statement.key] = settled.standing
            touched.append(settled.standing)
        if settled.moved:
            moved.append((known, settled.standing))
        if settled.kept is not None:
            kept.append(settled.kept)
    repository.save_history(kept)
    return touched, moved
