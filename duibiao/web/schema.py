"""The problem document as OpenAPI describes it; every operation may answer it."""

from typing import Any, Final

from duibiao.web.problems import MEDIA_TYPE

_TEXT: Final = {"type": "string"}
_FAULT: Final = {
    "type": "object",
    "required": ["code", "message", "message_zh", "pointer", "index"],
    "properties": {
        "code": {**_TEXT, "description": "A code of /problems."},
        "message": _TEXT,
        "message_zh": _TEXT,
        "pointer": {"type": ["string", "null"], "description": "JSON pointer into the row."},
        "index": {"type": ["integer", "null"], "description": "The row, counted from 0."},
    },
}
PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457 problem details, in English and Chinese.",
    "required": ["type", "title", "status", "detail", "instance", "trace_id", "errors"],
    "properties": {
        "type": {**_TEXT, "description": "Address of a page about this type."},
        "title": _TEXT,
        "title_zh": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "detail_zh": _TEXT,
        "instance": {**_TEXT, "description": "Path of the request."},
        "trace_id": {**_TEXT, "description": "Finds the request in the log."},
        "errors": {"type": "array", "items": _FAULT, "maxItems": 1000},
        "errors_total": {"type": "integer", "description": "How many faults there are in all."},
    },
}
_CONTENT: Final = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
# The keys make FastAPI leave out its own 422, which we never answer.
ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"description": "请求有误 The request has faults", "content": _CONTENT},
    "5XX": {"description": "系统有误 Something is wrong here", "content": _CONTENT},
}
