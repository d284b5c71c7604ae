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
_CODES: Final[Schema] = {"type": "array", "items": _TEXT}
_COLOUR: Final[Schema] = {**_TEXT, "enum": [colour.value for colour in Colour]}
_STATE: Final[Schema] = {**_TEXT, "enum": [state.value for state in State]}
_STEP: Final[Schema] = {**_TEXT, "enum": [step.value for step in Step]}


def _object(title: str, **properties: Schema) -> Schema:
    required = list(properties)
    return {"title": title, "type": "object", "required": required, "properties": properties}


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


ALERT_LIST: Final = _list_of(_object("Alert", **_ALERT))
ALERT_DETAIL: Final = _good(
    _object(
        "AlertDetail",
        **_ALERT,
        appealed={"type": "boolean"},
        history={"type": "array", "items": _object("AlertStep", **_HISTORY)},
    )
)
NOTIFICATION_LIST: Final = _list_of(_object("Notification", **_NOTIFICATION))
