"""The life of an alert: pending, firing, acknowledged, replied, closed; or resolved, or revoked.

Each function takes an alert and returns the step it makes, with the alert as it then stands; none
changes its argument. A step that the state does not allow raises WrongStep. Numbers and reply dates
come in from outside, so that one transaction can own the counter.
"""

from dataclasses import replace
from datetime import date

from services.alerts.domain.alert import (
    Alert,
    Finding,
    Stamp,
    State,
    Step,
    Subject,
    Transition,
)

_FROM: dict[Step, frozenset[State]] = {
    Step.FIRED: frozenset({State.PENDING}),
    Step.ACKNOWLEDGED: frozenset({State.FIRING}),
    Step.REPLIED: frozenset({State.ACKNOWLEDGED}),
    Step.APPEALED: frozenset({State.FIRING, State.ACKNOWLEDGED, State.REPLIED}),
    Step.CLOSED: frozenset({State.REPLIED}),
}


class WrongStep(Exception):  # noqa: N818 - says what it is; it becomes a 409
    """The alert is in a state that does not allow the step."""

    def __init__(self, step: Step, state: State) -> None:
        super().__init__(f"an alert that is {state} cannot be {step}")
        self.step = step
        self.state = state


def opened(
    alert_id: str,
    subject: Subject,
    finding: Finding,
    *,
    number: str,
    reply_due: date | None,
    waits: bool,
    stamp: Stamp,
) -> Transition:
    """Open an alert: pending while it waits for its sending hour, else firing at once."""
    alert = Alert(
        id=alert_id,
        subject=subject,
        number=number,
        colour=finding.colour,
        state=State.PENDING if waits else State.FIRING,
        opened_at=stamp.at,
        fired_at=None if waits else stamp.at,
        reply_due=None if waits else reply_due,
        finding=finding,
        appealed=False,
        recovering=None,
        steps=1,
    )
    return Transition(stamp, Step.OPENED, alert, None, finding.cause, finding.rule)


def escalated(
    alert: Alert,
    finding: Finding,
    *,
    number: str,
    reply_due: date | None,
    waits: bool,
    stamp: Stamp,
) -> Transition:
    """Raise an open alert to a higher colour: a new number, a new reply date, to be answered anew.

    Raises:
        WrongStep: it is over, or the colour is not higher: a colour never goes down.

    """
    if not alert.open or finding.colour.rank <= alert.colour.rank:
        raise WrongStep(Step.ESCALATED, alert.state)
    after = replace(
        _after(alert, State.PENDING if waits else State.FIRING),
        number=number,
        colour=finding.colour,
        fired_at=alert.fired_at or (None if waits else stamp.at),
        reply_due=None if waits else reply_due,
        finding=finding,
        appealed=False,
        recovering=None,
    )
    return Transition(stamp, Step.ESCALATED, after, alert.state, finding.cause, finding.rule)


def renewed(alert: Alert, finding: Finding, stamp: Stamp) -> Transition:
    """Note that an open alert now stands for another period, at the colour it has."""
    if not alert.open:
        raise WrongStep(Step.RENEWED, alert.state)
    after = replace(_after(alert, alert.state), finding=finding, recovering=None)
    return Transition(stamp, Step.RENEWED, after, alert.state, finding.cause, finding.rule)


def noted(alert: Alert, finding: Finding) -> Alert:
    """Return an open alert after one more verdict as bad as the last: it only knows the newest."""
    return replace(alert, finding=finding, recovering=None)


def fired(alert: Alert, reply_due: date | None, stamp: Stamp) -> Transition:
    """Send out an alert that waited."""
    _check(Step.FIRED, alert)
    after = replace(
        _after(alert, State.FIRING), fired_at=alert.fired_at or stamp.at, reply_due=reply_due
    )
    return Transition(stamp, Step.FIRED, after, alert.state, alert.finding.cause)


def acknowledged(alert: Alert, stamp: Stamp, comment: str | None) -> Transition:
    """Take note of the receipt 签收."""
    _check(Step.ACKNOWLEDGED, alert)
    return _answered(alert, Step.ACKNOWLEDGED, State.ACKNOWLEDGED, stamp, comment)


def replied(alert: Alert, stamp: Stamp, comment: str) -> Transition:
    """Take the unit's reply, which the office then checks."""
    _check(Step.REPLIED, alert)
    return _answered(alert, Step.REPLIED, State.REPLIED, stamp, comment)


def appealed(alert: Alert, stamp: Stamp, comment: str) -> Transition:
    """Take an appeal 申诉: the state stays, and so does the alert until the office decides."""
    _check(Step.APPEALED, alert)
    after = replace(_after(alert, alert.state), appealed=True)
    return Transition(
        stamp, Step.APPEALED, after, alert.state, alert.finding.cause, comment=comment
    )


def closed(alert: Alert, stamp: Stamp, comment: str | None) -> Transition:
    """End an alert whose reply the office has checked."""
    _check(Step.CLOSED, alert)
    return _answered(alert, Step.CLOSED, State.CLOSED, stamp, comment)


def revoked(alert: Alert, stamp: Stamp, reason: str, comment: str | None) -> Transition:
    """Take back an open alert: a keying error, a late entry, an appeal upheld."""
    if not alert.open:
        raise WrongStep(Step.REVOKED, alert.state)
    after = _after(alert, State.REVOKED)
    return Transition(
        stamp,
        Step.REVOKED,
        after,
        alert.state,
        alert.finding.cause,
        comment=comment,
        reason=reason,
    )


def resolved(alert: Alert, stamp: Stamp) -> Transition:
    """End an open alert by itself; the cause is the evaluation that first found things good."""
    if not alert.open or alert.recovering is None:
        raise WrongStep(Step.RESOLVED, alert.state)
    return Transition(
        stamp, Step.RESOLVED, _after(alert, State.RESOLVED), alert.state, alert.recovering
    )


def barred(last: Alert | None, finding: Finding) -> bool:
    """Whether a finding says nothing new after the last alert of its identity, now over.

    What the office closed or revoked does not come back for the same cause in the same colour.
    """
    return (
        last is not None
        and last.finding.cause == finding.cause
        and last.colour.rank >= finding.colour.rank
    )


def keeps_silent(step: Transition) -> bool:
    """Whether a step is none of a receiver's business: not yet sent out, or the units' own act."""
    if step.step in (Step.RESOLVED, Step.REVOKED, Step.CLOSED):
        return step.alert.fired_at is None
    if step.step in (Step.OPENED, Step.FIRED, Step.ESCALATED, Step.RENEWED):
        return step.alert.state is State.PENDING
    return True


def _check(step: Step, alert: Alert) -> None:
    if alert.state not in _FROM[step]:
        raise WrongStep(step, alert.state)


def _after(alert: Alert, state: State) -> Alert:
    return replace(alert, state=state, steps=alert.steps + 1)


def _answered(
    alert: Alert, step: Step, state: State, stamp: Stamp, comment: str | None
) -> Transition:
    after = _after(alert, state)
    return Transition(stamp, step, after, alert.state, alert.finding.cause, comment=comment)
