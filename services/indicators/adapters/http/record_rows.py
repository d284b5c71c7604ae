"""The rows of `/v1/records/*`: how OpenAPI describes them, and how they are filled."""

import dataclasses
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal

from services.indicators.adapters.http.answers import described, plain
from services.indicators.domain.case_record import CaseRecord
from services.indicators.domain.rows import FigureStatement, ReportHistory, Statement
from services.indicators.domain.submission import (
    CaseOutcome,
    CaseStatement,
    ReportContent,
    ReportKey,
    ReportState,
)

_STATED: Final = {"stated_at": datetime, "received_at": datetime, "submission_id": str}
_VERSION: Final[dict[str, Any]] = {
    "state": ReportState | None,
    "done_on": date | None,
    "summary": str | None,
    "zero_report": bool,
    "received_on": date | None,
    **_STATED,
}
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


OBSERVATION: Final = described(
    "ObservationRecord",
    {
        **dict.fromkeys(("indicator", "org", "region", "period"), str),
        **dict.fromkeys(("value", "numerator", "denominator", "sample_size"), Decimal | None),
        "status": Literal["normal", "not_applicable"],
        "comment": str | None,
        **_STATED,
    },
)
CASE: Final = described(
    "CaseRecord",
    {
        **dict.fromkeys(("case_no", "indicator", "org", "region"), str),
        "accepted_at": datetime,
        "completed_at": datetime | None,
        "outcome": CaseOutcome,
        "resolved": bool | None,
        "deadline": datetime | None,
        **dict.fromkeys(("gross_days", "paused_days", "extended_days", "net_days"), int | None),
        **dict.fromkeys(("limit", "overdue_days"), Fraction | None),
        "pending_approvals": int | None,
        "provisional": bool,
        **_STATED,
    },
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
REPORT: Final = described(
    "ProgressReportRecord",
    {
        **dict.fromkeys(("measure", "org", "period"), str),
        "milestone": str | None,
        **_VERSION,
    },
    earlier_versions={"type": "array", "items": described("ReportVersion", _VERSION)},
)


def observation_row(statement: FigureStatement) -> dict[str, object]:
    """Return a row of `/v1/records/observations`."""
    content = statement.content
    figures = ("value", "numerator", "denominator", "sample_size")
    return {
        **statement.key._asdict(),
        **{name: plain(getattr(content, name)) for name in figures},
        "status": "not_applicable" if content.not_applicable else "normal",
        "comment": content.comment or None,
        **_stated(statement),
    }


def case_row(record: CaseRecord) -> dict[str, object]:
    """Return a row of `/v1/records/cases`; days are working days, up to its completion or today."""
    content, clock = record.case.content, record.clock
    days = {
        f"{kind}_days": None if clock is None else getattr(clock, kind)
        for kind in ("gross", "paused", "extended", "net")
    }
    return {
        **{name: getattr(record.case, name) for name in ("case_no", "indicator", "org")},
        "region": content.region,
        "accepted_at": content.accepted_at,
        "completed_at": content.completed_at,
        "outcome": content.outcome,
        "resolved": content.resolved,
        "deadline": content.deadline,
        **days,
        "limit": plain(record.limit),
        "overdue_days": plain(record.overdue),
        "pending_approvals": None if clock is None else clock.pending,
        "provisional": clock is not None and clock.provisional,
        **_stated(record.case),
        "pauses": [
            {"from": p.start, "to": p.end, "ground": p.ground, "document": p.document}
            for p in content.pauses
        ],
        "extension": content.extension and dataclasses.asdict(content.extension),
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
    said = dataclasses.asdict(statement.content)
    return {**said, "summary": said["summary"] or None, **_stated(statement)}


def _stated(statement: Statement[Any, Any] | CaseStatement) -> dict[str, Any]:
    return {name: getattr(statement, name) for name in _STATED}
