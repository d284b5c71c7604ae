"""Between the domain's values and the rows of the tables. No query stands here."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import msgspec
from sqlalchemy import Row

from duibiao.register import parse
from services.alerts.domain.alert import (
    Alert,
    Colour,
    Finding,
    Identity,
    Named,
    Reply,
    State,
    Subject,
    Transition,
)
from services.alerts.domain.news import Duty, Series, Verdict

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

AnyRow = Row[tuple[Any, ...]]
Values = dict[str, object]


def to_us(moment: datetime) -> int:
    """Return an aware moment as whole microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """Return the moment, in UTC, of whole microseconds since 1970."""
    return _EPOCH + us * _MICROSECOND


def verdict_values(verdict: Verdict, held_since: datetime | None) -> Values:
    """Return a row of `verdicts`."""
    ratio = verdict.attainment_ratio
    return {
        **series_values(verdict.series),
        "period": verdict.period,
        "period_last": parse(verdict.period).last.isoformat(),
        "id": verdict.id,
        "status": verdict.status,
        "reason": verdict.reason,
        "value": verdict.value,
        "attainment_ratio": None if ratio is None else str(ratio),
        "near_threshold": verdict.near_threshold,
        "present": verdict.present,
        "ended": verdict.ended,
        "inputs_digest": verdict.inputs_digest,
        "evaluated_us": to_us(verdict.evaluated_at),
        "granting_attains": verdict.granting_attains,
        "held_since_us": None if held_since is None else to_us(held_since),
    }


def series_values(series: Series) -> dict[str, str]:
    """Return the key columns of a series; no org is the empty text."""
    return {"target": series.target, "org": series.org or "", "region": series.region}


def to_verdict(row: AnyRow) -> Verdict:
    """Return the verdict of a row of `verdicts`."""
    ratio = row.attainment_ratio
    return Verdict(
        id=row.id,
        series=Series(row.target, row.org or None, row.region),
        period=row.period,
        status=row.status,
        reason=row.reason,
        value=row.value,
        attainment_ratio=None if ratio is None else Fraction(ratio),
        near_threshold=row.near_threshold,
        present=row.present,
        ended=row.ended,
        inputs_digest=row.inputs_digest,
        evaluated_at=from_us(row.evaluated_us),
        granting_attains=row.granting_attains,
    )


def duty_values(duty: Duty, event_id: str, *, held: bool) -> Values:
    """Return a row of `duties`."""
    return {
        "duty": duty.id,
        "org": duty.org,
        "measure": duty.measure,
        "period": duty.period,
        "status": duty.status,
        "effective_due": duty.effective_due.isoformat(),
        "event_id": event_id,
        "held": held,
    }


def to_duty(row: AnyRow) -> Duty:
    """Return the duty of a row of `duties`."""
    due = date.fromisoformat(row.effective_due)
    return Duty(row.duty, row.org, row.measure, row.period, row.status, due)


def alert_values(alert: Alert) -> Values:
    """Return a row of `alerts`."""
    subject, finding = alert.subject, alert.finding
    return {
        "id": alert.id,
        "identity": alert.identity.key,
        "target": alert.identity.target,
        "duty": alert.identity.duty,
        "org": alert.identity.org,
        "region": alert.identity.region,
        "measure": subject.measure,
        "leads": _text(subject.leads),
        "copied": _text(subject.copied),
        "number": alert.number,
        "colour": alert.colour.value,
        "state": alert.state.value,
        "open": alert.open,
        "opened_us": to_us(alert.opened_at),
        "fired_us": None if alert.fired_at is None else to_us(alert.fired_at),
        "reply_due": None if alert.reply_due is None else alert.reply_due.isoformat(),
        "rule": finding.rule,
        "occasion": finding.occasion,
        "period": finding.period,
        "cause": finding.cause,
        "verdict_id": finding.verdict_id,
        "figure": finding.figure,
        "breach": finding.breach,
        "named": _text(alert.named),
        "signed": _text(alert.signed),
        "replies": _text(alert.replies),
        "appealed": alert.appealed,
        "recovering": alert.recovering,
        "recovered_us": None if alert.recovered_at is None else to_us(alert.recovered_at),
        "lacking": _text(alert.lacking),
        "steps": alert.steps,
    }


def to_alert(row: AnyRow) -> Alert:
    """Return the alert of a row of `alerts`."""
    identity = Identity(row.target, row.duty, row.org, row.region)
    colour = Colour(row.colour)
    named = msgspec.json.decode(row.named, type=tuple[Named, ...])
    late = any(one.late for one in named if one.period == row.period)
    finding = (colour, row.rule, row.occasion, row.period, row.cause, row.verdict_id)
    return Alert(
        id=row.id,
        subject=Subject(identity, row.measure, _codes(row.leads), _codes(row.copied)),
        number=row.number,
        colour=colour,
        state=State(row.state),
        opened_at=from_us(row.opened_us),
        fired_at=None if row.fired_us is None else from_us(row.fired_us),
        reply_due=None if row.reply_due is None else date.fromisoformat(row.reply_due),
        finding=Finding(*finding, late=late, figure=row.figure, breach=row.breach),
        named=named,
        steps=row.steps,
        signed=_codes(row.signed),
        replies=msgspec.json.decode(row.replies, type=tuple[Reply, ...]),
        appealed=row.appealed,
        recovering=row.recovering,
        recovered_at=None if row.recovered_us is None else from_us(row.recovered_us),
        lacking=_codes(row.lacking),
    )


def transition_values(transition: Transition) -> Mapping[str, object]:
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
        "period": alert.finding.period,
        "at_us": to_us(stamp.at),
        "actor": stamp.actor,
        "cause": transition.cause,
        "rule": transition.rule,
        "comment": transition.comment,
        "reason": transition.reason,
        "reply": None if transition.reply is None else _text(transition.reply),
    }


def to_reply(text: str) -> Reply:
    """Return the reply of a row of `transitions`."""
    return msgspec.json.decode(text, type=Reply)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _codes(text: str) -> tuple[str, ...]:
    return msgspec.json.decode(text, type=tuple[str, ...])
