"""An alert and its history as JSON: what the API answers and what receivers are sent."""

from datetime import UTC, datetime

import msgspec

from services.alerts.domain.alert import Alert, Transition

Document = dict[str, object]


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
    }


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
