"""An in-memory repository: dictionaries behind the `Repository` port, for tests of the use cases.

It passes the suite of the store's own (tests/contract/test_repository.py). Nothing is rolled back.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from duibiao.register import parse
from services.indicators.adapters.proofs import completed
from services.indicators.domain.decisions import Decision
from services.indicators.domain.rows import (
    Checkpoint,
    DutyKey,
    DutyRow,
    JsonObject,
    Rollup,
    RollupKey,
    Series,
    Verdict,
    VerdictChange,
)
from services.indicators.domain.submission import (
    AnyKey,
    AnyStatement,
    Approval,
    ApprovalKey,
    CaseKey,
    CaseStatement,
    FigureKey,
    FigureStatement,
    KnownStatement,
    ReportKey,
    ReportStatement,
    RowCounts,
    Submission,
    digest,
)


@dataclass
class MemoryRepository:
    standing: Checkpoint | None = None
    submissions: dict[str, RowCounts] = field(default_factory=dict)
    figure_table: dict[FigureKey, FigureStatement] = field(default_factory=dict)
    case_table: dict[CaseKey, CaseStatement] = field(default_factory=dict)
    report_table: dict[ReportKey, ReportStatement] = field(default_factory=dict)
    approval_table: dict[ApprovalKey, Approval] = field(default_factory=dict)
    kept: dict[AnyKey, dict[KnownStatement, AnyStatement]] = field(default_factory=dict)
    rollup_table: dict[RollupKey, Rollup] = field(default_factory=dict)
    verdict_table: dict[tuple[Series, str], Verdict] = field(default_factory=dict)
    proofs: dict[str, JsonObject] = field(default_factory=dict)
    duty_table: dict[DutyKey, DutyRow] = field(default_factory=dict)
    marked: str = ""
    decided: dict[str, Decision] = field(default_factory=dict)
    frozen: dict[str, list[str]] = field(default_factory=dict)

    def judged_periods(self) -> Collection[str]:
        return {period for _, period in self.verdict_table}

    def decisions(self, about: str | None = None) -> Sequence[Decision]:
        known = sorted(self.decided.values())
        return [one for one in known if one.kind.startswith(f"{about or ''}")]

    def save_decision(self, decision: Decision) -> None:
        self.decided.setdefault(decision.id, decision)

    def freeze(self, closing: str, periods: Collection[str]) -> Sequence[str]:
        standing = self.verdict_table.items()
        self.frozen[closing] = [v.row.id for (_, period), v in standing if period in periods]
        return self.frozen[closing]

    def mark(self) -> str:
        return self.marked

    def save_mark(self, mark: str) -> None:
        self.marked = mark

    def checkpoint(self) -> Checkpoint | None:
        return self.standing

    def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        self.standing = checkpoint

    def applied(self, submission_id: str) -> RowCounts | None:
        return self.submissions.get(submission_id)

    def save_applied(
        self,
        submission: Submission,
        counts: RowCounts,
        now: datetime,  # noqa: ARG002 - nobody reads it back from here
    ) -> None:
        self.submissions[submission.id] = counts

    def figures(self, keys: Collection[FigureKey]) -> Mapping[FigureKey, FigureStatement]:
        return {key: self.figure_table[key] for key in keys if key in self.figure_table}

    def figures_within(self, indicator: str, first: date, last: date) -> Sequence[FigureStatement]:
        return [
            figure
            for key, figure in self.figure_table.items()
            if key.indicator == indicator
            and first <= parse(key.period).first
            and parse(key.period).last <= last
        ]

    def save_figures(self, figures: Sequence[FigureStatement]) -> None:
        self.figure_table.update((figure.key, figure) for figure in figures)

    def cases(self, keys: Collection[CaseKey]) -> Mapping[CaseKey, CaseStatement]:
        return {key: self.case_table[key] for key in keys if key in self.case_table}

    def cases_of(self, indicator: str) -> Iterable[CaseStatement]:
        return [case for key, case in self.case_table.items() if key.indicator == indicator]

    def cases_open_at(self, indicator: str, moment: datetime) -> Iterable[CaseStatement]:
        return [
            case
            for case in self.cases_of(indicator)
            if case.outcome != "withdrawn"
            and case.content.accepted_at < moment
            and (case.content.completed_at is None or case.content.completed_at >= moment)
        ]

    def add_cases(self, cases: Sequence[CaseStatement]) -> int:
        before = len(self.case_table)
        for case in map(CaseStatement._make, cases):
            self.case_table.setdefault(case.key, case)
        return len(self.case_table) - before

    def save_cases(self, cases: Sequence[CaseStatement]) -> None:
        self.case_table.update((case.key, case) for case in cases)

    def approvals(self, indicator: str) -> Mapping[CaseKey, Mapping[str, Approval]]:
        found: dict[CaseKey, dict[str, Approval]] = {}
        for key, approval in self.approval_table.items():
            if key.indicator == indicator:
                found.setdefault(approval.case, {})[key.document] = approval
        return found

    def save_approvals(self, approvals: Sequence[Approval]) -> None:
        self.approval_table.update((approval.key, approval) for approval in approvals)

    def reports(self, org: str, duties: Collection[tuple[str, str]]) -> Sequence[ReportStatement]:
        return [
            report
            for key, report in self.report_table.items()
            if key.org == org and (key.measure, key.period) in duties
        ]

    def reports_on(self, org: str, milestones: Collection[str]) -> Sequence[ReportStatement]:
        return [
            r for k, r in self.report_table.items() if k.org == org and k.milestone in milestones
        ]

    def save_reports(self, reports: Sequence[ReportStatement]) -> None:
        self.report_table.update((report.key, report) for report in reports)

    def known(
        self, statements: Sequence[AnyStatement]
    ) -> Mapping[AnyKey, frozenset[KnownStatement]]:
        keys = {statement.key for statement in statements}
        return {key: frozenset(self.kept[key]) for key in keys if key in self.kept}

    def save_history(self, statements: Sequence[AnyStatement]) -> None:
        for statement in statements:
            said = KnownStatement(digest(statement.content), statement.stated_at)
            self.kept.setdefault(statement.key, {}).setdefault(said, statement)

    def rollups(self, indicator: str, periods: Collection[str]) -> Sequence[Rollup]:
        return [
            rollup
            for key, rollup in self.rollup_table.items()
            if key.indicator == indicator and key.period in periods
        ]

    def rollups_at(self, keys: Collection[RollupKey]) -> Sequence[Rollup]:
        return [self.rollup_table[key] for key in keys if key in self.rollup_table]

    def save_rollups(self, rollups: Sequence[Rollup]) -> None:
        for rollup in rollups:
            if rollup.empty:
                self.rollup_table.pop(rollup.key, None)
            else:
                self.rollup_table[rollup.key] = rollup

    def clear_rollups(self, indicator: str) -> None:
        for key in [key for key in self.rollup_table if key.indicator == indicator]:
            del self.rollup_table[key]

    def periods_with_data(self, indicator: str) -> Collection[str]:
        keys: list[RollupKey | FigureKey] = [*self.rollup_table, *self.figure_table]
        return {key.period for key in keys if key.indicator == indicator}

    def verdicts(
        self,
        target: str,
        series: Collection[Series] | None = None,
        periods: Collection[str] | None = None,
        since: str | None = None,
    ) -> Sequence[Verdict]:
        def wanted(period: str, verdict: Verdict) -> bool:
            if periods is None or period in periods or verdict.present:
                return True
            return since is not None and period >= since

        return [
            verdict
            for (of, period), verdict in self.verdict_table.items()
            if of.target == target and (series is None or of in series) and wanted(period, verdict)
        ]

    def judged_targets(self) -> Collection[str]:
        return {series.target for series, _ in self.verdict_table}

    def save_verdicts(self, changes: Sequence[VerdictChange]) -> None:
        for change in changes:
            key = (change.verdict.series, change.verdict.row.period)
            if change.removed:
                self.verdict_table.pop(key, None)
            else:
                self.verdict_table[key] = change.verdict
            if change.proof is not None:
                self.proofs[change.verdict.row.id] = completed(change.proof)

    def duties(self, keys: Collection[DutyKey] | None = None) -> Mapping[DutyKey, DutyRow]:
        wanted = self.duty_table if keys is None else keys
        return {key: self.duty_table[key] for key in wanted if key in self.duty_table}

    def save_duties(self, rows: Sequence[DutyRow]) -> None:
        self.duty_table.update((row.key, row) for row in rows)

    def drop_duties(self, keys: Collection[DutyKey]) -> None:
        for key in keys:
            self.duty_table.pop(key, None)
