"""The answers of the alerts service as the API reference shows them. Only data."""

from typing import Any, Final

from services.alerts.domain.alert import Colour, State, Step

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string"}
_MAYBE: Final[Schema] = {"type": ["string", "null"]}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_MAYBE_TIME: Final[Schema] = {"type": ["string", "null"], "format": "date-time"}
_WHOLE: Final[Schema] = {"type": "integer"}
_MAYBE_WHOLE: Final[Schema] = {"type": ["integer", "null"]}
_MAYBE_NUMBER: Final[Schema] = {"type": ["number", "null"]}
_YES_NO: Final[Schema] = {"type": "boolean"}
_CODES: Final[Schema] = {"type": "array", "items": _TEXT}
_COLOUR: Final[Schema] = {**_TEXT, "enum": [colour.value for colour in Colour]}
_STATE: Final[Schema] = {**_TEXT, "enum": [state.value for state in State]}
_STEP: Final[Schema] = {**_TEXT, "enum": [step.value for step in Step]}


def _object(title: str, **properties: Schema) -> Schema:
    required = list(properties)
    return {"title": title, "type": "object", "required": required, "properties": properties}


_RESTATED: Final = {"period": _TEXT, "old": _MAYBE_NUMBER, "new": _MAYBE_NUMBER}
_ANSWER: Final = {
    "cause": _MAYBE,
    "measures": _MAYBE,
    "finish_by": {**_MAYBE, "format": "date"},
    "files": {"type": ["array", "null"], "items": _TEXT},
}
_REPLY: Final = {"org": _TEXT, "replied_at": _TIME, "comment": _MAYBE, **_ANSWER}
_ALERT: Final = {
    "id": _TEXT,
    "number": {**_TEXT, "description": "文号 e.g. 蓝〔2021〕1号"},
    "colour": _COLOUR,
    "state": _STATE,
    "target": _MAYBE,
    "duty": _MAYBE,
    "measure": _MAYBE,
    "org": {**_MAYBE, "description": "Null for a target of the whole city."},
    "region": _MAYBE,
    "period": _TEXT,
    "leads": _CODES,
    "copied": _CODES,
    "opened_at": _TIME,
    "reply_due": {**_MAYBE, "format": "date", "description": "Itself still in time."},
    "verdict_id": _MAYBE,
    "periods": {**_CODES, "description": "全部所涉期间 Every period it is about."},
    "late_figure": {
        **_YES_NO,
        "description": "迟报或更正 A late or corrected figure turned a period bad.",
    },
    "recovered_at": {**_MAYBE_TIME, "description": "数据已恢复，待核实销号 Null: not recovered."},
    "restated": {"type": "array", "items": _object("Restated", **_RESTATED)},
    "appealed": _YES_NO,
    "acknowledged_by": {**_CODES, "description": "已签收的牵头单位 Lead units that have signed."},
    "closed_without": {
        "type": "array",
        "items": {**_TEXT, "enum": ["recovery", "reply"]},
        "description": "销号时尚缺 What was missing when the office closed it.",
    },
}
_REPLIES: Final[Schema] = {
    "type": "array",
    "description": "每个牵头单位一份 One per lead unit; null where the reader may not see it.",
    "items": _object("AlertReply", **_REPLY),
}
_HISTORY: Final = {
    "sequence": _WHOLE,
    "step": _STEP,
    "from": {"anyOf": [_STATE, {"type": "null"}]},
    "to": _STATE,
    "at": _TIME,
    "actor": _TEXT,
    "colour": _COLOUR,
    "number": _TEXT,
    "period": _TEXT,
    "cause": _MAYBE,
    "rule": _MAYBE,
    "reason": _MAYBE,
    "comment": {**_MAYBE, "description": "Null for who may not read it, too."},
    "reply": {
        "anyOf": [_object("AlertStepReply", **_ANSWER), {"type": "null"}],
        "description": "Null for who may not read it, too.",
    },
}
_ATTEMPT: Final = {
    "nth": _WHOLE,
    "at": _TIME,
    "took_ms": _MAYBE_WHOLE,
    "outcome": _TEXT,
    "status_code": _MAYBE_WHOLE,
}
_NOTIFICATION: Final = {
    "id": _TEXT,
    "alert": _TEXT,
    "number": _TEXT,
    "sequence": _WHOLE,
    "step": _STEP,
    "receiver": _TEXT,
    "channel": _TEXT,
    "state": _TEXT,
    "created_at": _TIME,
    "sent_at": _MAYBE_TIME,
    "next_try_at": _MAYBE_TIME,
    "tries": _WHOLE,
    "outcome": _MAYBE,
    "status_code": _MAYBE_WHOLE,
    "attempts": {"type": "array", "items": _object("Attempt", **_ATTEMPT)},
}


def _good(schema: Schema) -> dict[int | str, Schema]:
    return {200: {"description": "好 Good", "content": {"application/json": {"schema": schema}}}}


def _list_of(schema: Schema) -> dict[int | str, Schema]:
    items = {"type": "array", "items": schema}
    return _good(_object(f"{schema['title']}List", items=items, next_cursor=_MAYBE))


ALERT_LIST: Final = _list_of(_object("Alert", **_ALERT, replies=_REPLIES))
ALERT_DETAIL: Final = _good(
    _object(
        "AlertDetail",
        **_ALERT,
        replies=_REPLIES,
        history={"type": "array", "items": _object("AlertStep", **_HISTORY)},
    )
)
NOTIFICATION_LIST: Final = _list_of(_object("Notification", **_NOTIFICATION))
