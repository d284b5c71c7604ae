"""Between the domain's values and the rows of the tables.

A value is kept whole, as a JSON document; beside it stand the columns that queries need.
"""

from datetime import datetime
from fractions import Fraction
from typing import Any, Final

import msgspec
from sqlalchemy import Row

from duibiao.register import parse
from duibiao.workdays.moments import from_us, to_us
from services.alerts.domain.alert import Alert, Reply, Stamp, State, Step, Transition
from services.alerts.domain.news import Duty, Series, Verdict

AnyRow = Row[tuple[Any, ...]]
Values = dict[str, object]


def _fraction(kind: type, text: str) -> Fraction:
    if kind is not Fraction:
        raise NotImplementedError(kind)
    return Fraction(text)


_ENCODER: Final = msgspec.json.Encoder(enc_hook=str)  # of a Fraction
_ALERT: Final = msgspec.json.Decoder(Alert)
_DUTY: Final = msgspec.json.Decoder(Duty)
_REPLY: Final = msgspec.json.Decoder(Reply)
_VERDICT: Final = msgspec.json.Decoder(Verdict, dec_hook=_fraction)


def verdict_values(verdict: Verdict, held_since: datetime | None) -> Values:
    """Return a row of `verdicts`."""
    return {
        **series_values(verdict.series),
        "period": verdict.period,
        "period_last": parse(verdict.period).last.isoformat(),
        "held_since_us": None if held_since is None else to_us(held_since),
        "document": _ENCODER.encode(verdict),
    }


def series_values(series: Series) -> dict[str, str]:
    """Return the key columns of a series; no org is the empty text."""
    return {"target": series.target, "org": series.org or "", "region": series.region}


def to_verdict(row: AnyRow) -> Verdict:
    """Return the verdict of a row of `verdicts`."""
    return _VERDICT.decode(row.document)


def duty_values(duty: Duty, event_id: str, *, held: bool) -> Values:
    """Return a row of `duties`."""
    document = _ENCODER.encode(duty)
    return {
        "duty": duty.id,
        "org": duty.org,
        "event_id": event_id,
        "held": held,
        "document": document,
    }


def to_duty(row: AnyRow) -> Duty:
    """Return the duty of a row of `duties`."""
    return _DUTY.decode(row.document)


def alert_values(alert: Alert) -> Values:
    """Return a row of `alerts`."""
    return {
        "id": alert.id,
        "identity": alert.identity.key,
        "target": alert.identity.target,
        "org": alert.identity.org,
        "leads": _text(alert.subject.leads),
        "copied": _text(alert.subject.copied),
        "number": alert.number,
        "colour": alert.colour.value,
        "state": alert.state.value,
        "open": alert.open,
        "steps": alert.steps,
        "document": _ENCODER.encode(alert),
    }


def to_alert(row: AnyRow) -> Alert:
    """Return the alert of a row of `alerts`."""
    return _ALERT.decode(row.document)


def transition_values(transition: Transition) -> Values:
    """Return a row of `transitions`."""
    alert, stamp = transition.alert, transition.stamp
    return {
        "id": stamp.id,
        "alert_id": alert.id,
        "sequence": alert.steps,
        "step": transition.step.value,
        "was": None if transition.was is None else transition.was.value,
        "state": alert.state.value,
        "colour": alert.colour.value,
        "number": alert.number,
        "period": alert.trigger.period,
        "at_us": to_us(stamp.at),
        "actor": stamp.actor,
        "cause": transition.cause,
        "rule": transition.rule,
        "comment": transition.comment,
        "reason": transition.reason,
        "reply": None if transition.reply is None else _text(transition.reply),
    }


def to_transition(row: AnyRow, alert: Alert) -> Transition:
    """Return the step of a row of `transitions`, after which `alert` stood."""
    return Transition(
        stamp=Stamp(row.id, from_us(row.at_us), row.actor),
        step=Step(row.step),
        alert=alert,
        was=None if row.was is None else State(row.was),
        cause=row.cause,
        rule=row.rule,
        comment=row.comment,
        reason=row.reason,
        reply=to_reply(row),
    )


def to_reply(row: AnyRow) -> Reply | None:
    """Return the reply of a row of `transitions`."""
    return None if row.reply is None else _REPLY.decode(row.reply)


def _text(value: object) -> str:
    return _ENCODER.encode(value).decode()
