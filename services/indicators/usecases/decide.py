"""Ask for a waiver and decide on it; close a period, or reopen it for a while.

Owns when a decision may be made. Its effect on verdicts is that of `apply_decision`.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final

from duibiao.register import Period, parse
from services.indicators.domain.decisions import (
    Closing,
    Decision,
    DecisionKind,
    Waiver,
    WaiverState,
    closings_of,
    owner_of,
    waivers_of,
)
from services.indicators.domain.rows import JsonObject, rising
from services.indicators.ports import Repository

UNDECIDED_AT_MOST: Final = 100  # waivers of one unit
_FROM: Final[dict[DecisionKind, WaiverState]] = {
    "waiver.approved": "requested",
    "waiver.rejected": "requested",
    "waiver.ended": "approved",
}


class NoSuchDecision(LookupError):  # noqa: N818 - what is missing
    """There is no waiver of this id, or the period was never closed."""


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

    def request_waiver(self, said: JsonObject) -> Decision:
        """Ask for a waiver: `target`, `org` or None, `first`, `until`, `reason`, `document`."""
        first, until = (date.fromisoformat(said[name]) for name in ("first", "until"))
        if until < first:
            raise TooEarly(first)
        known = waivers_of(self.repository.decisions("waiver")).values()
        undecided = [one for one in known if one.state == "requested" and one.org == said["org"]]
        if len(undecided) >= UNDECIDED_AT_MOST:
            raise TooManyRequests
        ident = self._next_id()
        return self._saved(Decision(ident, "waiver.requested", ident, said, self.actor, self.now))

    def decide_waiver(self, ident: str, kind: DecisionKind, said: JsonObject) -> Decision:
        """Approve, reject or end a waiver: `reason`, and `until` where it ends early.

        Raises:
            NoSuchDecision, WrongState: nothing to decide on.
            TooLate, TooEarly: the last day is after that granted, or before the day before it.

        """
        waiver = waivers_of(self.repository.decisions("waiver")).get(ident)
        if waiver is None:
            raise NoSuchDecision(ident)
        if waiver.state != _FROM[kind]:
            raise WrongState(waiver.state)
        if kind == "waiver.ended":
            said = self._ended(waiver, said)
        return self._make(kind, ident, said)

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

    def _make(self, kind: DecisionKind, subject: str, said: JsonObject) -> Decision:
        return self._saved(Decision(self._next_id(), kind, subject, said, self.actor, self.now))

    def _next_id(self) -> str:
        """Return an id above those of all decisions, whichever process made them."""
        known = self.repository.decisions()
        return rising(self.new_id(), known[-1].id if known else "")

    def _saved(self, decision: Decision) -> Decision:
        self.repository.save_decision(decision)
        return decision
