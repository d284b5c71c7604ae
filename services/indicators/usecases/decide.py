"""Ask for a waiver and decide on it; review a period, close or reopen it; answer doubts.

Owns when a decision may be made. Its effect on verdicts is that of `apply_decision`.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final, TypeVar

from duibiao.register import Period, Register, parse
from services.indicators.domain.decisions import (
    Closing,
    Decision,
    DecisionKind,
    Waiver,
    closings_of,
    owner_of,
    waivers_of,
)
from services.indicators.domain.reviews import FigureNote, Review, fold, owed
from services.indicators.domain.rows import JsonObject, rising
from services.indicators.ports import Repository

T = TypeVar("T", Waiver, Review, FigureNote)
UNDECIDED_AT_MOST: Final = 100  # waivers of one unit
_FROM: Final[Mapping[DecisionKind, Collection[str]]] = {
    "waiver.approved": ("requested",),
    "waiver.rejected": ("requested",),
    "waiver.ended": ("approved",),
    "review.submitted": ("not_submitted", "returned"),
    "review.returned": ("submitted", "accepted"),
    "review.accepted": ("submitted",),
    "note.resolved": ("added",),
}


class NoSuchDecision(LookupError):  # noqa: N818 - what is missing
    """There is no such waiver or note, the period was never closed, or nothing is owed of it."""


class WrongState(Exception):  # noqa: N818 - always caught
    """The decision cannot be made as things stand; `state` is how they do."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class NotEnded(Exception):  # noqa: N818 - always caught
    """The period lasts until `last`, that day included."""

    def __init__(self, last: date) -> None:
        super().__init__(last)
        self.last = last


class TooManyRequests(Exception):  # noqa: N818 - always caught
    """So many waivers of the unit are undecided that it may ask for no more."""


class TooEarly(Exception):  # noqa: N818 - always caught
    """The date lies before `earliest`."""

    def __init__(self, earliest: date) -> None:
        super().__init__(earliest)
        self.earliest = earliest


class TooLate(Exception):  # noqa: N818 - always caught
    """The date lies after `latest`."""

    def __init__(self, latest: date) -> None:
        super().__init__(latest)
        self.latest = latest


@dataclass(frozen=True, slots=True)
class Decisions:
    """Makes and keeps decisions within one transaction. `day`: in Asia/Shanghai."""

    repository: Repository
    actor: str
    day: date
    now: datetime
    new_id: Callable[[], str]
    register: Register

    def request_waiver(self, said: JsonObject) -> Decision:
        """Ask for a waiver: `target`, `org` or None, `first`, `until`, `reason`, `document`."""
        first, until = (date.fromisoformat(said[name]) for name in ("first", "until"))
        if until < first:
            raise TooEarly(first)
        known = waivers_of(self.repository.decisions("waiver")).values()
        undecided = [one for one in known if one.state == "requested" and one.org == said["org"]]
        if len(undecided) >= UNDECIDED_AT_MOST:
            raise TooManyRequests
        return self._make("waiver.requested", None, said)

    def decide_waiver(self, ident: str, kind: DecisionKind, said: JsonObject) -> Decision:
        """Approve, reject or end a waiver: `reason`, and `until` where it ends early.

        Raises:
            NoSuchDecision, WrongState: nothing to decide on.
            TooLate, TooEarly: the last day is after that granted, or before the day before it.

        """
        waiver = _taking(kind, waivers_of(self.repository.decisions("waiver")).get(ident))
        if kind == "waiver.ended":
            said = self._ended(waiver, said)
        return self._make(kind, ident, said)

    def review(self, org: str, period: Period, kind: DecisionKind, said: JsonObject) -> Decision:
        """Submit a unit's part of a period, return it to the unit, or accept it.

        Raises:
            NoSuchDecision: it owes nothing of the period.
            NotEnded: the period has not ended.
            WrongState: the step does not follow, the period is closed, or zero reports of it are
                not signed for.

        """
        reviews = {one.org: one for one in self._reviews(period)}
        review = _taking(kind, reviews.get(org))
        if period.last >= self.day:
            raise NotEnded(period.last)
        owner = owner_of(self._closings(), period)
        if owner is not None and not owner.open:
            raise WrongState("closed")
        duties = self.register.duties_of(org)
        due = {(one.measure, one.period) for one in duties if period.covers(parse(one.period))}
        zero = any(one.content.zero_report for one in self.repository.reports(org, due))
        if zero and said.get("zero_reports") is False:
            raise WrongState("unsigned")
        return self._make(kind, review.id, said)

    def add_note(self, said: JsonObject) -> Decision:
        """Put a note on a figure: `org`, `period`, `indicator`, `region`, `text`, `follow_up`."""
        return self._make("note.added", None, said)

    def resolve_note(self, ident: str, said: JsonObject) -> Decision:
        """Resolve a note. NoSuchDecision, WrongState: there is none, or it was."""
        _taking("note.resolved", fold(FigureNote, self.repository.decisions("note")).get(ident))
        return self._make("note.resolved", ident, said)

    def answer_doubt(self, doubt: str, said: JsonObject) -> Decision:
        """Answer a doubt: `reason`, and the `doubt` as it was asked. WrongState if answered."""
        if any(one.subject == doubt for one in self.repository.decisions("doubt")):
            raise WrongState("answered")
        return self._make("doubt.answered", doubt, said)

    def close(self, period: Period, comment: str) -> Decision:
        """Freeze the figures of a period that has ended, and of those within it, as they stand.

        What a closing before holds stays as it is.

        Raises:
            NotEnded: the period has not ended.
            WrongState: it is closed, a closed period holds it, or its last day is not judged yet.

        """
        if period.last >= self.day:
            raise NotEnded(period.last)
        checkpoint = self.repository.checkpoint()
        if checkpoint is None or checkpoint.judged_day <= period.last:
            raise WrongState("unjudged")
        closings = self._closings()
        own, owner = closings.get(period.code), owner_of(closings, period)
        if owner is not None and (owner is not own or not owner.open):
            raise WrongState("reopened" if owner.open else "closed")
        ident = self._next_id()
        codes = {
            code
            for code in self.repository.judged_periods()
            if period.covers(parse(code)) and owner_of(closings, parse(code)) in (None, own)
        }
        frozen = self.repository.freeze(ident, codes)
        digest = sha256("\n".join(sorted(frozen)).encode()).hexdigest()
        said = {"comment": comment, "rows": len(frozen), "digest": digest}
        reviews = self._reviews(period)
        said["unaccepted"] = left = [one.org for one in reviews if one.state != "accepted"]
        said["accepted"] = len(reviews) - len(left)
        kept = Decision(ident, "period.closed", period.code, said, self.actor, self.now)
        return self._saved(kept)

    def reopen(self, period: str, until: date, reason: str) -> Decision:
        """Let the reported figures of a closed period move until the end of a day.

        Raises:
            NoSuchDecision: it was not closed by itself.
            WrongState: it is open.
            TooEarly: the day is past.

        """
        closing = self._closings().get(period)
        if closing is None:
            raise NoSuchDecision(period)
        if closing.open:
            raise WrongState("reopened")
        if until < self.day:
            raise TooEarly(self.day)
        said = {"until": until.isoformat(), "reason": reason}
        return self._make("period.reopened", period, said)

    def close_expired(self) -> list[Decision]:
        """Close the periods whose exception has ended."""
        closed = []
        for one in self._closings().values():
            if one.reopened_until is not None and one.reopened_until < self.day:
                with suppress(WrongState):  # those that cannot be closed now are tried again
                    closed.append(self.close(parse(one.period), one.comment))
        return closed

    def _reviews(self, period: Period) -> list[Review]:
        """Return those of the units that owe something of the period."""
        ids = [f"{org}/{period.code}" for org in owed(self.register, period)]
        found = fold(Review, self.repository.decisions("review"), *ids)
        return [found[ident] for ident in ids]

    def _closings(self) -> dict[str, Closing]:
        return closings_of(self.repository.decisions("period"))

    def _ended(self, waiver: Waiver, said: JsonObject) -> JsonObject:
        """Return when it ends: on the day named, else at once."""
        given = said.get("until")
        # The day before it begins, so that it never held; there is none before the first of all.
        never = max(waiver.first, date.min + timedelta(days=1)) - timedelta(days=1)
        until = min(max(self.day - timedelta(days=1), never), waiver.until)
        if given is not None:
            until = date.fromisoformat(given)
        if until > waiver.until:
            raise TooLate(waiver.until)
        if until < never:
            raise TooEarly(never)
        return {**said, "until": until.isoformat()}

    def _make(self, kind: DecisionKind, subject: str | None, said: JsonObject) -> Decision:
        """Keep a decision; `subject` None: on what it makes."""
        ident = self._next_id()
        return self._saved(Decision(ident, kind, subject or ident, said, self.actor, self.now))

    def _next_id(self) -> str:
        """Return an id above those of all decisions, whichever process made them."""
        known = self.repository.decisions()
        return rising(self.new_id(), known[-1].id if known else "")

    def _saved(self, decision: Decision) -> Decision:
        self.repository.save_decision(decision)
        return decision


def _taking(kind: DecisionKind, thing: T | None) -> T:
    """Return what a step is about; NoSuchDecision, WrongState where it does not follow."""
    if thing is None:
        raise NoSuchDecision(kind)
    if thing.state not in _FROM[kind]:
        raise WrongState(thing.state)
    return thing
