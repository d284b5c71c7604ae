"""What FastAPI, Starlette and the store raise, retold as our problems.

One table from status to problem type. What a framework says in its own words is not passed on.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from duibiao.core.retry import Retry
from duibiao.store import ClockSkewed, StoreFull, StoreUncertain
from duibiao.web.problems import Problem, fault
from duibiao.web.validation import from_pydantic

RETRY_AFTER_SECONDS: Final = 5

_TYPES: Final[Mapping[int, str]] = {
    400: "bad-request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    408: "timeout",
    409: "conflict",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid",
    429: "too-many-requests",
    503: "unavailable",
}
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_AS_SENT: Final = ("what it says it is", "所声明的类型")
_UNREADABLE: Final = ("it cannot be parsed", "无法解析")
_SERVER_ERRORS_FROM: Final = 500


def retold(error: Exception, *, method: str, path: str) -> Problem:
    """Return the problem that any exception of a request is told as."""
    match error:
        case Problem():
            return error
        case HTTPException():
            return from_http_exception(error, method=method, path=path)
        case RequestValidationError():
            return Problem("invalid", [from_pydantic(one) for one in error.errors()])
        case Retry():
            return _put_off(error)
        case _:
            return Problem("internal", [fault("internal")])


def _put_off(reason: Retry) -> Problem:
    match reason:
        case StoreFull():
            slug, code = "unavailable", "disk-full"
        case ClockSkewed():
            slug, code = "unavailable", "clock-skewed"
        case StoreUncertain():
            slug, code = "uncertain", "uncertain"
        case _:
            slug, code = "unavailable", "unavailable"
    return Problem(slug, [fault(code)], headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def allowed_at(routes: Sequence[BaseRoute], scope: Scope) -> str:
    """Return the methods of a path as an Allow header has them.

    The framework would name those of the first route of the path alone.
    """
    found = {
        method
        for method in _METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    }
    return ", ".join(method for method in _METHODS if method in found)


def from_http_exception(error: HTTPException, *, method: str, path: str) -> Problem:
    """Return the problem of an HTTPException of status 400 or more."""
    status = error.status_code
    headers = dict(error.headers or {})
    if status in _TYPES:
        slug = _TYPES[status]
    else:
        slug = "internal" if status >= _SERVER_ERRORS_FROM else "client-error"
    if slug == "not-found":
        told = fault("not-found", value=path)
    elif slug == "method-not-allowed":
        told = fault(
            "method-not-allowed", method=method, allowed=headers.get("Allow", "-").split(", ")
        )
    elif slug == "bad-request":
        told = fault("malformed", format=_AS_SENT, reason=_UNREADABLE)
    elif slug == "unavailable":
        told = fault("unavailable")
    else:
        told = fault("http-error", status=status)
    return Problem(slug, [told], status=status, headers=headers)
