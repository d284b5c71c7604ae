"""The schemas that every service's part of the OpenAPI document uses: problems and their faults."""

from typing import Any, Final

import msgspec
from pydantic import TypeAdapter

from duibiao.web.problem_types import PROBLEM_TYPES
from duibiao.web.problems import MEDIA_TYPE, Fault, Problem, ProblemDocument, document, filled

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string"}


def _component(title: str, adapter: TypeAdapter[Any]) -> Schema:
    """Return the schema of what is always sent whole."""
    made = adapter.json_schema(ref_template="#/components/schemas/{model}")
    made.pop("$defs", None)
    return {**made, "title": title, "required": list(made["properties"])}


FAULT_SCHEMA: Final = _component("Fault", TypeAdapter(Fault))
PROBLEM_SCHEMA: Final = _component("Problem", TypeAdapter(ProblemDocument))
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
    "too-large": ("too-large", {"limit": 8_388_608}),
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
    return {
        **document(problem, path=path, trace_id=trace_id),
        "errors": msgspec.to_builtins(list(problem.faults)),
    }
