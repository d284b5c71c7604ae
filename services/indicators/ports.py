"""What the use cases ask of the store: one port, `Repository`.

A repository is one transaction: everything loaded through it is consistent, everything saved
through it is committed together, by whoever opened it. It knows no rule.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from services.indicators.domain.decisions import Decision
from services.indicators.domain.rows import (
    Checkpoint,
    DutyKey,
    DutyRow,
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
    CaseKey,
    CaseStatement,
    FigureKey,
    FigureStatement,
    KnownStatement,
    ReportStatement,
    RowCounts,
    Submission,
)


class Repository(Protocol):
    """Load and save what judging needs, within one transaction.

    Every `save` replaces what stands under the same key. Loads see earlier saves of the same
    transaction. An empty collection of keys answers nothing and asks nothing of the store.

    `checkpoint` is what the verdicts rest on, None in an empty store. `applied` holds the counts
    of every submission that was applied. `mark` is what was saved by the last change of the
    state, "" before the first.
    """

    def checkpoint(self) -> Checkpoint | None: ...
    def save_checkpoint(self, checkpoint: Checkpoint) -> None: ...
    def applied(self, submission_id: str) -> RowCounts | None: ...
    def save_applied(self, submission: Submission, counts: RowCounts, now: datetime) -> None: ...
    def mark(self) -> str: ...
    def save_mark(self, mark: str) -> None: ...

    # Statements that stand. `figures_within`: those whose period lies within the two days.

    def figures(self, keys: Collection[FigureKey]) -> Mapping[FigureKey, FigureStatement]: ...
    def figures_within(
        self, indicator: str, first: date, last: date
    ) -> Sequence[FigureStatement]: ...
    def save_figures(self, figures: Sequence[FigureStatement]) -> None: ...
    def cases(self, keys: Collection[CaseKey]) -> Mapping[CaseKey, CaseStatement]: ...
    def cases_of(self, indicator: str) -> Iterable[CaseStatement]: ...
    def cases_open_at(self, indicator: str, moment: datetime) -> Iterable[CaseStatement]:
        """Stream an indicator's cases accepted before `moment` and not completed before it.

        Those completed at `moment` or later are among them; withdrawn ones never are.
        """

    def add_cases(self, cases: Sequence[CaseStatement]) -> int:
        """Let those of these cases (or plain tuples) stand that are new; return how many are."""

    def save_cases(self, cases: Sequence[CaseStatement]) -> None: ...
    def approvals(self, indicator: str) -> Mapping[CaseKey, Mapping[str, Approval]]:
        """Return what the office decided on an indicator's cases, by case and document."""

    def save_approvals(self, approvals: Sequence[Approval]) -> None: ...
    def reports(self, org: str, duties: Collection[tuple[str, str]]) -> Sequence[ReportStatement]:
        """Return an org's standing reports for these (measure, period), every milestone's too."""

    def reports_on(self, org: str, milestones: Collection[str]) -> Sequence[ReportStatement]:
        """Return an org's standing reports on these milestones, of every period."""

    def save_reports(self, reports: Sequence[ReportStatement]) -> None: ...

    # Statements that do not count, or no longer.

    def known(
        self, statements: Sequence[AnyStatement]
    ) -> Mapping[AnyKey, frozenset[KnownStatement]]:
        """Return what was kept by `save_history` of these statements' identities, all of one kind.

        At least what was stated at the moments of these statements; of a long history no more
        than lies between the first and the last of them.
        """

    def save_history(self, statements: Sequence[AnyStatement]) -> None:
        """Keep statements that do not count, all of one kind. One kept already stays as it is."""

    # Roll-ups of cases, by the periods of the indicator's type. An empty one goes when saved.

    def rollups(self, indicator: str, periods: Collection[str]) -> Sequence[Rollup]: ...
    def rollups_at(self, keys: Collection[RollupKey]) -> Sequence[Rollup]: ...
    def save_rollups(self, rollups: Sequence[Rollup]) -> None: ...
    def clear_rollups(self, indicator: str) -> None: ...
    def periods_with_data(self, indicator: str) -> Collection[str]:
        """Return the period codes of an indicator's roll-ups and of its standing figures."""

    # Verdicts that stand, and duties.

    def verdicts(
        self,
        target: str,
        series: Collection[Series] | None = None,
        periods: Collection[str] | None = None,
        since: str | None = None,
    ) -> Sequence[Verdict]:
        """Return a target's current verdicts: of these series, None = of all.

        Of every period, or of some: of `periods`, the present ones, and those whose code is `since`
        or a later one.
        """

    def judged_targets(self) -> Collection[str]: ...
    def save_verdicts(self, changes: Sequence[VerdictChange]) -> None:
        """Let these verdicts stand (or go, where removed) and keep each new version's proof."""

    def judged_periods(self) -> Collection[str]:
        """Return the period codes of the verdicts that stand."""

    # What people decide.

    def decisions(self, about: str | None = None) -> Sequence[Decision]:
        """Return the decisions in their order: all, or those about one kind of thing.

        `about`: "waiver", "period", "review", "note" or "doubt".
        """

    def save_decision(self, decision: Decision) -> None:
        """Keep a decision. One kept already stays as it is."""

    def freeze(self, closing: str, periods: Collection[str]) -> Sequence[str]:
        """Keep which verdicts of some periods stand as those a closing froze; return their ids."""

    def duties(self, keys: Collection[DutyKey] | None = None) -> Mapping[DutyKey, DutyRow]: ...
    def save_duties(self, rows: Sequence[DutyRow]) -> None: ...
    def drop_duties(self, keys: Collection[DutyKey]) -> None: ...
