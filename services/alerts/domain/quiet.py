"""What keeps an open alert from ringing: a silence, the city's alert of its target, a flood.

Owns what a silence matches and what holds an alert. A held alert stands in the lists, in its
history and on the topic as ever; only its notifications wait.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from services.alerts.domain.alert import Alert, Colour, Subject

Codes = tuple[str, ...]
BELOW_RED: Final = (Colour.BLUE, Colour.YELLOW)


@dataclass(frozen=True, slots=True)
class Matchers:
    """Which alerts a silence is about; an empty field does not choose.

    `org`: a lead unit or the unit of the row. An alert has a target or a duty, so the two fields
    are one condition. Red is matched only where `colour` names it.
    """

    org: Codes = ()
    target: Codes = ()
    duty: Codes = ()
    region: Codes = ()
    colour: Codes = ()

    def match(self, subject: Subject, colour: Colour) -> bool:
        """Whether they match an alert of a subject in a colour."""
        identity, about = subject.identity, self.target + self.duty
        return (
            colour in (self.colour or BELOW_RED)
            and (not about or identity.target in self.target or identity.duty in self.duty)
            and (not self.org or not {identity.org, *subject.leads}.isdisjoint(self.org))
            and (not self.region or identity.region in self.region)
        )


@dataclass(frozen=True, slots=True)
class Silence:
    """Matching alerts do not ring before `until`; `owner` asked for it, `ended_at`: ended early."""

    id: str
    matchers: Matchers
    reason: str
    until: datetime
    owner: str
    created_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None

    def active(self, now: datetime) -> bool:
        """Whether it holds."""
        return self.ended_at is None and now < self.until


@dataclass(frozen=True, slots=True)
class AlertFlood:
    """More alerts opened within a minute than agreed; those that follow wait for the office."""

    id: str
    opened_at: datetime
    state: Literal["open", "released", "withdrawn"] = "open"
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """What holds an alert: a silence until its end, the city's alert or a flood by its id."""

    kind: Literal["silence", "inhibition", "flood"]
    id: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Quiet:
    """What holds alerts at one moment.

    Attributes:
        silences: those that are active.
        flooded: the undecided flood of each alert that has one, by the alert's id.
        cities: the open alert of the city's row of each target that has one.

    """

    silences: Sequence[Silence]
    flooded: Mapping[str, str]
    cities: Mapping[str, Alert]

    def holds(self, alert: Alert, hears: Callable[[Alert], bool] = bool) -> tuple[Hold, ...]:
        """Return what holds an alert; `hears`: whether who is to hear of it hears of another.

        The city's alert inhibits that of a row below it in the same colour or a lower one, unless
        the city's is itself held.
        """
        found = self._own(alert)
        city = self.cities.get(alert.identity.target or "")
        if city is not None and city.id != alert.id and city.colour.rank >= alert.colour.rank:
            found += [Hold("inhibition", city.id)] if hears(city) and not self._own(city) else []
        return tuple(found)

    def _own(self, alert: Alert) -> list[Hold]:
        about = [one for one in self.silences if one.matchers.match(alert.subject, alert.colour)]
        found = [Hold("silence", one.id, one.until) for one in about]
        flood = self.flooded.get(alert.id)
        return found if flood is None else [*found, Hold("flood", flood)]
