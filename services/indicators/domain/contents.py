"""The canonical text of what a row says: how contents are told apart, and kept.

Equal contents have equal texts: 5.5 and 5.50 are one figure. The text is JSON, so a store can keep
it as it is; it is read back by `unpack_*`.
"""

import json
from dataclasses import astuple
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from services.indicators.domain.submission import (
    CaseContent,
    Extension,
    FigureContent,
    Pause,
    ReportContent,
)

AnyContent = FigureContent | CaseContent | ReportContent


def pack(content: AnyContent) -> str:
    """Return the canonical JSON text of a content; what is not given is left out."""
    if isinstance(content, CaseContent):
        plain = _plain_case(content)
    elif isinstance(content, FigureContent):
        plain = _plain_figure(content)
    else:
        plain = _plain_report(content)
    given = {name: value for name, value in plain.items() if value not in (None, "", [], False)}
    if isinstance(content, CaseContent) and content.resolved is False:
        given["resolved"] = False
    return json.dumps(given, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(content: AnyContent) -> str:
    """Return 32 hex digits that differ where contents differ."""
    return sha256(pack(content).encode()).hexdigest()[:32]


def unpack_figure(text: str) -> FigureContent:
    """Read a figure back from its canonical text."""
    plain: dict[str, Any] = json.loads(text)
    numbers = {
        name: Decimal(plain[name])
        for name in ("value", "numerator", "denominator", "sample_size")
        if name in plain
    }
    return FigureContent(
        **numbers,
        not_applicable=plain.get("not_applicable", False),
        comment=plain.get("comment", ""),
    )


def unpack_case(text: str) -> CaseContent:
    """Read a case back from its canonical text."""
    plain: dict[str, Any] = json.loads(text)
    extension = plain.get("extension")
    return CaseContent(
        region=plain["region"],
        accepted_at=_moment(plain["accepted_at"]),
        completed_at=_optional_moment(plain.get("completed_at")),
        outcome=plain["outcome"],
        resolved=plain.get("resolved"),
        deadline=_optional_moment(plain.get("deadline")),
        pauses=tuple(
            Pause(_moment(start), _optional_moment(end), ground, document)
            for start, end, ground, document in plain.get("pauses", ())
        ),
        extension=None if extension is None else Extension(*extension),
        labels=tuple((name, value) for name, value in plain.get("labels", ())),
    )


def unpack_report(text: str) -> ReportContent:
    """Read a progress report back from its canonical text."""
    plain: dict[str, Any] = json.loads(text)
    return ReportContent(
        state=plain.get("state"),
        done_on=_optional_day(plain.get("done_on")),
        summary=plain.get("summary", ""),
        zero_report=plain.get("zero_report", False),
        received_on=_optional_day(plain.get("received_on")),
    )


def _plain_figure(content: FigureContent) -> dict[str, object]:
    return {
        "value": _figure(content.value),
        "numerator": _figure(content.numerator),
        "denominator": _figure(content.denominator),
        "sample_size": _figure(content.sample_size),
        "not_applicable": content.not_applicable,
        "comment": content.comment,
    }


def _plain_case(content: CaseContent) -> dict[str, object]:
    extension = content.extension
    return {
        "region": content.region,
        "accepted_at": _text(content.accepted_at),
        "completed_at": _text(content.completed_at),
        "outcome": content.outcome,
        "resolved": content.resolved,
        "deadline": _text(content.deadline),
        "pauses": [[_text(p.start), _text(p.end), p.ground, p.document] for p in content.pauses],
        "extension": None if extension is None else list(astuple(extension)),
        "labels": [list(label) for label in content.labels],
    }


def _plain_report(content: ReportContent) -> dict[str, object]:
    return {
        "state": content.state,
        "done_on": None if content.done_on is None else content.done_on.isoformat(),
        "summary": content.summary,
        "zero_report": content.zero_report,
        "received_on": None if content.received_on is None else content.received_on.isoformat(),
    }


def _figure(number: Decimal | None) -> str | None:
    return None if number is None else f"{(number + 0).normalize():f}"


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _optional_moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _optional_day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
