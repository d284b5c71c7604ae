"""Checking one case: its dates, its pauses, its extension (domain.md sections 3 to 5)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, cast

from services.ingest.domain.fields import Fields, text_flaw
from services.ingest.domain.flaws import Words
from services.ingest.domain.naming import known_indicator, known_region, own
from services.ingest.domain.personal import personal_name, personal_number
from services.ingest.domain.rows import GROUNDS, OUTCOMES, Case, Extension, Outcome, Pause
from services.ingest.domain.terms import Terms

FIELDS: Final = (
    "case_no",
    "indicator",
    "region",
    "accepted_at",
    "completed_at",
    "outcome",
    "resolved",
    "deadline",
    "pauses",
    "extension",
    "stated_at",
    "org",
    "labels",
)
PAUSE_FIELDS: Final = ("from", "to", "ground", "document")
EXTENSION_FIELDS: Final = ("days", "document")
MOST_PAUSES: Final = 50
MOST_LABELS: Final = 10
MOST_DAYS: Final = 1_000  # working days of an extension; beyond is a slip of the pen
_NO_RESOLUTION: Final[Words] = (
    "the statistic of the indicator is not share",
    "该指标的口径不是share",
)


def check_case(fields: Fields, index: int, terms: Terms) -> Case:
    """Tell every fault of a row; what is returned means something only where there was none."""
    fields.only(FIELDS)
    fields.need("case_no", "indicator", "accepted_at", "outcome")
    fields.name("org")
    accepted_at = fields.past("accepted_at")
    outcome = fields.choice("outcome", OUTCOMES)
    return Case(
        index=index,
        case_no=fields.name("case_no") or "",
        indicator=_indicator(fields, terms),
        region=known_region(fields, terms) or "",
        accepted_at=accepted_at or terms.received,
        completed_at=_completed_at(fields, accepted_at, outcome),
        outcome=cast("Outcome", outcome or "open"),
        resolved=fields.flag("resolved"),
        deadline=fields.moment("deadline"),
        pauses=tuple(_pause(entry, terms) for entry in fields.objects("pauses", MOST_PAUSES)),
        extension=_extension(fields),
        stated_at=fields.past("stated_at"),
        labels=_labels(fields, terms),
    )


def _indicator(fields: Fields, terms: Terms) -> str:
    indicator = known_indicator(fields, terms)
    if indicator is None:
        return ""
    own(fields, terms, "indicator", indicator.code, indicator.reported_by)
    if indicator.statistic == "latest":
        fields.flaw("no-cases", "indicator", value=indicator.code)
    elif indicator.statistic != "share" and fields.given("resolved"):
        fields.flaw("not-allowed", "resolved", field="resolved", reason=_NO_RESOLUTION)
    return indicator.code


def _completed_at(
    fields: Fields, accepted_at: datetime | None, outcome: str | None
) -> datetime | None:
    completed_at = fields.past("completed_at")
    if outcome == "open" and fields.given("completed_at"):
        fields.flaw("open-with-completion", "completed_at")
    elif outcome in ("completed", "refused") and not fields.given("completed_at"):
        fields.flaw("outcome-needs-completion", "completed_at", outcome=outcome)
    if completed_at and accepted_at and completed_at < accepted_at:
        names = {name: fields.as_sent(f"{name}_at") for name in ("completed", "accepted")}
        fields.flaw("completed-before-accepted", "completed_at", **names)
    return completed_at


def _pause(fields: Fields, terms: Terms) -> Pause:
    fields.only(PAUSE_FIELDS)
    fields.need("from", "ground", "document")
    start, end = fields.past("from"), fields.moment("to")
    if start and end and end < start:
        fields.flaw("bad-pause", "to", end=fields.as_sent("to"), start=fields.as_sent("from"))
    ground = fields.choice("ground", GROUNDS)
    document = fields.name("document")
    return Pause(start or terms.received, end, ground or "", document or "")


def _extension(fields: Fields) -> Extension | None:
    extension = fields.nested("extension")
    if extension is None:
        return None
    extension.only(EXTENSION_FIELDS)
    extension.need("days", "document")
    days = extension.whole("days", 1, MOST_DAYS)
    return Extension(int(days or 0), extension.name("document") or "")


def _labels(fields: Fields, terms: Terms) -> Mapping[str, str]:
    labels = fields.nested("labels")
    if labels is None:
        return {}
    names = labels.names()
    if len(names) > MOST_LABELS:
        fields.flaw("too-many", "labels", field="labels", limit=MOST_LABELS)
        return {}
    for name in names:
        if code := _label_flaw(name, terms):
            labels.flaw(code, name, field="labels", limit=terms.limits.name)
        labels.need(name)
    return {name: labels.name(name) or "" for name in names}


def _label_flaw(name: str, terms: Terms) -> str | None:
    if personal_name(name):
        return "personal-field"
    return text_flaw(name, terms.limits.name) or personal_number(name, terms.today.year)
