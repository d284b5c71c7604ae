"""What units and the office say of reported figures before a period is closed: reviews and notes.

How a review 报送审核 or a note 批注 stands follows from all decisions on it, in their order.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeVar

from duibiao.register import PERIOD_TYPES, Period, Register, parse
from services.indicators.domain.decisions import Decision

ReviewState = Literal["not_submitted", "submitted", "returned", "accepted"]
NoteState = Literal["added", "resolved"]
T = TypeVar("T", "Review", "FigureNote")


@dataclass(frozen=True, slots=True)
class _About:
    """`reason`: that of the last step that gave one. `by`, `at`: who took the last step, when."""

    id: str
    org: str
    period: str = ""
    indicator: str | None = None
    region: str | None = None
    reason: str | None = None
    by: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Review(_About):
    """How a unit's figures and progress reports of a period stand with the office.

    `id` is ORG/PERIOD. `person` answers for what was submitted last, with `zero_reports` also for
    its zero reports. `indicator` (in a `region`) or `measure`: what was returned last; the whole
    where all are None.
    """

    state: ReviewState = "not_submitted"
    person: str | None = None
    zero_reports: bool = False
    measure: str | None = None


@dataclass(frozen=True, slots=True)
class FigureNote(_About):
    """A note on a figure. `follow_up`: somebody has to look after it."""

    state: NoteState = "added"
    text: str = ""
    follow_up: bool = False


def owed(register: Register, period: Period) -> list[str]:
    """Return the units that owe figures or progress reports of a period.

    Figures are owed of what is judged by periods within it, as long as the notice is watched.
    """
    orgs = {duty.org for duty in register.duties if period.covers(parse(duty.period))}
    if period.first <= register.window.last and register.window.first <= period.last:
        finer = PERIOD_TYPES[: PERIOD_TYPES.index(period.type) + 1]
        judged = (register.indicators[target.indicator] for target in register.targets)
        orgs.update(org for one in judged if one.period_type in finer for org in one.reported_by)
    return sorted(orgs)


def fold(kind: type[T], decisions: Iterable[Decision], *begun: str) -> dict[str, T]:
    """Return how reviews or notes stand, by id; those of some ids though nothing was decided."""
    found = {ident: _new(kind, ident) for ident in begun}
    for _, step, subject, said, actor, moment in decisions:
        old = found.get(subject) or _new(kind, subject)
        changed = {**said, "state": step.partition(".")[2]}
        found[subject] = replace(old, **changed, by=actor, at=moment)
    return found


def _new(kind: type[T], ident: str) -> T:
    org, _, period = ident.partition("/")
    return kind(ident, org, period)
