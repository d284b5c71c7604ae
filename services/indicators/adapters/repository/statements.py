"""What was said, stored: figures, cases and reports that stand, and statements that do not."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import CompoundSelect, Connection, Row, Select, Table, bindparam, select, union_all

from duibiao.register import parse
from duibiao.workdays import from_us, to_us
from services.indicators.adapters.encoding import from_day, from_digits
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.batches import add, fetch, stored, upsert
from services.indicators.domain.submission import (
    AnyKey,
    AnyStatement,
    Approval,
    ApprovalKey,
    CaseKey,
    CaseStatement,
    FigureContent,
    FigureKey,
    FigureStatement,
    KnownStatement,
    Receipt,
    ReportContent,
    ReportKey,
    ReportStatement,
    digest,
    pack,
)

_STATED_WITHIN: Final = "t.stated_us BETWEEN :first AND :last"
STREAMED: Final = 2_000  # rows held in memory at a time while every case is read

_HISTORIES: Final[Mapping[type[AnyKey], Table]] = {
    FigureKey: tables.figure_statements,
    CaseKey: tables.case_statements,
    ReportKey: tables.report_statements,
}

# Made once: putting a query together costs more than a small answer.
_WITHIN: Final = select(tables.figures).where(
    tables.figures.c.indicator == bindparam("indicator"),
    tables.figures.c.period_first >= bindparam("first"),
    tables.figures.c.period_last <= bindparam("last"),
)
_CASES: Final = select(tables.cases).where(tables.cases.c.indicator == bindparam("indicator"))
_BEGUN: Final = _CASES.where(tables.cases.c.accepted_us < bindparam("moment"))
_OPEN: Final = union_all(
    _BEGUN.where(tables.STILL_OPEN),
    _BEGUN.where(tables.cases.c.completed_us >= bindparam("moment")),
)
_APPROVALS: Final = select(tables.approvals).where(
    tables.approvals.c.indicator == bindparam("indicator")
)


class StatementRepository:
    """Statements within one transaction."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    def figures(self, keys: Collection[FigureKey]) -> Mapping[FigureKey, FigureStatement]:
        found = map(figure_of, fetch(self._tx, tables.figures, keys))
        return {statement.key: statement for statement in found}

    def figures_within(self, indicator: str, first: date, last: date) -> Sequence[FigureStatement]:
        asked = {"indicator": indicator, "first": first.isoformat(), "last": last.isoformat()}
        return [figure_of(row) for row in self._tx.execute(_WITHIN, asked)]

    def save_figures(self, figures: Sequence[FigureStatement]) -> None:
        periods = [parse(figure.key.period) for figure in figures]
        rows = [
            stored((*one.key, period.first, period.last, *one.content, *_stated(one)))
            for one, period in zip(figures, periods, strict=True)
        ]
        upsert(self._tx, tables.figures, rows)

    def cases(self, keys: Collection[CaseKey]) -> Mapping[CaseKey, CaseStatement]:
        found = map(CaseStatement._make, fetch(self._tx, tables.cases, keys))
        return {statement.key: statement for statement in found}

    def cases_of(self, indicator: str) -> Iterable[CaseStatement]:
        return self.stream(_CASES, {"indicator": indicator})

    def cases_open_at(self, indicator: str, moment: datetime) -> Iterable[CaseStatement]:
        found = self.stream(_OPEN, {"indicator": indicator, "moment": to_us(moment)})
        return (case for case in found if case.outcome != "withdrawn")

    def add_cases(self, cases: Sequence[CaseStatement]) -> int:
        return add(self._tx, tables.cases, cases)

    def save_cases(self, cases: Sequence[CaseStatement]) -> None:
        upsert(self._tx, tables.cases, cases)

    def approvals(self, indicator: str) -> Mapping[CaseKey, Mapping[str, Approval]]:
        return approvals_of(self._tx, indicator)

    def save_approvals(self, approvals: Sequence[Approval]) -> None:
        upsert(self._tx, tables.approvals, [stored((*one.key, *one[1:])) for one in approvals])

    def reports(self, org: str, duties: Collection[tuple[str, str]]) -> Sequence[ReportStatement]:
        parts = [(org, measure, period) for measure, period in duties]
        return [report_of(row) for row in fetch(self._tx, tables.reports, parts)]

    def reports_on(self, org: str, milestones: Collection[str]) -> Sequence[ReportStatement]:
        if not milestones:
            return []
        table = tables.reports
        query = select(table).where(table.c.org == org, table.c.milestone.in_(sorted(milestones)))
        return [report_of(row) for row in self._tx.execute(query)]

    def save_reports(self, reports: Sequence[ReportStatement]) -> None:
        rows = [stored((*r.key, *r.content, *r.first, *_stated(r))) for r in reports]
        upsert(self._tx, tables.reports, rows)

    def known(
        self, statements: Sequence[AnyStatement]
    ) -> Mapping[AnyKey, frozenset[KnownStatement]]:
        found: dict[AnyKey, set[KnownStatement]] = {}
        moments = [to_us(statement.stated_at) for statement in statements]
        keys = {statement.key for statement in statements}
        for kind in {type(key) for key in keys}:
            within = {"first": min(moments), "last": max(moments)}
            for row in fetch(self._tx, _HISTORIES[kind], list(keys), _STATED_WITHIN, **within):
                said = KnownStatement(row.digest, from_us(row.stated_us))
                found.setdefault(kind._make(row[: len(kind._fields)]), set()).add(said)
        return {key: frozenset(said) for key, said in found.items()}

    def save_history(self, statements: Sequence[AnyStatement]) -> None:
        for kind in {type(statement.key) for statement in statements}:
            rows = [
                stored(
                    (
                        *(*one.key, one.stated_at, digest(one.content)),
                        *(one.submission_id, one.received_at, pack(one.content)),
                    )
                )
                for one in statements
            ]
            add(self._tx, _HISTORIES[kind], rows)

    def stream(
        self, query: Select[Any] | CompoundSelect[Any], asked: Mapping[str, object] | None = None
    ) -> Iterator[CaseStatement]:
        """Yield the cases that a query of whole rows finds."""
        options = {"yield_per": STREAMED}
        return map(CaseStatement._make, self._tx.execute(query, asked, execution_options=options))


def approvals_of(tx: Connection, indicator: str) -> Mapping[CaseKey, Mapping[str, Approval]]:
    """Return what the office decided on an indicator's cases, by case and document."""
    found: dict[CaseKey, dict[str, Approval]] = {}
    for *key, days, reason, stated_us, submission in tx.execute(
        _APPROVALS, {"indicator": indicator}
    ):
        one = Approval(ApprovalKey._make(key), days, reason, from_us(stated_us), submission)
        found.setdefault(one.case, {})[one.key.document] = one
    return found


def figure_of(row: Row[Any]) -> FigureStatement:
    value, above, below, sample = map(from_digits, row[6:10])
    content = FigureContent(value, above, below, sample, row.not_applicable, row.comment)
    said = from_us(row.stated_us), row.submission_id, from_us(row.received_us)
    return FigureStatement(FigureKey._make(row[:4]), content, *said)


def report_of(row: Row[Any]) -> ReportStatement:
    done_on, received_on = from_day(row.done_on), from_day(row.received_on)
    content = ReportContent(row.state, done_on, row.summary, row.zero_report, received_on)
    said = from_us(row.stated_us), row.submission_id, from_us(row.received_us)
    day, moment = from_day(row.first_day), from_us(row.first_received_us)
    first = Receipt(day, moment, row.first_submission_id)
    return ReportStatement(ReportKey._make(row[:4]), content, *said, first)


def _stated(statement: FigureStatement | ReportStatement) -> tuple[datetime, str, datetime]:
    return statement.stated_at, statement.submission_id, statement.received_at
