"""The canonical text of what a row says: how contents are told apart, and kept.

Equal contents have equal texts: 5.5 and 5.50 are one figure. The text is JSON, so a store can keep
it as it is.
"""

import json
from dataclasses import fields
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
    given = {field.name: _plain(getattr(content, field.name)) for field in fields(content)}
    resolved = given.pop("resolved", None)
    said = {name: value for name, value in given.items() if value not in (None, "", [], False)}
    if resolved is not None:  # a case that is not resolved says so
        said["resolved"] = resolved
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(content: AnyContent) -> str:
    """Return 32 hex digits that differ where contents differ."""
    return sha256(pack(content).encode()).hexdigest()[:32]


def unpack_report(text: str) -> ReportContent:
    """Read a progress report back from its canonical text."""
    said: dict[str, Any] = json.loads(text)
    for name in {"done_on", "received_on"} & said.keys():
        said[name] = date.fromisoformat(said[name])
    return ReportContent(**{"state": None} | said)


def _plain(value: object) -> object:
    match value:
        case Decimal():
            return f"{(value + 0).normalize():f}"
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case Pause() | Extension():
            return [_plain(getattr(value, field.name)) for field in fields(value)]
        case tuple():
            return [_plain(part) for part in value]
        case _:
            return value
