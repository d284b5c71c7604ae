"""Between the wire's messages and the domain's values: verdicts in, alerts out."""

import re
from datetime import date, datetime
from fractions import Fraction
from typing import Literal

from google.protobuf.json_format import MessageToJson, ParseDict
from google.protobuf.message import DecodeError

from duibiao.bus import Event, UnprocessableRecord
from duibiao.contracts.keys import expect_key
from duibiao.contracts.topics import JSON
from duibiao.contracts.v1 import alert_pb2, verdict_pb2
from duibiao.workdays.moments import from_us
from services.alerts.adapters.documents import restated_periods, step_document
from services.alerts.domain.alert import Transition
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
    """Return the event of one step for the alerts topic, as proto3 JSON: figures are exact text."""
    document, alert = step_document(transition), transition.alert
    document["alert"]["lacking"] = alert.lacking
    document["alert"]["restated"] = restated_periods(alert.named)
    message = ParseDict(document, alert_pb2.AlertChanged(), ignore_unknown_fields=True)
    text = MessageToJson(
        message, always_print_fields_with_no_presence=True, indent=None, ensure_ascii=False
    )
    return Event(
        id=transition.stamp.id,
        type=f"duibiao.alert.{transition.step}",
        topic=topic,
        key=alert.identity.key,
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
