"""The life of an alert: pending, firing, acknowledged, replied, closed; or resolved, or revoked.

Each function takes an alert and returns the step it makes, with the alert as it then stands; none
changes its argument. A step that the state does not allow raises WrongStep. Numbers and reply dates
come in from outside, so that one transaction can own the counter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.alerts.domain.alert import (
    Alert,
    Colour,
    Stamp,
    State,
    Step,
    Subject,
    Transition,
    Trigger,
)
from services.alerts.domain.periods import merged, worst


class WrongStep(Exception):  # noqa: N818 - says what it is; it becomes a 409
    """The alert is in a state that does not allow the step."""

    def __init__(self, step: Step, state: State) -> None:
        super().__init__(f"an alert that is {state} cannot be {step}")
        self.step = step
        self.state = state


class NeedsReason(Exception):  # noqa: N818 - says what it is; it becomes a 422
    """Closing an alert that has not recovered, or that lacks a reply, takes a reason."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How an alert asks for replies from now on: it waits for its sending hour, or goes out."""

    waits: bool
    reply_due: date | None


def opened(
    alert_id: str,
    subject: Subject,
    triggers: Sequence[Trigger],
    asking: Asking,
    *,
    number: str,
    stamp: Stamp,
) -> Transition:
    """Open an alert for what was found: pending while it waits for its sending hour, else firing.

    Args:
        alert_id: its id.
        subject: what it is about.
        triggers: one a period, at least one.
        asking: whether it waits, and the reply date where it does not.
        number: the next of the colour of the worst trigger.
        stamp: of the step.

    """
    trigger = worst(triggers)
    alert = Alert(
        id=alert_id,
        subject=subject,
        number=number,
        colour=trigger.colour,
        state=State.PENDING,
        opened_at=stamp.at,
        fired_at=None,
        reply_due=None,
        trigger=trigger,
        named=merged((), triggers),
        steps=0,
    )
    asked = _asking_anew(alert, trigger, asking, stamp)
    return replace(made(alert, asked, Step.OPENED, stamp, rule=trigger.rule), was=None)


def escalated(
    alert: Alert, triggers: Sequence[Trigger], asking: Asking, *, number: str, stamp: Stamp
) -> Transition:
    """Raise an open alert to a higher colour: a new number, a new reply date, to be answered anew.

    Who has replied in time need not reply again where the colour rises for want of other replies.

    Raises:
        WrongStep: it is over, or the colour is not higher: a colour never goes down.

    """
    trigger = worst(triggers)
    higher = trigger.colour.rank > alert.colour.rank
    need(Step.ESCALATED, alert, allowed=alert.open and higher)
    after = _asking_anew(
        replace(alert, number=number, colour=trigger.colour), trigger, asking, stamp
    )
    if trigger.occasion == "reply":
        after = replace(after, replies=alert.replies)
    else:
        after = replace(after, named=merged(alert.named, triggers))
    return made(alert, after, Step.ESCALATED, stamp, rule=trigger.rule)


def renewed(alert: Alert, triggers: Sequence[Trigger], asking: Asking, stamp: Stamp) -> Transition:
    """Add periods to an open alert at the colour it has; it is to be answered anew."""
    need(Step.RENEWED, alert, allowed=alert.open)
    trigger = replace(worst(triggers), colour=alert.colour)
    named = replace(alert, named=merged(alert.named, triggers))
    after = _asking_anew(named, trigger, asking, stamp)
    return made(alert, after, Step.RENEWED, stamp, rule=trigger.rule)


def fired(alert: Alert, reply_due: date | None, stamp: Stamp) -> Transition:
    """Send out an alert that waited."""
    need(Step.FIRED, alert, allowed=alert.state is State.PENDING)
    after = replace(
        alert, state=State.FIRING, fired_at=alert.fired_at or stamp.at, reply_due=reply_due
    )
    return made(alert, after, Step.FIRED, stamp)


def recovered(alert: Alert, stamp: Stamp) -> Transition:
    """Mark that every period is good again; a blue alert ends by that.

    The cause is the evaluation that first found it.
    """
    need(Step.RECOVERED, alert, allowed=alert.open and alert.recovering is not None)
    after, step = replace(alert, recovered_at=stamp.at), Step.RECOVERED
    if alert.colour is Colour.BLUE:
        after, step = replace(after, state=State.RESOLVED), Step.RESOLVED
    return made(alert, after, step, stamp, cause=alert.recovering)


def relapsed(alert: Alert, stamp: Stamp) -> Transition:
    """Take the mark `recovered` back."""
    need(Step.RELAPSED, alert, allowed=alert.open and alert.recovered_at is not None)
    after = replace(alert, recovering=None, recovered_at=None)
    return made(alert, after, Step.RELAPSED, stamp)


def closed(alert: Alert, stamp: Stamp, comment: str | None, reason: str | None) -> Transition:
    """End an alert that the office has checked 核实销号.

    Raises:
        NeedsReason: none is given though a period is still bad or a reply is missing.

    """
    need(Step.CLOSED, alert, allowed=alert.open)
    missing = {"recovery": alert.recovering is None, "reply": alert.owes_reply}
    lacking = tuple(what for what, is_missing in missing.items() if is_missing)
    if lacking and not reason:
        raise NeedsReason(alert.id)
    after = replace(alert, state=State.CLOSED, lacking=lacking)
    return made(alert, after, Step.CLOSED, stamp, comment=comment, reason=reason)


def reopened(alert: Alert, reply_due: date | None, stamp: Stamp, reason: str) -> Transition:
    """Open a closed alert again; it is to be answered anew."""
    need(Step.REOPENED, alert, allowed=alert.state is State.CLOSED)
    bare = replace(alert, recovering=None, recovered_at=None, lacking=())
    asking = Asking(waits=False, reply_due=reply_due)
    after = _asking_anew(bare, alert.trigger, asking, stamp)
    return made(alert, after, Step.REOPENED, stamp, reason=reason)


def revoked(alert: Alert, stamp: Stamp, reason: str) -> Transition:
    """Take back an open alert: a keying error, a late entry, an appeal upheld."""
    need(Step.REVOKED, alert, allowed=alert.open)
    return made(alert, replace(alert, state=State.REVOKED), Step.REVOKED, stamp, reason=reason)


def keeps_silent(step: Transition) -> bool:
    """Whether a step is none of a receiver's business: not yet sent out, or the units' own act."""
    own_act = step.step in (Step.ACKNOWLEDGED, Step.REPLIED, Step.APPEALED)
    return own_act or step.alert.state is State.PENDING or step.alert.fired_at is None


def need(step: Step, alert: Alert, *, allowed: bool) -> None:
    """Make sure that an alert allows a step; WrongStep otherwise."""
    if not allowed:
        raise WrongStep(step, alert.state)


def made(before: Alert, after: Alert, step: Step, stamp: Stamp, **said: Any) -> Transition:  # noqa: ANN401 - fields of Transition
    """Return the step from one alert to another; `said` are other fields of it."""
    said = {"cause": after.trigger.cause, **said}
    return Transition(stamp, step, replace(after, steps=before.steps + 1), before.state, **said)


def _asking_anew(alert: Alert, trigger: Trigger, asking: Asking, stamp: Stamp) -> Alert:
    return replace(
        alert,
        state=State.PENDING if asking.waits else State.FIRING,
        fired_at=alert.fired_at or (None if asking.waits else stamp.at),
        reply_due=None if asking.waits else asking.reply_due,
        trigger=trigger,
        signed=(),
        replies=(),
        appealed=False,
    )
