"""Between the wire's messages and the domain's values: verdicts in, alerts out."""

import re
from datetime import date, datetime
from fractions import Fraction
from typing import Literal

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import DecodeError

from duibiao.bus import Event, UnprocessableRecord
from duibiao.contracts.keys import expect_key
from duibiao.contracts.topics import JSON
from duibiao.contracts.v1 import alert_pb2, verdict_pb2
from duibiao.workdays.moments import from_us
from services.alerts.domain.alert import Alert, Transition
from services.alerts.domain.news import Duty, Series, Verdict

SOURCE = "alerts"

# Fraction() takes exponents too, and a short text of that kind can fill the memory.
_EXACT = re.compile(r"-?[0-9]{1,100}(\.[0-9]{1,100}|/[0-9]{1,100})?")


def read_changed(data: bytes, key: str | None = None) -> tuple[Verdict | Duty, datetime | None]:
    """Return what changed, and when the submission that caused it came in (None: the clock did).

    Raises:
        UnprocessableRecord: the bytes are no such message, hold what no sender of ours writes, or
            stand under another key.

    """
    try:
        message = verdict_pb2.Changed.FromString(data)
        expect_key(message, key)
        news = _news(message)
    except (DecodeError, ValueError, ZeroDivisionError) as error:
        raise UnprocessableRecord(f"not a Changed message: {error}") from error
    received = from_us(message.received_us) if message.received_us else None
    return news, received


def event_of(transition: Transition, topic: str) -> Event:
    """Return the event of one step for the alerts topic, as proto3 JSON."""
    message = alert_pb2.AlertChanged(
        step=transition.step.value,
        sequence=transition.alert.steps,
        actor=transition.stamp.actor,
        cause=transition.cause or "",
        rule=transition.rule or "",
        reason=transition.reason or "",
        alert=_message(transition.alert),
    )
    message.at.FromDatetime(transition.stamp.at)
    text = MessageToJson(
        message, always_print_fields_with_no_presence=True, indent=None, ensure_ascii=False
    )
    return Event(
        id=transition.stamp.id,
        type=f"duibiao.alert.{transition.step}",
        topic=topic,
        key=transition.alert.identity.key,
        source=SOURCE,
        time=transition.stamp.at,
        data=text.encode(),
        content_type=JSON,
    )


def _news(message: verdict_pb2.Changed) -> Verdict | Duty:
    match message.WhichOneof("what"):
        case "verdict":
            return _verdict(message.verdict)
        case "duty":
            return _duty(message.duty)
        case _:
            raise ValueError("neither a verdict nor a duty")


def _verdict(row: verdict_pb2.Verdict) -> Verdict:
    ratio = _exact(row, "attainment_ratio")
    return Verdict(
        id=row.id,
        series=Series(row.target, row.org or None, row.region),
        period=row.period,
        status=row.status,
        reason=row.reason or None,
        value=_exact(row, "value"),
        attainment_ratio=None if ratio is None else Fraction(ratio),
        near_threshold=row.near_threshold,
        present=row.present,
        ended=row.ended,
        inputs_digest=row.inputs_digest,
        evaluated_at=from_us(row.evaluated_us),
        granting_attains=row.granting_attains,
    )


def _exact(row: verdict_pb2.Verdict, field: Literal["attainment_ratio", "value"]) -> str | None:
    text: str | None = getattr(row, field) if row.HasField(field) else None
    if text is not None:
        if not _EXACT.fullmatch(text):
            raise ValueError(f"{field} is no decimal and no fraction")
        Fraction(text)  # raises where the denominator is 0
    return text


def _duty(row: verdict_pb2.Duty) -> Duty:
    due = date.fromisoformat(row.effective_due)
    return Duty(row.duty, row.org, row.measure, row.period, row.status, due)


def _message(alert: Alert) -> alert_pb2.Alert:
    identity = alert.identity
    message = alert_pb2.Alert(
        id=alert.id,
        number=alert.number,
        colour=alert.colour.value,
        state=alert.state.value,
        target=identity.target or "",
        duty=identity.duty or "",
        measure=alert.subject.measure or "",
        org=identity.org or "",
        region=identity.region or "",
        period=alert.trigger.period,
        leads=alert.subject.leads,
        copied=alert.subject.copied,
        reply_due=alert.reply_due.isoformat() if alert.reply_due else "",
        verdict_id=alert.trigger.verdict_id or "",
        periods=[named.period for named in alert.named],
        late_figure=any(named.late for named in alert.named),
        restated=[
            alert_pb2.Restated(period=named.period, old=named.figure or "", new=named.restated)
            for named in alert.named
            if named.restated is not None
        ],
        lacking=alert.lacking,
    )
    message.opened_at.FromDatetime(alert.opened_at)
    if alert.recovered_at is not None:
        message.recovered_at.FromDatetime(alert.recovered_at)
    return message
