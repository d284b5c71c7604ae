"""What lead units and the office do to an open alert, as steps of its life.

Like `life`: an alert goes in, the step it makes comes out, and WrongStep where the state does not
allow it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.alerts.domain.alert import Alert, Reply, Stamp, State, Step, Transition
from services.alerts.domain.life import WrongStep

_SENT = frozenset({State.FIRING, State.ACKNOWLEDGED, State.REPLIED})


def acknowledged(
    alert: Alert, orgs: Sequence[str], stamp: Stamp, comment: str | None
) -> Transition:
    """Take note of the receipt 签收 by lead units that have not signed yet."""
    new = [org for org in orgs if org not in alert.signed]
    if alert.state not in (State.FIRING, State.ACKNOWLEDGED) or not new:
        raise WrongStep(Step.ACKNOWLEDGED, alert.state)
    signed = replace(alert, signed=(*alert.signed, *new))
    return _made(alert, _derived_state(signed), Step.ACKNOWLEDGED, stamp, comment=comment)


def replied(alert: Alert, replies: Sequence[Reply], stamp: Stamp) -> Transition:
    """Take the replies of lead units; with the last of them the alert is `replied`."""
    given = {reply.org for reply in replies} <= set(alert.silent_leads)
    if alert.state not in (State.FIRING, State.ACKNOWLEDGED) or not replies or not given:
        raise WrongStep(Step.REPLIED, alert.state)
    answered = replace(alert, replies=(*alert.replies, *replies))
    made = _made(alert, _derived_state(answered), Step.REPLIED, stamp, comment=replies[0].comment)
    return replace(made, reply=replies[0])


def returned(
    alert: Alert, lead: str | None, reply_due: date | None, stamp: Stamp, reason: str
) -> Transition:
    """Give a lead unit's reply back 退回修改, or every reply where `lead` is None."""
    kept = tuple(reply for reply in alert.replies if lead is not None and reply.org != lead)
    if alert.state not in _SENT or len(kept) == len(alert.replies):
        raise WrongStep(Step.RETURNED, alert.state)
    bare = replace(alert, replies=kept, reply_due=reply_due)
    return _made(alert, _derived_state(bare), Step.RETURNED, stamp, reason=reason)


def extended(alert: Alert, reply_due: date, stamp: Stamp, reason: str) -> Transition:
    """Put the reply date off."""
    owing = alert.state in _SENT and alert.reply_due is not None and alert.owes_reply
    if not owing:
        raise WrongStep(Step.EXTENDED, alert.state)
    return _made(alert, replace(alert, reply_due=reply_due), Step.EXTENDED, stamp, reason=reason)


def assigned(
    alert: Alert, old: str, new: str, reply_due: date | None, stamp: Stamp, reason: str
) -> Transition:
    """Hand the alert over from a lead unit to another one, which has to sign and to reply."""
    subject = alert.subject
    if not alert.open or old not in subject.leads or new in subject.leads:
        raise WrongStep(Step.ASSIGNED, alert.state)
    leads = tuple(new if org == old else org for org in subject.leads)
    copied = tuple(org for org in subject.copied if org != new)
    after = replace(
        alert,
        subject=replace(subject, leads=leads, copied=copied),
        signed=tuple(org for org in alert.signed if org != old),
        replies=tuple(reply for reply in alert.replies if reply.org != old),
        reply_due=None if alert.state is State.PENDING else reply_due,
    )
    return _made(alert, _derived_state(after), Step.ASSIGNED, stamp, reason=reason)


def appealed(alert: Alert, stamp: Stamp, comment: str) -> Transition:
    """Take an appeal 申诉: the state stays, and so does the alert until the office decides."""
    if alert.state not in _SENT:
        raise WrongStep(Step.APPEALED, alert.state)
    return _made(alert, replace(alert, appealed=True), Step.APPEALED, stamp, comment=comment)


def appeal_rejected(alert: Alert, reply_due: date | None, stamp: Stamp, reason: str) -> Transition:
    """Reject an appeal: a reply is owed again, by a new date."""
    if not alert.open or not alert.appealed:
        raise WrongStep(Step.APPEAL_REJECTED, alert.state)
    due = reply_due if alert.owes_reply else alert.reply_due
    after = replace(alert, appealed=False, reply_due=due)
    return _made(alert, after, Step.APPEAL_REJECTED, stamp, reason=reason)


def _derived_state(alert: Alert) -> Alert:
    """Return an alert in the state its signatures and replies put it in."""
    if alert.state is State.PENDING:
        return alert
    if not alert.silent_leads:
        return replace(alert, state=State.REPLIED)
    return replace(alert, state=State.ACKNOWLEDGED if alert.signed else State.FIRING)


def _made(
    before: Alert,
    after: Alert,
    step: Step,
    stamp: Stamp,
    *,
    comment: str | None = None,
    reason: str | None = None,
) -> Transition:
    after = replace(after, steps=before.steps + 1)
    cause = before.trigger.cause
    return Transition(stamp, step, after, before.state, cause, comment=comment, reason=reason)
