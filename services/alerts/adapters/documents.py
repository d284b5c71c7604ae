"""What the API answers, as the models that OpenAPI shows, and what receivers are sent."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import Enum
from fractions import Fraction
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import Response
from pydantic import AliasPath, BaseModel, BeforeValidator, ConfigDict, Field

from duibiao.web.lists import Listed
from duibiao.web.numbers import to_number
from duibiao.workdays.moments import from_us
from services.alerts.domain import alert as domain
from services.alerts.domain.alert import Colour, Named, Reply, State, Step, Transition
from services.alerts.domain.quiet import Hold, Quiet

Document = dict[str, Any]
_ETAG: Final[Document] = {
    "description": "版本，即办理步数 The version: the number of steps. For If-Match.",
    "schema": {"type": "string"},
    "example": '"3"',
}
TAGS: Final[list[str | Enum]] = ["alerts 预警"]


def _moment(at: datetime | int) -> datetime:
    return from_us(at) if isinstance(at, int) else at.astimezone(UTC)


def _figure(text: str | None) -> int | float | None:
    return None if text is None else to_number(Fraction(text))


Moment = Annotated[datetime, BeforeValidator(_moment)]
Number = Annotated[int | float | None, BeforeValidator(_figure)]


class Restated(BaseModel):
    """A period whose own figure was restated good."""

    period: str
    old: Number
    new: Number


def _at(*path: str, says: str | None = None) -> Any:  # noqa: ANN401 - as of Field itself
    """Describe a field that a domain alert has elsewhere."""
    return Field(validation_alias=AliasPath(*path), description=says)


def _periods(named: Sequence[Named]) -> list[str]:
    return [one.period for one in named]


def _is_late(named: Sequence[Named]) -> bool:
    return any(one.late for one in named)


def restated_periods(named: Sequence[Named]) -> list[Document]:
    """Return the periods restated good, with their exact figures."""
    good = (one for one in named if one.restated is not None)
    return [{"period": one.period, "old": one.figure, "new": one.restated} for one in good]


class AlertFields(BaseModel):
    """The fields of contract section 3, null where there is nothing; read from a domain alert."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    number: str = Field(description="文号 e.g. 蓝〔2021〕1号")
    colour: Colour
    state: State
    target: str | None = _at("subject", "identity", "target")
    duty: str | None = _at("subject", "identity", "duty")
    measure: str | None = _at("subject", "measure")
    org: str | None = _at("subject", "identity", "org", says="Null for a target of the whole city.")
    region: str | None = _at("subject", "identity", "region")
    period: str = _at("trigger", "period")
    leads: tuple[str, ...] = _at("subject", "leads")
    copied: tuple[str, ...] = _at("subject", "copied")
    opened_at: Moment
    reply_due: date | None = Field(description="Itself still in time.")
    verdict_id: str | None = _at("trigger", "verdict_id")
    periods: Annotated[list[str], BeforeValidator(_periods)] = _at(
        "named", says="全部所涉期间 Every period it is about."
    )
    late_figure: Annotated[bool, BeforeValidator(_is_late)] = _at(
        "named", says="迟报或更正 A late or corrected figure turned a period bad."
    )
    recovered_at: Moment | None = Field(description="数据已恢复，待核实销号 Null: not recovered.")
    restated: Annotated[list[Restated], BeforeValidator(restated_periods)] = _at("named")
    appealed: bool
    acknowledged_by: tuple[str, ...] = _at("signed", says="已签收的牵头单位 Who has signed.")
    closed_without: tuple[Literal["recovery", "reply"], ...] = _at(
        "lacking", says="销号时尚缺 What was missing when the office closed it."
    )


class AlertFile(BaseModel):
    """A file of a reply; one that was uploaded to the alert has all fields."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(description="名称或地址 Its name, or an address elsewhere.")
    sha256: str | None = Field(description="/v1/alerts/{alert_id}/files/{sha256}")
    type: str | None
    size: int | None = Field(description="字节数 Bytes.")


class AlertStepReply(BaseModel):
    """What a lead unit answered; null where the reader may not see it."""

    cause: str | None
    measures: str | None
    finish_by: date | None
    files: tuple[AlertFile, ...] | None


class AlertReply(AlertStepReply):
    """The reply of one lead unit."""

    org: str
    replied_at: Moment
    comment: str | None


class Alert(AlertFields):
    """An alert with its replies, and what holds its notifications."""

    held_by: list[Hold] = Field(description="暂不通知的原因 Empty: they go out.")
    silenced_until: Moment | None

    replies: list[AlertReply] = Field(
        description="每个牵头单位一份 One per lead unit; null where the reader may not see it."
    )


class AlertStep(BaseModel):
    """One step of an alert's history, read from a row of `transitions`."""

    sequence: int
    step: Step
    from_: State | None = Field(validation_alias="was", serialization_alias="from")
    to: State = Field(validation_alias="state")
    at: Moment = Field(validation_alias="at_us")
    actor: str = Field(description="duibiao, office, or the code of a unit.")
    person: str | None = Field(description="Who acted for it; null where a machine's key did.")
    colour: Colour
    number: str
    period: str
    cause: str | None
    rule: str | None
    reason: str | None
    comment: str | None = Field(description="Null for who may not read it, too.")
    reply: AlertStepReply | None = Field(description="Null for who may not read it, too.")


class AlertDetail(Alert):
    """An alert with its replies and its whole history."""

    history: list[AlertStep]


class Attempt(BaseModel):
    """One attempt to deliver a notification, read from a row of `attempts`."""

    nth: int
    at: Moment = Field(validation_alias="at_us")
    took_ms: int | None
    outcome: str
    status_code: int | None
    detail: str | None = Field(description="What the receiver said of it.")


class Notification(BaseModel):
    """What a receiver was sent, or is still to be sent, read from a row of `notifications`."""

    id: str
    alert: str | None = Field(
        validation_alias="alert_id", description="Null for a notice to the office."
    )
    number: str | None
    sequence: int | None
    step: Step | None
    receiver: str
    channel: str
    message: str | None = _at("message_id", says="The notification it went with; null: its own.")
    state: Literal["held", "queued", "sent", "failed", "superseded"]
    created_at: Moment = Field(validation_alias="created_us")
    sent_at: Moment | None = Field(validation_alias="sent_us")
    next_try_at: Moment | None = Field(validation_alias="next_us")
    tries: int
    outcome: str | None
    status_code: int | None
    attempts: list[Attempt]


class AlertList(Listed[Alert]):
    """A page of alerts, the newest first."""


class NotificationList(Listed[Notification]):
    """A page of notifications, the newest first."""


def shows(model: type) -> dict[int | str, Document]:
    """Return what OpenAPI says of an answer that is such a model."""
    headers = {"headers": {"ETag": _ETAG}} if model is AlertDetail else {}
    return {200: {"description": "好 Good", "model": model, **headers}}


def as_json(document: object, status: int = 200, **headers: str) -> Response:
    """Return the answer with a document."""
    content = msgspec.json.encode(document)
    return Response(content, status, media_type="application/json", headers=headers)


def to_document(model: BaseModel) -> Document:
    """Return a model as plain JSON values."""
    return model.model_dump(mode="json", by_alias=True)


def alert_document(alert: domain.Alert) -> Document:
    """Return an alert without what was replied to it."""
    return to_document(AlertFields.model_validate(alert))


def hold_document(alert: domain.Alert, quiet: Quiet) -> Document:
    """Return what holds an alert; nothing holds one that has ended."""
    holds = quiet.holds(alert) if alert.open else ()
    until = max((hold.until for hold in holds if hold.until), default=None)
    found: Document = msgspec.to_builtins({"held_by": holds, "silenced_until": until})
    return found


def reply_document(reply: Reply, *, readable: bool) -> Document:
    """Return a reply; what it says is null for who may not read it."""
    content = ("comment", "cause", "measures", "finish_by", "files")
    shown = {name: getattr(reply, name) if readable else None for name in content}
    return to_document(AlertReply(org=reply.org, replied_at=reply.at, **shown))


def step_document(transition: Transition) -> Document:
    """Return a step as receivers and readers of the topic hear of it.

    Comments stay out: what units write is theirs. `sequence` counts the steps of the alert.
    """
    document: Document = msgspec.to_builtins(
        {
            "step": transition.step,
            "sequence": transition.alert.steps,
            "at": transition.stamp.at.astimezone(UTC),
            "actor": transition.stamp.actor,
            "cause": transition.cause,
            "rule": transition.rule,
            "reason": transition.reason,
        }
    )
    return {**document, "alert": alert_document(transition.alert)}


def webhook_body(transition: Transition) -> bytes:
    """Return what a receiver is sent: type, timestamp and data, as Standard Webhooks advises.

    `figure` is the one that the period was last bad with, null where there is none.
    """
    alert = transition.alert
    figures = {one.period: one.figure for one in alert.named}
    data = {**step_document(transition), "figure": _figure(figures.get(alert.trigger.period))}
    return msgspec.json.encode(
        {"type": f"alert.{transition.step}", "timestamp": data["at"], "data": data}
    )


def notice_body(kind: str, text: str, text_zh: str, at: datetime, *leads: str) -> bytes:
    """Return a notice of what concerns the service itself, in the same form.

    `leads` are units whose contacts get it, if the receiver is them.
    """
    data = {"kind": kind, "text": text, "text_zh": text_zh, "leads": leads}
    return msgspec.json.encode(
        {"type": f"notice.{kind}", "timestamp": at.astimezone(UTC), "data": data}
    )
