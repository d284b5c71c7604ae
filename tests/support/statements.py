"""Builders for statements, roll-ups, verdicts and submissions of the indicators service."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from duibiao.register import DutyStatus, parse
from duibiao.workdays import SHANGHAI, local_day, to_us
from services.indicators.domain.rows import DutyRow, Status, Verdict, VerdictChange, VerdictRow
from services.indicators.domain.submission import (
    CaseContent,
    CaseOutcome,
    CaseStatement,
    Extension,
    FigureContent,
    FigureKey,
    FigureStatement,
    Pause,
    Receipt,
    ReportContent,
    ReportKey,
    ReportState,
    ReportStatement,
    RowKind,
    Submission,
    details_text,
)
from tests.support.registers import CITY, TAX

NOON = datetime(2021, 4, 1, 4, tzinfo=UTC)
"""Noon of 2021-04-01 in Asia/Shanghai: when things are stated and received unless a test says."""

Number = Decimal | int | str
AnyRow = FigureStatement | CaseStatement | ReportStatement


def at(day: str, hour: int = 10) -> datetime:
    """Return a moment of a day in Asia/Shanghai, in UTC."""
    return datetime.fromisoformat(f"{day}T{hour:02}:00").replace(tzinfo=SHANGHAI).astimezone(UTC)


def figure(
    value: Number | None = None,
    sample: Number | None = None,
    *,
    of: tuple[Number, Number] | None = None,
    not_applicable: bool = False,
    comment: str = "",
) -> FigureContent:
    """Return a reported figure; `of` is (numerator, denominator)."""
    return FigureContent(
        value=_decimal(value),
        numerator=_decimal(of[0]) if of else None,
        denominator=_decimal(of[1]) if of else None,
        sample_size=_decimal(sample),
        not_applicable=not_applicable,
        comment=comment or ("无此项业务" if not_applicable else ""),
    )


def case(  # noqa: PLR0913 - one default for every field
    accepted: str = "2021-01-20",
    completed: str | None = None,
    *,
    region: str = CITY,
    outcome: CaseOutcome | None = None,
    resolved: bool | None = None,
    deadline: datetime | None = None,
    pauses: tuple[tuple[str, str | None], ...] = (),
    extension: int | None = None,
    labels: tuple[tuple[str, str], ...] = (),
) -> CaseContent:
    """Return a case by its days in Asia/Shanghai; completed where it has a second day."""
    return CaseContent(
        region=region,
        accepted_at=at(accepted),
        completed_at=at(completed, 16) if completed else None,
        outcome=outcome or ("completed" if completed else "open"),
        resolved=resolved,
        deadline=deadline,
        pauses=tuple(
            Pause(at(start), at(end) if end else None, "hearing", "听证〔2021〕1号")
            for start, end in pauses
        ),
        extension=None if extension is None else Extension(extension, "延期〔2021〕1号", "局长"),
        labels=labels,
    )


def figure_statement(
    content: FigureContent | None = None,
    *,
    indicator: str = "days",
    org: str = TAX,
    region: str = CITY,
    period: str = "2021Q1",
    stated: datetime = NOON,
    submission: str = "s1",
) -> FigureStatement:
    key = FigureKey(indicator, org, region, period)
    return FigureStatement(key, content or figure("5.5", 23), stated, submission, NOON)


def restated(row: AnyRow, stated: datetime) -> AnyRow:
    """Return a statement as stated at another time."""
    if isinstance(row, CaseStatement):
        return row._replace(stated_us=to_us(stated))
    return replace(row, stated_at=stated)


def case_statement(
    case_no: str = "1",
    content: CaseContent | None = None,
    *,
    indicator: str = "days",
    org: str = TAX,
    stated: datetime = NOON,
    submission: str = "s1",
) -> CaseStatement:
    said = content or case()
    return CaseStatement(
        indicator,
        org,
        case_no,
        said.region,
        to_us(said.accepted_at),
        to_us(said.completed_at),
        said.outcome,
        said.resolved,
        to_us(said.deadline),
        details_text(said.pauses, said.extension, said.labels),
        to_us(stated),
        submission,
        to_us(NOON),
    )


def report_statement(
    measure: str = "1.1",
    period: str = "2021Q1",
    milestone: str = "",
    *,
    org: str = TAX,
    content: ReportContent | None = None,
    first: Receipt | None = None,
    stated: datetime = NOON,
) -> ReportStatement:
    return ReportStatement(
        ReportKey(org, measure, period, milestone),
        content or ReportContent("in_progress", summary="进展顺利"),
        stated,
        "s1",
        NOON,
        first or Receipt(date(2021, 4, 1), NOON, "s1"),
    )


def verdict(
    target: str = "T01",
    period: str = "2021Q1",
    *,
    org: str | None = None,
    region: str = CITY,
    value: Fraction | None = Fraction(11, 3),
    status: Status = "met",
    verdict_id: str = "v1",
    present: bool = True,
) -> Verdict:
    """Return a verdict whose fields all differ from their empty values where they can."""
    row = VerdictRow(
        id=verdict_id,
        target=target,
        indicator="days",
        clause="1.1",
        org=org,
        region=region,
        period=period,
        statistic="each",
        value=value,
        unit="workday",
        op="<=",
        threshold=Fraction("5.5"),
        basis="stated",
        due=date(2021, 12, 31),
        attainment_ratio=Fraction(2, 3),
        gap=Fraction(-11, 6),
        status=status,
        reason=None if value is not None else "no_figure",
        evidence="cases" if value is not None else None,
        reporters=1,
        expected=2,
        sample_size=Fraction(3),
        within_limit=2,
        mean=Fraction(10, 3),
        p90=7,
        max=8,
        overdue_open=1,
        near_threshold=True,
        provisional=True,
        insufficient_sample=True,
        evaluated_at=NOON,
        register_version="test+0",
        calendar_version="calendar-1",
    )
    return Verdict(
        row,
        period_end=parse(period).last,
        present=present,
        ended=True,
        previous_status="behind",
        inputs_digest="in",
        proof_digest="pr",
    )


def change(
    kept: Verdict, proof: dict[str, object] | None = None, *, removed: bool = False
) -> VerdictChange:
    return VerdictChange(kept, proof, removed)


def duty_row(
    duty: str = "1.1/2021Q1", org: str = TAX, *, status: DutyStatus = "not_due", met: bool = False
) -> DutyRow:
    measure, _, period = duty.partition("/")
    due = date(2021, 3, 25)
    if not met:
        return DutyRow(duty, measure, org, period, due, due, status)
    return DutyRow(duty, measure, org, period, due, due, status, NOON, date(2021, 3, 20), "s1")


_KINDS: dict[type[AnyRow], RowKind] = {
    FigureStatement: "observations",
    CaseStatement: "cases",
    ReportStatement: "reports",
}


def submitted(name: str, org: str, received: datetime, *rows: AnyRow) -> Submission:
    """Return a submission in which an org sends these statements."""

    def sent(row: FigureStatement | ReportStatement) -> dict[str, Any]:
        key = row.key._replace(org=org)
        return {"key": key, "submission_id": name, "received_at": received}

    def first(row: ReportStatement) -> Receipt:
        return Receipt(row.content.received_on or local_day(received), received, name)

    return Submission(
        name,
        org,
        received,
        tuple(replace(row, **sent(row)) for row in rows if isinstance(row, FigureStatement)),
        tuple(
            row._replace(org=org, submission_id=name, received_us=to_us(received))
            for row in rows
            if isinstance(row, CaseStatement)
        ),
        tuple(
            replace(row, **sent(row), first=first(row))
            for row in rows
            if isinstance(row, ReportStatement)
        ),
        kind=_KINDS[type(rows[0])] if rows else "observations",
    )


def observations(
    submission_id: str,
    *rows: tuple[str, str, FigureContent],
    org: str = TAX,
    indicator: str = "days",
    stated: datetime | None = None,
    received: datetime = NOON,
) -> Submission:
    """Return a submission of observations given as (region, period, content)."""
    said = [
        figure_statement(
            content, indicator=indicator, region=region, period=period, stated=stated or received
        )
        for region, period, content in rows
    ]
    return submitted(submission_id, org, received, *said)


def cases(
    submission_id: str,
    *rows: tuple[str, CaseContent],
    org: str = TAX,
    indicator: str = "days",
    stated: datetime | None = None,
    received: datetime = NOON,
) -> Submission:
    """Return a submission of cases given as (case_no, content)."""
    said = [
        case_statement(number, content, indicator=indicator, stated=stated or received)
        for number, content in rows
    ]
    return submitted(submission_id, org, received, *said)


def reports(  # noqa: PLR0913 - one default for every field
    submission_id: str,
    *measures: str,
    period: str = "2021Q1",
    org: str = TAX,
    milestone: str = "",
    state: ReportState = "in_progress",
    zero: bool = False,
    received_on: date | None = None,
    stated: datetime | None = None,
    received: datetime = NOON,
) -> Submission:
    """Return a submission of one progress report for each measure."""
    content = ReportContent(state, zero_report=zero, received_on=received_on)
    said = [
        report_statement(measure, period, milestone, content=content, stated=stated or received)
        for measure in measures
    ]
    return submitted(submission_id, org, received, *said)


def later(hours: int = 1, since: datetime = NOON) -> datetime:
    return since + timedelta(hours=hours)


def _decimal(number: Number | None) -> Decimal | None:
    return None if number is None else Decimal(number)
