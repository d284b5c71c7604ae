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
    """What can happen to an alert.

    `renewed`: a period was added at the colour it has. `relapsed`: the mark `recovered` was taken
    back. `resolved`: a blue alert ended by itself.
    """

    OPENED = "opened"
    FIRED = "fired"
    ESCALATED = "escalated"
    RENEWED = "renewed"
    ACKNOWLEDGED = "acknowledged"
    REPLIED = "replied"
    RETURNED = "returned"
    EXTENDED = "extended"
    ASSIGNED = "assigned"
    APPEALED = "appealed"
    APPEAL_REJECTED = "appeal_rejected"
    RECOVERED = "recovered"
    RELAPSED = "relapsed"
    CLOSED = "closed"
    REOPENED = "reopened"
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
class Trigger:
    """Why an alert is due: a rule of the register that holds, and what made it hold.

    `cause` is a verdict's id, a duty event's id, "figure PERIOD" or "reply DATE". `late`: a late or
    corrected figure turned an ended period bad. `figure` is that figure, as exact text. `breach`:
    the target was missed, or fallen back from, in the period.
    """

    colour: Colour
    rule: str
    occasion: Occasion
    period: str
    cause: str
    verdict_id: str | None
    late: bool = False
    figure: str | None = None
    breach: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A period that an alert is about.

    `colour` and `occasion` are those of the worst trigger that named it. `figure` is what it was
    last bad with; `restated` the good figure that the same period has now instead, None otherwise.
    """

    period: str
    colour: Colour
    occasion: Occasion
    late: bool = False
    figure: str | None = None
    restated: str | None = None


@dataclass(frozen=True, slots=True)
class ReplyFile:
    """A file that a reply names; one that was uploaded has a digest, a type and `size` bytes."""

    name: str
    sha256: str | None = None
    type: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What one lead unit answered; `finish_by` is the day it promises to be done."""

    org: str
    at: datetime
    comment: str
    cause: str
    measures: str
    finish_by: date
    files: tuple[ReplyFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as it stands.

    `named` holds the periods it is about, oldest first; `trigger` the worst of them, of equals the
    newest. `reply_due` is itself still in time, None where no reply is asked for or none can be
    yet. `signed` and `replies` are of lead units, since the alert last began to ask. `recovering`
    names the evaluation that first found every period good again, `recovered_at` is when the next
    one agreed. `lacking` says what a closed alert was closed without: "recovery", "reply".
    `fired_at` is the first time it went out, None if it never did; `steps` counts its history,
    which has no gaps.
    """

    id: str
    subject: Subject
    number: str
    colour: Colour
    state: State
    opened_at: datetime
    fired_at: datetime | None
    reply_due: date | None
    trigger: Trigger
    named: tuple[Named, ...]
    steps: int
    signed: tuple[str, ...] = ()
    replies: tuple[Reply, ...] = ()
    appealed: bool = False
    recovering: str | None = None
    recovered_at: datetime | None = None
    lacking: tuple[str, ...] = ()

    @property
    def identity(self) -> Identity:
        """What it is about."""
        return self.subject.identity

    @property
    def open(self) -> bool:
        """Whether its life goes on."""
        return self.state in OPEN_STATES

    @property
    def silent_leads(self) -> tuple[str, ...]:
        """The lead units that have not replied."""
        replied = {reply.org for reply in self.replies}
        return tuple(org for org in self.subject.leads if org not in replied)

    @property
    def owes_reply(self) -> bool:
        """Whether a reply is asked for and not every lead unit has given one."""
        return self.colour is not Colour.BLUE and bool(self.silent_leads)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who did something and when; `id` names the step and stays its event's id on the topic.

    `actor` is a unit, the office or the service; `person` the name of who acted for it, if known.
    """

    id: str
    at: datetime
    actor: str
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """One step: the alert as it stands after it, and what stood before.

    `comment` and `reply` are what the actor wrote to it, `reason` is the office's.
    """

    stamp: Stamp
    step: Step
    alert: Alert
    was: State | None
    cause: str | None
    rule: str | None = None
    comment: str | None = None
    reason: str | None = None
    reply: Reply | None = None


def number(colour: Colour, year: int, place: int) -> str:
    """Return a number such as `黄-2021-0007`; `place` counts from 1 within colour and year."""
    return f"{colour.zh}-{year}-{place:04}"
