"""What the notice is judged by, and how its promise was kept (domain.md section 5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from duibiao.register import Period, Target, Window, parse
from services.indicators.domain.rows import Status, VerdictRow

_KEPT: Final = ("met", "sustained")
# Of a standing target's periods the worst speaks: one that was missed is not made good by others.
_WORST_FIRST: Final[tuple[Status, ...]] = ("regressed", "missed", "unknown", "waived")


@dataclass(frozen=True, slots=True)
class Decisive:
    """How a promise was kept.

    `period`: the one that contains `judged_by`; of a standing target, None. `kept` of `periods`
    were met: of a standing target those of the watch window that have ended, else None. `status`
    is the period's, or of several the worst; None where none has been judged yet.
    """

    status: Status | None
    period: str | None = None
    kept: int | None = None
    periods: int | None = None


def is_decisive(target: Target, period: Period, window: Window, *, ended: bool) -> bool:
    """Whether the notice is judged by a target's rows of a period."""
    if target.judged_by is not None:
        return period.first <= target.judged_by <= period.last
    return ended and window.first <= period.first <= window.last


def decisive_of(target: Target, city: Iterable[VerdictRow]) -> Decisive:
    """Sum up a target from its city rows, of whatever periods."""
    rows = sorted((row for row in city if row.decisive), key=lambda row: parse(row.period).first)
    if target.judged_by is not None:
        return Decisive(rows[0].status, rows[0].period) if rows else Decisive(None)
    kept = sum(row.status in _KEPT for row in rows)
    found = {row.status for row in rows}
    worst = next((status for status in _WORST_FIRST if status in found), None)
    status: Status | None = worst or ("met" if rows else None)
    return Decisive(status, None, kept, len(rows))
