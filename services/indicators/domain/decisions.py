"""What people decide: waivers 豁免, and the closing of periods 锁定 (domain.md 5, 6).

A decision is kept for good. How a waiver or a period stands follows from all decisions on it, in
their order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal, NamedTuple

from duibiao.register import Period, parse
from services.indicators.domain.rows import JsonObject, Series

DecisionKind = Literal[
    "waiver.requested",
    "waiver.approved",
    "waiver.rejected",
    "waiver.ended",
    "period.closed",
    "period.reopened",
    "review.submitted",
    "review.returned",
    "review.accepted",
    "note.added",
    "note.resolved",
    "doubt.answered",
]
WaiverState = Literal["requested", "approved", "rejected", "ended"]
_IN_FORCE: Final = ("approved", "ended")


class Decision(NamedTuple):
    """One act; `said`: what it says.

    `subject`: the id of the waiver or note, the code of the period, or ORG/PERIOD of a review.
    """

    id: str
    kind: DecisionKind
    subject: str
    said: JsonObject
    actor: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Waiver:
    """A unit's, or all units', release from a target for some days, both included.

    `org` None: every row of the target. `decision`: the reason that the office gave.
    """

    id: str
    target: str
    org: str | None
    first: date
    until: date
    reason: str
    document: str
    requested_by: str
    requested_at: datetime
    state: WaiverState = "requested"
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision: str | None = None

    @property
    def in_force(self) -> bool:
        """Whether it was approved, though it may have been ended."""
        return self.state in _IN_FORCE

    def covers(self, series: Series, day: date) -> bool:
        """Whether rows of the series, judged on the day, are waived by it."""
        mine = series.target == self.target and self.org in (None, series.org)
        return mine and self.in_force and self.first <= day <= self.until


@dataclass(frozen=True, slots=True)
class Closing:
    """A period whose figures are frozen as reported, with those of all periods within it.

    `id`: of the decision that froze them. `rows` and `digest`: how many verdicts, and the SHA-256
    of their ids in order, one a line. `accepted` units' reviews of the period were accepted, those
    of the `unaccepted` units, which owed something of it, were not. `reopened_until`: the last day
    of an exception; None while the period is closed.
    """

    id: str
    period: str
    closed_by: str
    closed_at: datetime
    comment: str
    rows: int
    digest: str
    accepted: int
    unaccepted: Sequence[str]
    reopened_until: date | None = None
    reopened_by: str | None = None
    reason: str | None = None

    @property
    def open(self) -> bool:
        """Whether an exception lets the reported figures move."""
        return self.reopened_until is not None


def waivers_of(decisions: Iterable[Decision]) -> dict[str, Waiver]:
    """Return how waivers stand, by id; the decisions in their order."""
    found: dict[str, Waiver] = {}
    for id_, kind, subject, said, actor, moment in decisions:
        old = found.get(subject)
        if kind == "waiver.requested":
            first, until = (date.fromisoformat(said[name]) for name in ("first", "until"))
            about = said["target"], said["org"], first, until, said["reason"], said["document"]
            found[id_] = Waiver(id_, *about, actor, moment)
        elif old is not None and kind in ("waiver.approved", "waiver.rejected", "waiver.ended"):
            until = date.fromisoformat(said["until"]) if kind == "waiver.ended" else old.until
            found[subject] = replace(
                old,
                state=kind.removeprefix("waiver."),  # type: ignore[arg-type]
                until=until,
                decided_by=actor,
                decided_at=moment,
                decision=said["reason"],
            )
    return found


def closings_of(decisions: Iterable[Decision]) -> dict[str, Closing]:
    """Return how closed periods stand, by code, in the order in which they were first closed."""
    found: dict[str, Closing] = {}
    for id_, kind, subject, said, actor, moment in decisions:
        if kind == "period.closed":
            found[subject] = Closing(id_, subject, actor, moment, **said)
        elif kind == "period.reopened" and subject in found:
            found[subject] = replace(
                found[subject],
                reopened_until=date.fromisoformat(said["until"]),
                reopened_by=actor,
                reason=said["reason"],
            )
    return found


def owner_of(closings: Mapping[str, Closing], period: Period) -> Closing | None:
    """Return the closing that froze the figures of a period: the first that covers it, or None."""
    return next((one for one in closings.values() if parse(one.period).covers(period)), None)
