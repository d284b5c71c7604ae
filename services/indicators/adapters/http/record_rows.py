"""The rows of `/v1/records/*`: columns, how OpenAPI describes them, and how they are filled."""

import dataclasses
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal

from services.indicators.adapters.http.answers import columns_of, describe, row
from services.indicators.domain.case_record import CaseRecord
from services.indicators.domain.rows import FigureStatement, ReportHistory, Statement
from services.indicators.domain.submission import (
    CaseOutcome,
    CaseStatement,
    ReportContent,
    ReportKey,
    ReportState,
)


@dataclass(frozen=True, slots=True)
class ObservationRecordRow:
    """A reported figure that counts."""

    indicator: str
    org: str
    region: str
    period: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    sample_size: Decimal | None
    status: Literal["normal", "not_applicable"]
    comment: str | None
    stated_at: datetime
    received_at: datetime
    submission_id: str


@dataclass(frozen=True, slots=True)
class CaseRecordRow:
    """A case that counts; days are working days, up to its completion or to today."""

    case_no: str
    indicator: str
    org: str
    region: str
    accepted_at: datetime
    completed_at: datetime | None
    outcome: CaseOutcome
    resolved: bool | None
    deadline: datetime | None
    gross_days: int | None
    paused_days: int | None
    extended_days: int | None
    net_days: int | None
    limit: Fraction | None
    overdue_days: Fraction | None
    pending_approvals: int | None
    provisional: bool
    stated_at: datetime
    received_at: datetime
    submission_id: str


@dataclass(frozen=True, slots=True)
class ReportVersionRow:
    """What a progress report said, and when."""

    state: ReportState | None
    done_on: date | None
    summary: str | None
    zero_report: bool
    received_on: date | None
    stated_at: datetime
    received_at: datetime
    submission_id: str


@dataclass(frozen=True, slots=True)
class ProgressReportRecordRow(ReportVersionRow):
    """A progress report that counts."""

    measure: str
    org: str
    period: str
    milestone: str | None


_OBSERVATION: Final = columns_of(ObservationRecordRow)
_CASE: Final = columns_of(CaseRecordRow)
_VERSION: Final = columns_of(ReportVersionRow)
_REPORT: Final = ("measure", "org", "period", "milestone", *_VERSION)

_TEXT: Final = {"type": "string"}
_MOMENT: Final = {"type": "string", "format": "date-time"}
_NULL: Final = {"type": "null"}


def _thing(title: str, **properties: object) -> dict[str, Any]:
    return {
        "title": title,
        "type": "object",
        "required": list(properties),
        "properties": properties,
    }


OBSERVATION: Final = describe(ObservationRecordRow, _OBSERVATION)
CASE: Final = describe(
    CaseRecordRow,
    _CASE,
    pauses={
        "type": "array",
        "items": _thing(
            "RecordedPause",
            **{"from": _MOMENT, "to": {"anyOf": [_MOMENT, _NULL]}},
            ground=_TEXT,
            document=_TEXT,
        ),
    },
    extension={
        "anyOf": [
            _thing(
                "RecordedExtension", days={"type": "integer"}, document=_TEXT, approved_by=_TEXT
            ),
            _NULL,
        ]
    },
    labels={"type": "object", "additionalProperties": _TEXT},
)
REPORT: Final = describe(
    ProgressReportRecordRow,
    _REPORT,
    earlier_versions={"type": "array", "items": describe(ReportVersionRow, _VERSION)},
)


def observation_row(statement: FigureStatement) -> dict[str, object]:
    """Return a row of `/v1/records/observations`."""
    content = statement.content
    found = ObservationRecordRow(
        **statement.key._asdict(),
        value=content.value,
        numerator=content.numerator,
        denominator=content.denominator,
        sample_size=content.sample_size,
        status="not_applicable" if content.not_applicable else "normal",
        comment=content.comment or None,
        **_stated(statement),
    )
    return row(found, _OBSERVATION)


def case_row(record: CaseRecord) -> dict[str, object]:
    """Return a row of `/v1/records/cases`."""
    content, clock, extension = record.case.content, record.clock, record.case.content.extension
    days: dict[str, Any] = {
        f"{kind}_days": None if clock is None else getattr(clock, kind)
        for kind in ("gross", "paused", "extended", "net")
    }
    found = CaseRecordRow(
        **record.case.key._asdict(),
        region=content.region,
        accepted_at=content.accepted_at,
        completed_at=content.completed_at,
        outcome=content.outcome,
        resolved=content.resolved,
        deadline=content.deadline,
        **days,
        limit=record.limit,
        overdue_days=record.overdue,
        pending_approvals=None if clock is None else clock.pending,
        provisional=clock is not None and clock.provisional,
        **_stated(record.case),
    )
    return {
        **row(found, _CASE),
        "pauses": [
            {"from": p.start, "to": p.end, "ground": p.ground, "document": p.document}
            for p in content.pauses
        ],
        "extension": extension and dataclasses.asdict(extension),
        "labels": dict(content.labels),
    }


def report_row(history: ReportHistory) -> dict[str, object]:
    """Return a row of `/v1/records/progress-reports`."""
    key = history.standing.key
    return {
        "measure": key.measure,
        "org": key.org,
        "period": key.period,
        "milestone": key.milestone or None,
        **_version(history.standing),
        "earlier_versions": [_version(one) for one in history.earlier],
    }


def _version(statement: Statement[ReportKey, ReportContent]) -> dict[str, object]:
    content = statement.content
    found = ReportVersionRow(
        state=content.state,
        done_on=content.done_on,
        summary=content.summary or None,
        zero_report=content.zero_report,
        received_on=content.received_on,
        **_stated(statement),
    )
    return row(found, _VERSION)


def _stated(statement: Statement[Any, Any] | CaseStatement) -> dict[str, Any]:
    return {
        "stated_at": statement.stated_at,
        "received_at": statement.received_at,
        "submission_id": statement.submission_id,
    }
