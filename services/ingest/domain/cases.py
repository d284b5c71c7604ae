"""Checking one case: its dates, its pauses, its extension (domain.md sections 3 to 5)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from duibiao.register import Indicator
from duibiao.workdays import local_day
from services.ingest.domain.declaration import ROWS
from services.ingest.domain.field_types import Field
from services.ingest.domain.fields import Fields, Values
from services.ingest.domain.flaws import Words
from services.ingest.domain.naming import called_indicator, known_indicator, known_region
from services.ingest.domain.terms import Terms
from services.ingest.domain.words import SAID

_PAUSE: Final = ROWS["case"].field("pauses").parts
_EXTENSION: Final = ROWS["case"].field("extension").parts
_NO_RESOLUTION: Final[Words] = (
    "the statistic of the indicator is not share",
    "该指标的口径不是“比例”",
)


def check_case(fields: Fields, row: Values, terms: Terms) -> None:
    """Tell every fault between the fields of a row; complete its region."""
    indicator = known_indicator(fields, terms, row["indicator"])
    if indicator is not None and not indicator.takes_cases:
        fields.flaw("no-cases", "indicator", value=called_indicator(indicator))
    elif indicator is not None and indicator.statistic != "share" and fields.given("resolved"):
        fields.flaw("not-allowed", "resolved", field="resolved", reason=_NO_RESOLUTION)
    row["region"] = known_region(fields, terms, row["region"])
    _check_completion(fields, row)
    if row["outcome"] == "open":
        _check_open(fields, row, indicator, terms)
    row["pauses"] = _pauses(fields, row, indicator)
    row["extension"] = _extension(row["extension"], indicator)


def check_approval(fields: Fields, row: Values, terms: Terms) -> None:
    """Tell every fault of what the office decides on an extension or a long pause (section 4)."""
    if not terms.sender.office:
        fields.flaw("office-only", "days", field="days")
    indicator = known_indicator(fields, terms, row["indicator"])
    if indicator is not None and not indicator.clock.asks:
        fields.flaw("no-approval-asked", "indicator", value=called_indicator(indicator))


def _check_completion(fields: Fields, row: Values) -> None:
    accepted_at, completed_at, outcome = row["accepted_at"], row["completed_at"], row["outcome"]
    if outcome == "open" and fields.given("completed_at"):
        fields.flaw("open-with-completion", "completed_at")
    elif outcome in ("completed", "refused") and not fields.given("completed_at"):
        fields.flaw("outcome-needs-completion", "completed_at", outcome=(outcome, SAID[outcome][0]))
    if completed_at and accepted_at and completed_at < accepted_at:
        names = {name: fields.as_sent(f"{name}_at") for name in ("completed", "accepted")}
        fields.flaw("completed-before-accepted", "completed_at", **names)


def _check_open(fields: Fields, row: Values, indicator: Indicator | None, terms: Terms) -> None:
    if row["resolved"]:
        fields.flaw("open-but-resolved", "resolved")
    if row["accepted_at"] is None or indicator is None:
        return
    day = local_day(row["accepted_at"])
    if day < oldest_usual(indicator, terms.today):
        age = (terms.today - day).days
        fields.warn("unusual-age", "accepted_at", day=day, age=age, limit=indicator.clock.usual_age)


def oldest_usual(indicator: Indicator, today: date) -> date:
    """Return the first day on which an open case may have been accepted without a question."""
    return today - timedelta(days=indicator.clock.usual_age)


def _pauses(fields: Fields, row: Values, indicator: Indicator | None) -> list[Values]:
    """Read the pauses; their bounds and the case's are compared as days in Asia/Shanghai."""
    parts = _PAUSE if indicator is None else _pause_fields(indicator.clock.grounds)
    accepted = None if row["accepted_at"] is None else local_day(row["accepted_at"])
    completed = None if row["completed_at"] is None else local_day(row["completed_at"])
    read = [_pause(entry, parts, accepted, completed) for entry in row["pauses"]]
    pauses = [pause for pause in read if pause is not None]
    if _overlap(pauses):
        fields.warn("pauses-overlap", "pauses")
    return pauses


@lru_cache(maxsize=100)
def _pause_fields(grounds: tuple[str, ...]) -> tuple[Field, ...]:
    """Return the fields of a pause that may rest on some grounds."""
    return tuple(replace(one, options=grounds) if one.options else one for one in _PAUSE)


def _pause(
    fields: Fields, parts: Sequence[Field], accepted: date | None, completed: date | None
) -> Values | None:
    pause = fields.read(parts)
    start, end = pause["from"], pause["to"]
    if completed is not None and not fields.given("to"):
        fields.flaw("pause-not-ended", "to")
    if completed is not None and end is not None and local_day(end) > completed:
        fields.flaw("pause-after-completion", "to", end=fields.as_sent("to"), completed=completed)
    if None in (start, pause["ground"], pause["document"]):
        return None
    if accepted is not None and local_day(start) < accepted:
        began = fields.as_sent("from")
        fields.flaw("pause-before-acceptance", "from", start=began, accepted=accepted)
    if end is not None and local_day(end) < local_day(start):
        fields.flaw("bad-pause", "to", end=fields.as_sent("to"), start=fields.as_sent("from"))
    return pause


def _overlap(pauses: Sequence[Values]) -> bool:
    """Whether two pauses share a day that counts: a pause counts the days after its first."""
    until = date.min
    for first, last in sorted(
        (local_day(p["from"]), date.max if p["to"] is None else local_day(p["to"])) for p in pauses
    ):
        if first < until and last > first:
            return True
        until = max(until, last)
    return False


def _extension(fields: Fields | None, indicator: Indicator | None) -> Values | None:
    if fields is None:
        return None
    extension = fields.read(_EXTENSION)
    days = extension["days"]
    if days is not None and indicator is not None and days > indicator.clock.max_extension:
        names = {"indicator": (indicator.name, indicator.name_zh), "value": format(days, "f")}
        fields.flaw("extension-too-long", "days", limit=indicator.clock.max_extension, **names)
    return extension
