"""Checking one case: its dates, its pauses, its extension (domain.md sections 3 to 5)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, cast

from duibiao.register import GROUNDS, Indicator
from duibiao.workdays import local_day
from services.ingest.domain.fields import Fields, text_flaw
from services.ingest.domain.flaws import Words
from services.ingest.domain.naming import called_indicator, known_indicator, known_region, own
from services.ingest.domain.personal import personal_name, personal_number
from services.ingest.domain.rows import OUTCOMES, Case, Extension, Outcome, Pause
from services.ingest.domain.terms import Terms
from services.ingest.domain.words import SAID

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
EXTENSION_FIELDS: Final = ("days", "document", "approved_by")
MOST_PAUSES: Final = 50
MOST_LABELS: Final = 10
MOST_DAYS: Final = 1_000  # working days of an extension; beyond is a slip of the pen
_NO_RESOLUTION: Final[Words] = (
    "the statistic of the indicator is not share",
    "该指标的口径不是“比例”",
)


def check_case(fields: Fields, index: int, terms: Terms) -> Case:
    """Tell every fault of a row; what is returned means something only where there was none."""
    fields.only(FIELDS)
    fields.need("case_no", "indicator", "accepted_at", "outcome")
    fields.name("org")
    indicator = _indicator(fields, terms)
    accepted_at = fields.past("accepted_at")
    outcome = fields.choice("outcome", OUTCOMES)
    completed_at = _completed_at(fields, accepted_at, outcome)
    resolved = fields.flag("resolved")
    if outcome == "open":
        _check_open(fields, accepted_at, indicator, terms, resolved=bool(resolved))
    return Case(
        index=index,
        case_no=fields.name("case_no") or "",
        indicator="" if indicator is None else indicator.code,
        region=known_region(fields, terms) or "",
        accepted_at=accepted_at or terms.received,
        completed_at=completed_at,
        outcome=cast("Outcome", outcome or "open"),
        resolved=resolved,
        deadline=fields.moment("deadline"),
        pauses=_pauses(fields, indicator, accepted_at, completed_at),
        extension=_extension(fields, indicator),
        stated_at=fields.past("stated_at"),
        labels=_labels(fields, terms),
    )


def _indicator(fields: Fields, terms: Terms) -> Indicator | None:
    indicator = known_indicator(fields, terms)
    if indicator is None:
        return None
    own(fields, terms, "indicator", called_indicator(indicator), indicator.reported_by)
    if not indicator.takes_cases:
        fields.flaw("no-cases", "indicator", value=called_indicator(indicator))
    elif indicator.statistic != "share" and fields.given("resolved"):
        fields.flaw("not-allowed", "resolved", field="resolved", reason=_NO_RESOLUTION)
    return indicator


def _completed_at(
    fields: Fields, accepted_at: datetime | None, outcome: str | None
) -> datetime | None:
    completed_at = fields.past("completed_at")
    if outcome == "open" and fields.given("completed_at"):
        fields.flaw("open-with-completion", "completed_at")
    elif outcome in ("completed", "refused") and not fields.given("completed_at"):
        fields.flaw("outcome-needs-completion", "completed_at", outcome=(outcome, SAID[outcome][0]))
    if completed_at and accepted_at and completed_at < accepted_at:
        names = {name: fields.as_sent(f"{name}_at") for name in ("completed", "accepted")}
        fields.flaw("completed-before-accepted", "completed_at", **names)
    return completed_at


def _check_open(
    fields: Fields,
    accepted_at: datetime | None,
    indicator: Indicator | None,
    terms: Terms,
    *,
    resolved: bool,
) -> None:
    if resolved:
        fields.flaw("open-but-resolved", "resolved")
    if accepted_at is None or indicator is None:
        return
    day = local_day(accepted_at)
    if day < oldest_usual(indicator, terms.today):
        age = (terms.today - day).days
        fields.warn("unusual-age", "accepted_at", day=day, age=age, limit=indicator.clock.usual_age)


def oldest_usual(indicator: Indicator, today: date) -> date:
    """Return the first day on which an open case may have been accepted without a question."""
    return today - timedelta(days=indicator.clock.usual_age)


def _pauses(
    fields: Fields,
    indicator: Indicator | None,
    accepted_at: datetime | None,
    completed_at: datetime | None,
) -> tuple[Pause, ...]:
    """Read the pauses; their bounds and the case's are compared as days in Asia/Shanghai."""
    grounds = GROUNDS if indicator is None else indicator.clock.grounds
    accepted = None if accepted_at is None else local_day(accepted_at)
    completed = None if completed_at is None else local_day(completed_at)
    read = [
        _pause(entry, grounds, accepted, completed)
        for entry in fields.objects("pauses", MOST_PAUSES)
    ]
    pauses = tuple(pause for pause in read if pause is not None)
    if _overlap(pauses):
        fields.warn("pauses-overlap", "pauses")
    return pauses


def _pause(
    fields: Fields, grounds: Sequence[str], accepted: date | None, completed: date | None
) -> Pause | None:
    fields.only(PAUSE_FIELDS)
    fields.need("from", "ground", "document")
    start, end = fields.past("from"), fields.moment("to")
    ground, document = fields.choice("ground", grounds), fields.name("document")
    if completed is not None and not fields.given("to"):
        fields.flaw("pause-not-ended", "to")
    if completed is not None and end is not None and local_day(end) > completed:
        fields.flaw("pause-after-completion", "to", end=fields.as_sent("to"), completed=completed)
    if start is None or ground is None or document is None:
        return None
    if accepted is not None and local_day(start) < accepted:
        began = fields.as_sent("from")
        fields.flaw("pause-before-acceptance", "from", start=began, accepted=accepted)
    if end is not None and local_day(end) < local_day(start):
        fields.flaw("bad-pause", "to", end=fields.as_sent("to"), start=fields.as_sent("from"))
    return Pause(start, end, ground, document)


def _overlap(pauses: Sequence[Pause]) -> bool:
    """Whether two pauses share a day that counts: a pause counts the days after its first."""
    until = date.min
    for first, last in sorted(
        (local_day(p.start), date.max if p.end is None else local_day(p.end)) for p in pauses
    ):
        if first < until and last > first:
            return True
        until = max(until, last)
    return False


def _extension(fields: Fields, indicator: Indicator | None) -> Extension | None:
    extension = fields.nested("extension")
    if extension is None:
        return None
    extension.only(EXTENSION_FIELDS)
    extension.need(*EXTENSION_FIELDS)
    days = extension.whole("days", 1, MOST_DAYS)
    if days is not None and indicator is not None and days > indicator.clock.max_extension:
        names = {"indicator": (indicator.name, indicator.name_zh), "value": format(days, "f")}
        extension.flaw("extension-too-long", "days", limit=indicator.clock.max_extension, **names)
    document, approved_by = extension.name("document"), extension.name("approved_by")
    return Extension(int(days or 0), document or "", approved_by or "")


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
