"""What FastAPI, Starlette, pydantic and the store raise, told as our problems in both languages.

What a framework says in its own words is not passed on. What a caller sent is quoted only where it
is a plain value and cannot be a secret.
"""

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from duibiao.core.retry import Retry
from duibiao.store import ClockSkewed, StoreFull, StoreUncertain
from duibiao.web.problems import PROBLEM_TYPES, ErrorDetail, Problem, error_detail, filled

RETRY_AFTER_SECONDS: Final = 5

# Of several problems with one status the first is what the framework means by it.
_TYPES: Final = {about.status: slug for slug, about in reversed([*PROBLEM_TYPES.items()])} | {
    503: "unavailable"
}
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_AS_SENT: Final = ("what it says it is", "所声明的类型")
_UNREADABLE: Final = ("it cannot be parsed", "无法解析")
_SERVER_ERRORS_FROM: Final = 500
Words = str | tuple[str, str]
Location = tuple[str | int, ...]

_SECRET_PLACES: Final = frozenset({"header", "cookie"})
_SECRET_FIELDS: Final = frozenset({"key", "password", "secret", "token"})
_QUOTED: Final = re.compile(r"'([^']*)'")
# By pydantic's types of errors: our codes, where it keeps the limit that was missed, what a value
# should have been; our codes by the first word of types that come in several forms (int_parsing).
_PYDANTIC: Final = msgspec.json.decode(
    files(__package__).joinpath("pydantic_errors.json").read_bytes()
)
_CODES: Final[Mapping[str, str]] = _PYDANTIC["codes"]
_LIMITS: Final[Mapping[str, str]] = _PYDANTIC["limits"]
_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    kind: (en, zh) for kind, (en, zh) in _PYDANTIC["kinds"].items()
}
_FAMILIES: Final[Mapping[str, str]] = _PYDANTIC["families"]


def problem_of(error: Exception, *, method: str, path: str) -> Problem:
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
            return Problem("internal", [error_detail("internal")])


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
    return Problem(slug, [error_detail(code)], headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


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
        told = error_detail("not-found", value=path)
    elif slug == "method-not-allowed":
        told = error_detail(
            "method-not-allowed", method=method, allowed=headers.get("Allow", "-").split(", ")
        )
    elif slug == "bad-request":
        told = error_detail("malformed", format=_AS_SENT, reason=_UNREADABLE)
    elif slug == "unavailable":
        told = error_detail("unavailable")
    else:
        told = error_detail("http-error", status=status)
    return Problem(slug, [told], status=status, headers=headers)


def from_pydantic(error: Mapping[str, Any]) -> ErrorDetail:
    """Return one of pydantic's errors as one of ours."""
    loc: Location = tuple(error["loc"])
    context: Mapping[str, Any] = error.get("ctx") or {}
    if error["type"] == "json_invalid":
        # Here the location is an offset into the text, not a field.
        reason = (context.get("error", ""), f"第{loc[-1]}个字符处语法有误")
        return error_detail("malformed", format="JSON", reason=reason)
    code, values = _translated(error, loc, context)
    return filled(code, {"field": _field(loc), **values}, pointer=_pointer(loc))


def _translated(
    error: Mapping[str, Any], loc: Location, context: Mapping[str, Any]
) -> tuple[str, dict[str, object]]:
    kind, sent = str(error["type"]), error.get("input")
    family = kind.partition("_")[0]
    expected = ("true or false", "“true”或“false”") if family == "bool" else _KINDS.get(kind)
    if expected is not None:
        return "wrong-type", {"expected": expected, "kind": kind_of(sent)}
    code = _CODES.get(kind) or _FAMILIES.get(family)
    values: dict[str, object] = {"value": _quoted(loc, sent)}
    if code is None:
        code, values = "invalid-value", {"reason": (str(error.get("msg", "")), "格式不符合要求")}
    elif code == "not-one-of":
        # pydantic lists them as "'a', 'b' or 'c'".
        values["allowed"] = _QUOTED.findall(context["expected"])
    elif kind in _LIMITS:
        values["limit"] = f"{context[_LIMITS[kind]]:.15g}"
    return code, values


def kind_of(sent: object) -> tuple[str, str]:
    """Return what kind of JSON value something is, in English and Chinese."""
    match sent:
        case None:
            return "null", "空值"
        case bool():
            return "true or false", "逻辑值"
        case int() | float():
            return "a number", "数字"
        case str() | bytes():
            return "text", "文本"
        case list() | tuple():
            return "a list", "列表"
        case _:
            return "an object", "对象"


def _field(loc: Location) -> Words:
    named = [part for part in loc[1:] if isinstance(part, str)]
    return named[-1] if named else ("the body", "正文")


def _pointer(loc: Location) -> str:
    parts = loc[1:] if loc and loc[0] == "body" else loc
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def _quoted(loc: Location, sent: object) -> object:
    secret = loc[0] in _SECRET_PLACES or any(part in _SECRET_FIELDS for part in loc)
    if secret or not isinstance(sent, str | int | float | None):
        return "…"
    return sent
