"""The schemas that every service's part of the OpenAPI document uses: problems and their faults."""

from typing import Any, Final

from duibiao.web.problem_types import PROBLEM_TYPES
from duibiao.web.problems import LISTED_AT_MOST, MEDIA_TYPE, Problem, document, filled

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string"}
FAULT_SCHEMA: Final[Schema] = {
    "type": "object",
    "description": "One thing to mend.",
    "required": ["code", "message", "message_zh", "pointer", "index"],
    "properties": {
        "code": {**_TEXT, "description": "A code of /problems."},
        "message": _TEXT,
        "message_zh": _TEXT,
        "pointer": {"type": ["string", "null"], "description": "JSON pointer into the row."},
        "index": {"type": ["integer", "null"], "description": "The row, counted from 0."},
    },
}
PROBLEM_SCHEMA: Final[Schema] = {
    "type": "object",
    "description": "RFC 9457 problem details, in English and Chinese.",
    "required": ["type", "title", "status", "detail", "instance", "trace_id", "errors"],
    "properties": {
        "type": {
            **_TEXT,
            "description": "Address of a page about this type.",
            "enum": [f"/problems/{slug}" for slug in PROBLEM_TYPES],
        },
        "title": _TEXT,
        "title_zh": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "detail_zh": _TEXT,
        "instance": {**_TEXT, "description": "Path of the request."},
        "trace_id": {**_TEXT, "description": "Finds the request in the log."},
        "errors": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/Fault"},
            "maxItems": LISTED_AT_MOST,
        },
        "errors_total": {"type": "integer", "description": "How many faults there are in all."},
    },
}
HEADERS: Final[dict[str, Schema]] = {
    "X-Request-Id": {
        "description": "请求编号，即trace_id The trace id of the request",
        "schema": _TEXT,
    },
    "RateLimit-Policy": {
        "description": "限额：q个为上限，w秒内恢复 Limits: q in one go, won back in w seconds",
        "schema": _TEXT,
        "example": '"requests";q=100;w=5;qu="requests", "rows";q=100000;w=10;qu="rows"',
    },
    "RateLimit": {
        "description": "余额：剩余r个，t秒后全部恢复 What is left: r, all of it again in t seconds",
        "schema": _TEXT,
        "example": '"requests";r=99;t=1, "rows";r=99997;t=1',
    },
    "Retry-After": {
        "description": "请等待的秒数 Seconds to wait",
        "schema": {"type": "integer", "minimum": 1},
        "example": 5,
    },
}
# What is told where nothing more exact stands: the example of each type of problem.
_EXAMPLES: Final[dict[str, tuple[str, dict[str, object]]]] = {
    "bad-request": ("malformed", {"format": "JSON", "reason": ("it ends too early", "内容不完整")}),
    "unauthenticated": ("key-missing", {}),
    "forbidden": ("not-visible", {}),
    "not-found": ("not-found", {"value": "/v1/submissions/0"}),
    "timeout": ("http-error", {"status": 408}),
    "conflict": ("still-running", {}),
    "too-large": ("too-large", {"limit": 16_777_216}),
    "unsupported-media-type": (
        "unsupported-encoding",
        {"value": "br", "allowed": "gzip"},
    ),
    "invalid": ("missing", {"field": "period"}),
    "idempotency-key-reused": ("key-reused", {}),
    "too-many-requests": (
        "too-many-requests",
        {"limit": 100, "unit": ("requests", "次请求"), "seconds": 1},
    ),
    "internal": ("internal", {}),
    "not-ready": ("not-ready", {"reason": "starting"}),
    "backlog-full": ("backlog-full", {"seconds": 5}),
    "unavailable": ("unavailable", {}),
    "uncertain": ("uncertain", {}),
}
_WITH_RETRY: Final = frozenset({429, 503})


def told_of(status: int, slugs: tuple[str, ...], path: str) -> Schema:
    """Return the description of the answer `status` of a path, with an example of each type."""
    titles = [PROBLEM_TYPES[slug] for slug in slugs]
    names = ["X-Request-Id", *(["Retry-After"] if status in _WITH_RETRY else [])]
    return {
        "description": "; ".join(f"{kind.title_zh} {kind.title}" for kind in titles),
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {slug: {"value": _example(slug, path)} for slug in slugs},
            }
        },
    }


def _example(slug: str, path: str) -> Schema:
    code, values = _EXAMPLES[slug]
    problem = Problem(slug, [filled(code, values)])
    trace_id = "0123456789abcdef0123456789abcdef"
    told = document(problem, path=path, trace_id=trace_id)
    faults = [
        {
            "code": one.code,
            "message": one.message,
            "message_zh": one.message_zh,
            "pointer": one.pointer,
            "index": one.index,
        }
        for one in problem.faults
    ]
    return {**told, "errors": faults}
