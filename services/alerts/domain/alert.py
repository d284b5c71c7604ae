"""An alert 预警 and a step in its life, as frozen values.

Owns their shapes, the order of the colours and the text of a number. How an alert moves from one
state to the next stands in `life`; why, in `rules`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from duibiao.register import Occasion


class Colour(StrEnum):
    """Blue 提醒, yellow 黄牌, red 红牌; `rank` puts them in order and a colour never goes down."""

    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"

    @property
    def rank(self) -> int:
        """1 for blue to 3 for red."""
        return ("blue", "yellow", "red").index(self) + 1

    @property
    def zh(self) -> str:
        """The character that begins a number of this colour."""
        return {"blue": "蓝", "yellow": "黄", "red": "红"}[self]


class State(StrEnum):
    """Where an alert is in its life; the first four are open, the others are final."""

    PENDING = "pending"
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    REPLIED = "replied"
    CLOSED = "closed"
    RESOLVED = "resolved"
    REVOKED = "revoked"


OPEN_STATES = frozenset({State.PENDING, State.FIRING, State.ACKNOWLEDGED, State.REPLIED})


class Step(StrEnum):
    """What can happen to an alert. `renewed`: the same colour again, for another period."""

    OPENED = "opened"
    FIRED = "fired"
    ESCALATED = "escalated"
    RENEWED = "renewed"
    ACKNOWLEDGED = "acknowledged"
    REPLIED = "replied"
    APPEALED = "appealed"
    CLOSED = "closed"
    RESOLVED = "resolved"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Identity:
    """What an alert is about: (target, org, region) or (duty, org). At most one is open of each."""

    target: str | None
    duty: str | None
    org: str | None
    region: str | None

    @property
    def key(self) -> str:
        """`target/org/region` or `duty/org`: the record key on the topics, unique per identity."""
        if self.duty is not None:
            return f"{self.duty}/{self.org}"
        return f"{self.target}/{self.org or ''}/{self.region}"


@dataclass(frozen=True, slots=True)
class Subject:
    """An identity with the units that hear of it: those it goes to, those copied."""

    identity: Identity
    measure: str | None
    leads: tuple[str, ...]
    copied: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Why an alert is due: a rule of the register that holds, and what made it hold.

    `cause` is a verdict's id, a duty event's id, "figure PERIOD" or "reply DATE"; the same cause
    raises the same colour once.
    """

    colour: Colour
    rule: str
    occasion: Occasion
    period: str
    cause: str
    verdict_id: str | None


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as it stands.

    `reply_due` is itself still in time, None where no reply is asked for or none can be yet.
    `recovering` names the evaluation that first found things good again; `fired_at` is the first
    time it went out, None if it never did; `steps` counts its history, which has no gaps.
    """

    id: str
    subject: Subject
    number: str
    colour: Colour
    state: State
    opened_at: datetime
    fired_at: datetime | None
    reply_due: date | None
    finding: Finding
    appealed: bool
    recovering: str | None
    steps: int

    @property
    def identity(self) -> Identity:
        """What it is about."""
        return self.subject.identity

    @property
    def open(self) -> bool:
        """Whether its life goes on."""
        return self.state in OPEN_STATES

    @property
    def answered(self) -> bool:
        """Whether the units have replied to, or appealed against, its present colour."""
        return self.state is State.REPLIED or self.appealed


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who did something and when; `id` names the step and stays its event's id on the topic."""

    id: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Transition:
    """One step: the alert as it stands after it, and what stood before."""

    stamp: Stamp
    step: Step
    alert: Alert
    was: State | None
    cause: str | None
    rule: str | None = None
    comment: str | None = None
    reason: str | None = None


def number(colour: Colour, year: int, place: int) -> str:
    """Return a number such as `黄-2021-0007`; `place` counts from 1 within colour and year."""
    return f"{colour.zh}-{year}-{place:04}"
