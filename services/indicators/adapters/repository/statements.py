"""The shelf of what was said: figures, cases and reports that stand, and statements that do not."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import CompoundSelect, Connection, Row, Select, Table, bindparam, select, union_all

from duibiao.register import parse
from services.indicators.adapters.encoding import from_day, from_digits, to_day, to_digits
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.batches import add, fetch, upsert
from services.indicators.domain.contents import digest, pack
from services.indicators.domain.rows import (
    AnyKey,
    AnyStatement,
    Approval,
    FigureStatement,
    KnownStatement,
    Receipt,
    ReportStatement,
)
from services.indicators.domain.submission import (
    ApprovalKey,
    CaseKey,
    CaseStatement,
    FigureContent,
    FigureKey,
    ReportContent,
    ReportKey,
)
from services.indicators.domain.timestamps import from_us, to_us

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


def approvals_of(tx: Connection, indicator: str) -> Mapping[CaseKey, Mapping[str, Approval]]:
    """Return what the office decided on an indicator's cases, by case and document."""
    found: dict[CaseKey, dict[str, Approval]] = {}
    for row in tx.execute(_APPROVALS, {"indicator": indicator}):
        key = ApprovalKey(row.indicator, row.org, row.case_no, row.document)
        stated = from_us(row.stated_us)
        approval = Approval(key, row.days, row.reason, stated, row.submission_id)
        found.setdefault(CaseKey(row.org, row.case_no, row.indicator), {})[row.document] = approval
    return found


class StatementShelf:
    """Statements within one transaction."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    def figures(self, keys: Collection[FigureKey]) -> Mapping[FigureKey, FigureStatement]:
        found = (figure_of(row) for row in fetch(self._tx, tables.figures, keys))
        return {statement.key: statement for statement in found}

    def figures_within(self, indicator: str, first: date, last: date) -> Sequence[FigureStatement]:
        asked = {"indicator": indicator, "first": first.isoformat(), "last": last.isoformat()}
        return [figure_of(row) for row in self._tx.execute(_WITHIN, asked)]

    def save_figures(self, figures: Sequence[FigureStatement]) -> None:
        upsert(self._tx, tables.figures, [_figure_row(figure) for figure in figures])

    def cases(self, keys: Collection[CaseKey]) -> Mapping[CaseKey, CaseStatement]:
        parts = [(key.indicator, key.org, key.case_no) for key in keys]
        found = map(case_of, fetch(self._tx, tables.cases, parts))
        return {statement.key: statement for statement in found}

    def cases_of(self, indicator: str) -> Iterable[CaseStatement]:
        return self._stream(_CASES, {"indicator": indicator})

    def cases_open_at(self, indicator: str, moment: datetime) -> Iterable[CaseStatement]:
        found = self._stream(_OPEN, {"indicator": indicator, "moment": to_us(moment)})
        return (case for case in found if case.outcome != "withdrawn")

    def add_cases(self, cases: Sequence[CaseStatement]) -> int:
        return add(self._tx, tables.cases, cases)

    def save_cases(self, cases: Sequence[CaseStatement]) -> None:
        upsert(self._tx, tables.cases, cases)

    def approvals(self, indicator: str) -> Mapping[CaseKey, Mapping[str, Approval]]:
        return approvals_of(self._tx, indicator)

    def save_approvals(self, approvals: Sequence[Approval]) -> None:
        rows = [
            (*one.key, one.days, one.reason, to_us(one.stated_at), one.submission_id)
            for one in approvals
        ]
        upsert(self._tx, tables.approvals, rows)

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
        upsert(self._tx, tables.reports, [_report_row(report) for report in reports])

    def known(
        self, statements: Sequence[AnyStatement]
    ) -> Mapping[AnyKey, frozenset[KnownStatement]]:
        found: dict[AnyKey, set[KnownStatement]] = {}
        moments = [to_us(statement.stated_at) for statement in statements]
        keys = {_key(statement): statement.key for statement in statements}
        for kind in {type(key) for key in keys.values()}:
            table = _HISTORIES[kind]
            within = {"first": min(moments), "last": max(moments)}
            rows = fetch(self._tx, table, list(keys), _STATED_WITHIN, **within)
            for row in rows:
                said = KnownStatement(row.digest, from_us(row.stated_us))
                found.setdefault(keys[tuple(row[: len(kind._fields)])], set()).add(said)
        return {key: frozenset(said) for key, said in found.items()}

    def save_history(self, statements: Sequence[AnyStatement]) -> None:
        for kind in {type(statement.key) for statement in statements}:
            rows = [_kept_row(statement) for statement in statements]
            add(self._tx, _HISTORIES[kind], rows)

    def _stream(
        self, query: Select[Any] | CompoundSelect[Any], asked: dict[str, object]
    ) -> Iterator[CaseStatement]:
        options = {"yield_per": STREAMED}
        for row in self._tx.execute(query, asked, execution_options=options):
            yield case_of(row)


def _key(statement: AnyStatement) -> tuple[str, ...]:
    """Return the identity in the order of the table's key."""
    key = statement.key
    match key:
        case CaseKey():
            return (key.indicator, key.org, key.case_no)
        case ReportKey():
            return (key.org, key.measure, key.period, key.milestone)
        case _:
            return key


def _kept_row(statement: AnyStatement) -> tuple[object, ...]:
    return (
        *_key(statement),
        to_us(statement.stated_at),
        digest(statement.content),
        statement.submission_id,
        to_us(statement.received_at),
        pack(statement.content),
    )


def _stated(statement: AnyStatement) -> tuple[object, ...]:
    return to_us(statement.stated_at), statement.submission_id, to_us(statement.received_at)


def _figure_row(statement: FigureStatement) -> tuple[object, ...]:
    content = statement.content
    period = parse(statement.key.period)
    return (
        *statement.key,
        period.first.isoformat(),
        period.last.isoformat(),
        to_digits(content.value),
        to_digits(content.numerator),
        to_digits(content.denominator),
        to_digits(content.sample_size),
        content.not_applicable,
        content.comment,
        *_stated(statement),
    )


def figure_of(row: Row[Any]) -> FigureStatement:
    """Return the reported figure of a row of the table."""
    content = FigureContent(
        value=from_digits(row.value),
        numerator=from_digits(row.numerator),
        denominator=from_digits(row.denominator),
        sample_size=from_digits(row.sample_size),
        not_applicable=row.not_applicable,
        comment=row.comment,
    )
    key = FigureKey(row.indicator, row.org, row.region, row.period)
    stated, received = from_us(row.stated_us), from_us(row.received_us)
    return FigureStatement(key, content, stated, row.submission_id, received)


def case_of(row: Row[Any]) -> CaseStatement:
    """Return the case of a row of the table."""
    return CaseStatement._make(row)


def _report_row(statement: ReportStatement) -> tuple[object, ...]:
    content, first = statement.content, statement.first
    return (
        *_key(statement),
        content.state,
        to_day(content.done_on),
        content.summary,
        content.zero_report,
        to_day(content.received_on),
        to_day(first.day),
        to_us(first.received_at),
        first.submission_id,
        *_stated(statement),
    )


def report_of(row: Row[Any]) -> ReportStatement:
    """Return the progress report of a row of the table."""
    content = ReportContent(
        state=row.state,
        done_on=from_day(row.done_on),
        summary=row.summary,
        zero_report=row.zero_report,
        received_on=from_day(row.received_on),
    )
    return ReportStatement(
        key=ReportKey(row.org, row.measure, row.milestone, row.period),
        content=content,
        stated_at=from_us(row.stated_us),
        submission_id=row.submission_id,
        received_at=from_us(row.received_us),
        first=Receipt(
            from_day(row.first_day), from_us(row.first_received_us), row.first_submission_id
        ),
    )
