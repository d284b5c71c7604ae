"""Checking one case: its dates, its pauses, its extension (domain.md sections 3 to 5)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from duibiao.register import Indicator
from duibiao.workdays import local_day
from services.ingest.domain.codes import known_indicator, known_region
from services.ingest.domain.context import ValidationContext
from services.ingest.domain.reading import RowReader, Values
from services.ingest.domain.rows import OPTIONS, ROWS, Field
from services.ingest.domain.words import WORDS

_PAUSE: Final = ROWS["case"].fields["pauses"].parts
_EXTENSION: Final = ROWS["case"].fields["extension"].parts


def check_case(reader: RowReader, row: Values, terms: ValidationContext) -> None:
    """Tell every error between the fields of a row; complete its region."""
    indicator = known_indicator(reader, terms, row["indicator"])
    if indicator is not None and not indicator.takes_cases:
        reader.reject("no-cases", "indicator", value=(indicator.code, indicator.name_zh))
    elif indicator is not None and indicator.statistic != "share" and reader.given("resolved"):
        reader.reject("not-allowed", "resolved", reason=WORDS["reasons"]["no-share"])
    if indicator and indicator.clock.limit == "deadline" and not reader.given("deadline"):
        reader.reject("deadline-needed", "deadline", indicator=(indicator.name, indicator.name_zh))
    row["region"] = known_region(reader, terms, row["region"])
    _check_completion(reader, row)
    if row["outcome"] == "open":
        _check_open(reader, row, indicator, terms)
    row["pauses"] = _pauses(reader, row, indicator)
    row["extension"] = _extension(row["extension"], indicator)


def check_approval(reader: RowReader, row: Values, terms: ValidationContext) -> None:
    """Tell every error of what the office decides on an extension or a long pause (section 4)."""
    if not terms.sender.office:
        reader.reject("office-only", "days")
    indicator = known_indicator(reader, terms, row["indicator"])
    if indicator is not None and not indicator.clock.asks:
        reader.reject("no-approval-asked", "indicator", value=(indicator.code, indicator.name_zh))


def _check_completion(reader: RowReader, row: Values) -> None:
    accepted_at, completed_at, outcome = row["accepted_at"], row["completed_at"], row["outcome"]
    if outcome == "open" and reader.given("completed_at"):
        reader.reject("open-with-completion", "completed_at")
    elif outcome in ("completed", "refused") and not reader.given("completed_at"):
        words = outcome, OPTIONS[outcome][0]
        reader.reject("outcome-needs-completion", "completed_at", outcome=words)
    if completed_at and accepted_at and completed_at < accepted_at:
        names = {name: reader.as_sent(f"{name}_at") for name in ("completed", "accepted")}
        reader.reject("completed-before-accepted", "completed_at", **names)


def _check_open(
    reader: RowReader, row: Values, indicator: Indicator | None, terms: ValidationContext
) -> None:
    if row["resolved"]:
        reader.reject("open-but-resolved", "resolved")
    if row["accepted_at"] is None or indicator is None:
        return
    day = local_day(row["accepted_at"])
    if day < oldest_usual(indicator, terms.today):
        usual, age = indicator.clock.usual_age, (terms.today - day).days
        reader.warn("unusual-age", "accepted_at", day=day, age=age, limit=usual)


def oldest_usual(indicator: Indicator, today: date) -> date:
    """Return the first day on which an open case may have been accepted without a question."""
    return today - timedelta(days=indicator.clock.usual_age)


def _pauses(reader: RowReader, row: Values, indicator: Indicator | None) -> list[Values]:
    """Read the pauses; their bounds and the case's are compared as days in Asia/Shanghai."""
    parts = _PAUSE if indicator is None else _pause_fields(indicator.clock.grounds)
    accepted, completed = _day(row["accepted_at"]), _day(row["completed_at"])
    read = [_pause(entry, parts, accepted, completed) for entry in row["pauses"]]
    pauses = [pause for pause in read if pause is not None]
    if _overlap(pauses):
        reader.warn("pauses-overlap", "pauses")
    return pauses


def _day(time: datetime | None) -> date | None:
    return None if time is None else local_day(time)


@lru_cache(maxsize=100)
def _pause_fields(grounds: tuple[str, ...]) -> tuple[Field, ...]:
    """Return the fields of a pause that may rest on some grounds."""
    return tuple(replace(one, options=grounds) if one.options else one for one in _PAUSE)


def _pause(
    reader: RowReader, parts: Sequence[Field], accepted: date | None, completed: date | None
) -> Values | None:
    pause = reader.read(parts)
    start, end = _day(pause["from"]), _day(pause["to"])
    if completed is not None and not reader.given("to"):
        reader.reject("pause-not-ended", "to")
    if completed is not None and end is not None and end > completed:
        sent = reader.as_sent("to")
        reader.reject("pause-after-completion", "to", end=sent, completed=completed)
    if start is None or None in (pause["ground"], pause["document"]):
        return None
    began = reader.as_sent("from")
    if accepted is not None and start < accepted:
        reader.reject("pause-before-acceptance", "from", start=began, accepted=accepted)
    if end is not None and end < start:
        reader.reject("bad-pause", "to", end=reader.as_sent("to"), start=began)
    return pause


def _overlap(pauses: Sequence[Values]) -> bool:
    """Whether two pauses share a day that counts: a pause counts the days after its first."""
    until = date.min
    for first, last in sorted(
        (local_day(pause["from"]), _day(pause["to"]) or date.max) for pause in pauses
    ):
        if first < until and last > first:
            return True
        until = max(until, last)
    return False


def _extension(reader: RowReader | None, indicator: Indicator | None) -> Values | None:
    if reader is None:
        return None
    extension = reader.read(_EXTENSION)
    days = extension["days"]
    if days is not None and indicator is not None and days > indicator.clock.max_extension:
        whose, most = (indicator.name, indicator.name_zh), indicator.clock.max_extension
        value = format(days, "f")
        reader.reject("extension-too-long", "days", limit=most, indicator=whose, value=value)
    return extension
