"""What lead units and the office do to an open alert, as steps of its life.

Like `life`: an alert goes in, the step it makes comes out, and WrongStep where the state does not
allow it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.alerts.domain.alert import Alert, Reply, Stamp, State, Step, Transition
from services.alerts.domain.life import made, need

_SENT = frozenset({State.FIRING, State.ACKNOWLEDGED, State.REPLIED})
_ASKING = frozenset({State.FIRING, State.ACKNOWLEDGED})


def acknowledged(
    alert: Alert, orgs: Sequence[str], stamp: Stamp, comment: str | None
) -> Transition:
    """Take note of the receipt 签收 by lead units that have not signed yet."""
    new = [org for org in orgs if org not in alert.signed]
    need(Step.ACKNOWLEDGED, alert, allowed=alert.state in _ASKING and bool(new))
    after = _answered(replace(alert, signed=(*alert.signed, *new)))
    return made(alert, after, Step.ACKNOWLEDGED, stamp, comment=comment)


def replied(alert: Alert, replies: Sequence[Reply], stamp: Stamp) -> Transition:
    """Take the replies of lead units; with the last of them the alert is `replied`."""
    asked = {reply.org for reply in replies} <= set(alert.silent_leads)
    need(Step.REPLIED, alert, allowed=alert.state in _ASKING and bool(replies) and asked)
    after = _answered(replace(alert, replies=(*alert.replies, *replies)))
    first = replies[0]
    return made(alert, after, Step.REPLIED, stamp, comment=first.comment, reply=first)


def returned(
    alert: Alert, lead: str | None, reply_due: date | None, stamp: Stamp, reason: str
) -> Transition:
    """Give a lead unit's reply back 退回修改, or every reply where `lead` is None."""
    kept = tuple(reply for reply in alert.replies if lead is not None and reply.org != lead)
    need(Step.RETURNED, alert, allowed=alert.state in _SENT and len(kept) < len(alert.replies))
    after = _answered(replace(alert, replies=kept, reply_due=reply_due))
    return made(alert, after, Step.RETURNED, stamp, reason=reason)


def extended(alert: Alert, reply_due: date, stamp: Stamp, reason: str) -> Transition:
    """Put the reply date off."""
    owing = alert.state in _SENT and alert.reply_due is not None and alert.owes_reply
    need(Step.EXTENDED, alert, allowed=owing)
    return made(alert, replace(alert, reply_due=reply_due), Step.EXTENDED, stamp, reason=reason)


def assigned(
    alert: Alert, old: str, new: str, reply_due: date | None, stamp: Stamp, reason: str
) -> Transition:
    """Hand the alert over from a lead unit to another one, which has to sign and to reply."""
    subject = alert.subject
    handed = old in subject.leads and new not in subject.leads
    need(Step.ASSIGNED, alert, allowed=alert.open and handed)
    leads = tuple(new if org == old else org for org in subject.leads)
    copied = tuple(org for org in subject.copied if org != new)
    after = replace(
        alert,
        subject=replace(subject, leads=leads, copied=copied),
        signed=tuple(org for org in alert.signed if org != old),
        replies=tuple(reply for reply in alert.replies if reply.org != old),
        reply_due=None if alert.state is State.PENDING else reply_due,
    )
    return made(alert, _answered(after), Step.ASSIGNED, stamp, reason=reason)


def appealed(alert: Alert, stamp: Stamp, comment: str) -> Transition:
    """Take an appeal 申诉: the state stays, and so does the alert until the office decides."""
    need(Step.APPEALED, alert, allowed=alert.state in _SENT)
    return made(alert, replace(alert, appealed=True), Step.APPEALED, stamp, comment=comment)


def appeal_rejected(alert: Alert, reply_due: date | None, stamp: Stamp, reason: str) -> Transition:
    """Reject an appeal: a reply is owed again, by a new date."""
    need(Step.APPEAL_REJECTED, alert, allowed=alert.open and alert.appealed)
    due = reply_due if alert.owes_reply else alert.reply_due
    after = replace(alert, appealed=False, reply_due=due)
    return made(alert, after, Step.APPEAL_REJECTED, stamp, reason=reason)


def _answered(alert: Alert) -> Alert:
    """Return an alert in the state its signatures and replies put it in."""
    if alert.state is State.PENDING:
        return alert
    if not alert.silent_leads:
        return replace(alert, state=State.REPLIED)
    return replace(alert, state=State.ACKNOWLEDGED if alert.signed else State.FIRING)
