"""The life of an alert: pending, firing, acknowledged, replied, closed; or resolved, or revoked.

Each function takes an alert and returns the step it makes, with the alert as it then stands; none
changes its argument. A step that the state does not allow raises WrongStep. Numbers and reply dates
come in from outside, so that one transaction can own the counter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

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
    return _asking_anew(alert, Step.OPENED, trigger, asking, stamp, was=None)


def escalated(
    alert: Alert, triggers: Sequence[Trigger], asking: Asking, *, number: str, stamp: Stamp
) -> Transition:
    """Raise an open alert to a higher colour: a new number, a new reply date, to be answered anew.

    Who has replied in time need not reply again where the colour rises for want of other replies.

    Raises:
        WrongStep: it is over, or the colour is not higher: a colour never goes down.

    """
    trigger = worst(triggers)
    if not alert.open or trigger.colour.rank <= alert.colour.rank:
        raise WrongStep(Step.ESCALATED, alert.state)
    unanswered = trigger.occasion == "reply"
    raised = replace(
        alert,
        number=number,
        colour=trigger.colour,
        named=alert.named if unanswered else merged(alert.named, triggers),
    )
    kept = alert.replies if unanswered else ()
    made = _asking_anew(raised, Step.ESCALATED, trigger, asking, stamp, was=alert.state)
    return replace(made, alert=replace(made.alert, replies=kept))


def renewed(alert: Alert, triggers: Sequence[Trigger], asking: Asking, stamp: Stamp) -> Transition:
    """Add periods to an open alert at the colour it has; it is to be answered anew."""
    if not alert.open:
        raise WrongStep(Step.RENEWED, alert.state)
    named = replace(alert, named=merged(alert.named, triggers))
    trigger = replace(worst(triggers), colour=alert.colour)
    return _asking_anew(named, Step.RENEWED, trigger, asking, stamp, was=alert.state)


def fired(alert: Alert, reply_due: date | None, stamp: Stamp) -> Transition:
    """Send out an alert that waited."""
    _need(alert.state is State.PENDING, Step.FIRED, alert)
    fired_at = alert.fired_at or stamp.at
    return _step(
        alert, Step.FIRED, stamp, state=State.FIRING, fired_at=fired_at, reply_due=reply_due
    )


def recovered(alert: Alert, stamp: Stamp) -> Transition:
    """Mark that every period is good again; a blue alert ends by that.

    The cause is the evaluation that first found it.
    """
    _need(alert.open and alert.recovering is not None, Step.RECOVERED, alert)
    cause = alert.recovering
    if alert.colour is Colour.BLUE:
        made = _step(alert, Step.RESOLVED, stamp, state=State.RESOLVED, recovered_at=stamp.at)
    else:
        made = _step(alert, Step.RECOVERED, stamp, recovered_at=stamp.at)
    return replace(made, cause=cause)


def relapsed(alert: Alert, stamp: Stamp) -> Transition:
    """Take the mark `recovered` back."""
    _need(alert.open and alert.recovered_at is not None, Step.RELAPSED, alert)
    return _step(alert, Step.RELAPSED, stamp, recovering=None, recovered_at=None)


def closed(alert: Alert, stamp: Stamp, comment: str | None, reason: str | None) -> Transition:
    """End an alert that the office has checked 核实销号.

    Raises:
        NeedsReason: none is given though a period is still bad or a reply is missing.

    """
    _need(alert.open, Step.CLOSED, alert)
    lacking = tuple(
        what
        for what, missing in (
            ("recovery", alert.recovering is None),
            ("reply", alert.owes_reply),
        )
        if missing
    )
    if lacking and not reason:
        raise NeedsReason(alert.id)
    made = _step(alert, Step.CLOSED, stamp, state=State.CLOSED, lacking=lacking)
    return replace(made, comment=comment, reason=reason)


def reopened(alert: Alert, reply_due: date | None, stamp: Stamp, reason: str) -> Transition:
    """Open a closed alert again; it is to be answered anew."""
    _need(alert.state is State.CLOSED, Step.REOPENED, alert)
    bare = replace(alert, recovering=None, recovered_at=None, lacking=())
    made = _asking_anew(
        bare,
        Step.REOPENED,
        alert.trigger,
        Asking(waits=False, reply_due=reply_due),
        stamp,
        was=alert.state,
    )
    return replace(made, rule=None, reason=reason)


def revoked(alert: Alert, stamp: Stamp, reason: str) -> Transition:
    """Take back an open alert: a keying error, a late entry, an appeal upheld."""
    _need(alert.open, Step.REVOKED, alert)
    return replace(_step(alert, Step.REVOKED, stamp, state=State.REVOKED), reason=reason)


def keeps_silent(step: Transition) -> bool:
    """Whether a step is none of a receiver's business: not yet sent out, or the units' own act."""
    own_act = step.step in (Step.ACKNOWLEDGED, Step.REPLIED, Step.APPEALED)
    return own_act or step.alert.state is State.PENDING or step.alert.fired_at is None


def _asking_anew(
    alert: Alert,
    step: Step,
    trigger: Trigger,
    asking: Asking,
    stamp: Stamp,
    *,
    was: State | None,
) -> Transition:
    after = replace(
        alert,
        state=State.PENDING if asking.waits else State.FIRING,
        fired_at=alert.fired_at or (None if asking.waits else stamp.at),
        reply_due=None if asking.waits else asking.reply_due,
        trigger=trigger,
        signed=(),
        replies=(),
        appealed=False,
        steps=alert.steps + 1,
    )
    return Transition(stamp, step, after, was, trigger.cause, trigger.rule)


def _step(alert: Alert, step: Step, stamp: Stamp, **changes: object) -> Transition:
    after = replace(alert, steps=alert.steps + 1, **changes)  # type: ignore[arg-type]
    return Transition(stamp, step, after, alert.state, alert.trigger.cause)


def _need(allowed: bool, step: Step, alert: Alert) -> None:  # noqa: FBT001 - the condition itself
    if not allowed:
        raise WrongStep(step, alert.state)
