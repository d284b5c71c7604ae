"""The marks of verdicts and duties."""

from functools import cache

from duibiao.web.board.language import Language
from duibiao.web.board.marks import Mark
from duibiao.web.board.shapes import DUTY_SHAPES, STATUS_SHAPES
from duibiao.web.board.words import say
from services.indicators.board.words import DUTY, STATUS, UNKNOWN


@cache
def status_mark(status: str, language: Language, reason: str | None = None) -> Mark:
    """Return the mark of a verdict's status; `reason` is why an unknown one is unknown."""
    shape = STATUS_SHAPES.get(status, STATUS_SHAPES["unknown"])
    tone = status if status in STATUS_SHAPES else "unknown"
    if status == "unknown" and reason is not None:
        return Mark(f"s-{tone}", shape, say(UNKNOWN, reason, language))
    return Mark(f"s-{tone}", shape, say(STATUS, status, language))


def status_marks(language: Language) -> tuple[Mark, ...]:
    """Return the marks of all statuses and reasons, in the order in which they are counted."""
    found: list[Mark] = []
    for status in STATUS:
        reasons = UNKNOWN if status == "unknown" else (None,)
        found.extend(status_mark(status, language, reason) for reason in reasons)
    return tuple(found)


@cache
def duty_mark(status: str, language: Language) -> Mark:
    """Return the mark of a duty's state."""
    shape = DUTY_SHAPES.get(status, DUTY_SHAPES["not_due"])
    tone = status if status in DUTY_SHAPES else "not_due"
    return Mark(f"d-{tone}", shape, say(DUTY, status, language))
