"""An alert and its history as JSON: what the API answers and what receivers are sent."""

from datetime import UTC, datetime
from fractions import Fraction

import msgspec

from duibiao.web.numbers import to_number
from services.alerts.domain.alert import Alert, Reply, Transition

Document = dict[str, object]


def _figure(text: str | None) -> int | float | None:
    return None if text is None else to_number(Fraction(text))


def moment(at: datetime) -> str:
    """Return an aware moment as RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def alert_document(alert: Alert) -> Document:
    """Return the fields of contract section 3, null where there is nothing."""
    identity, subject, finding = alert.identity, alert.subject, alert.finding
    return {
        "id": alert.id,
        "number": alert.number,
        "colour": alert.colour.value,
        "state": alert.state.value,
        "target": identity.target,
        "duty": identity.duty,
        "measure": subject.measure,
        "org": identity.org,
        "region": identity.region,
        "period": finding.period,
        "leads": list(subject.leads),
        "copied": list(subject.copied),
        "opened_at": moment(alert.opened_at),
        "reply_due": None if alert.reply_due is None else alert.reply_due.isoformat(),
        "verdict_id": finding.verdict_id,
        "periods": [named.period for named in alert.named],
        "late_figure": any(named.late for named in alert.named),
        "recovered_at": None if alert.recovered_at is None else moment(alert.recovered_at),
        "restated": [
            {
                "period": named.period,
                "old": _figure(named.figure),
                "new": _figure(named.restated),
            }
            for named in alert.named
            if named.restated is not None
        ],
        "appealed": alert.appealed,
        "acknowledged_by": list(alert.signed),
        "closed_without": list(alert.lacking),
    }


def reply_document(reply: Reply, *, readable: bool) -> Document:
    """Return a reply; what it says is null for who may not read it."""
    content: Document = {
        "comment": reply.comment,
        "cause": reply.cause,
        "measures": reply.measures,
        "finish_by": reply.finish_by.isoformat(),
        "files": list(reply.files),
    }
    shown = content if readable else dict.fromkeys(content)
    return {"org": reply.org, "replied_at": moment(reply.at), **shown}


def webhook_body(transition: Transition) -> bytes:
    """Return what a receiver is sent: type, timestamp and data, as Standard Webhooks advises.

    Comments stay out: what units write is theirs. `sequence` counts the steps of the alert.
    """
    at = moment(transition.stamp.at)
    return msgspec.json.encode(
        {
            "type": f"alert.{transition.step}",
            "timestamp": at,
            "data": {
                "step": transition.step.value,
                "sequence": transition.alert.steps,
                "at": at,
                "actor": transition.stamp.actor,
                "cause": transition.cause,
                "rule": transition.rule,
                "reason": transition.reason,
                "alert": alert_document(transition.alert),
            },
        }
    )
