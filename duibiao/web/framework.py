"""What FastAPI, Starlette, pydantic and the store raise, retold as our problems.

One table from status to problem type and one from pydantic's error types to our codes. What a
caller sent is quoted only where it is a plain value and cannot be a secret.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from duibiao.runtime.retry import Retry
from duibiao.web.problems import Fault, Problem, fault, filled

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
_AS_SENT: Final = ("what it says it is", "所声明的类型")
_UNREADABLE: Final = ("it cannot be parsed", "无法解析")
_SERVER_ERRORS_FROM: Final = 500
_SECRET_PLACES: Final = frozenset({"header", "cookie"})
_SECRET_FIELDS: Final = frozenset({"key", "password", "secret", "token"})


def retold(error: Exception, *, method: str, path: str) -> Problem:
    """Return the problem that any exception of a request is told as."""
    match error:
        case Problem():
            return error
        case HTTPException():
            return from_http_exception(error, method=method, path=path)
        case RequestValidationError():
            return from_validation(error.errors())
        case Retry():
            headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            return Problem("unavailable", [fault("unavailable")], headers=headers)
        case _:
            return Problem("internal", [fault("internal")])


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
        told = fault("method-not-allowed", method=method, allowed=headers.get("Allow", "-"))
    elif slug == "bad-request":
        told = fault("malformed", format=_AS_SENT, reason=_UNREADABLE)
    elif slug == "unavailable":
        told = fault("unavailable")
    else:
        told = fault("http-error", status=status)
    return Problem(slug, [told], status=status, headers=headers)


def from_validation(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Return the problem of parameters or a body that do not fit their declaration."""
    return Problem("invalid", [from_pydantic(error) for error in errors])


def from_pydantic(error: Mapping[str, Any]) -> Fault:
    """Return one of pydantic's errors as a fault; the wording is ours, in both languages."""
    loc: tuple[str | int, ...] = tuple(error["loc"])
    kind: str = error["type"]
    context: Mapping[str, Any] = error.get("ctx") or {}
    if kind == "json_invalid":
        # Here the location is an offset into the text, not a field.
        reason = (context.get("error", ""), f"第{loc[-1]}个字符处语法有误")
        return fault("malformed", format="JSON", reason=reason)
    code, values = _told(kind, error, context)
    if "field" in values:
        values["field"] = _field(loc)
    if "value" in values:
        values["value"] = _quoted(loc, error.get("input"))
    return filled(code, values, pointer=_pointer(loc))


_Told = tuple[str, dict[str, object]]
_TEXT: Final = ("text", "文本")
_OBJECT: Final = ("an object", "对象")
_LIST: Final = ("a list", "列表")
_TRUTH: Final = ("true or false", "true或false")


def _told(kind: str, error: Mapping[str, Any], context: Mapping[str, Any]) -> _Told:
    rule = _RULES.get(kind) or next(
        (rule for prefix, rule in _FAMILIES if kind.startswith(prefix)), None
    )
    if rule is not None:
        return rule(context, error.get("input"))
    reason = (str(error.get("msg", "")), "格式不符合要求")
    return "invalid-value", {"field": "", "reason": reason}


def _plain(code: str, *names: str) -> Callable[[Mapping[str, Any], object], _Told]:
    return lambda _context, _sent: (code, dict.fromkeys(names, ""))


def _limit(code: str, bound: str, name: str) -> Callable[[Mapping[str, Any], object], _Told]:
    return lambda context, _sent: (code, {"field": "", name: context[bound]})


def _beyond(code: str, bound: str) -> Callable[[Mapping[str, Any], object], _Told]:
    return lambda context, _sent: (code, {"field": "", "value": "", "limit": context[bound]})


def _expected(what: tuple[str, str]) -> Callable[[Mapping[str, Any], object], _Told]:
    return lambda _context, sent: (
        "wrong-type",
        {"field": "", "expected": what, "kind": kind_of(sent)},
    )


_RULES: Final[Mapping[str, Callable[[Mapping[str, Any], object], _Told]]] = {
    "missing": _plain("missing", "field"),
    "extra_forbidden": _plain("unknown-field", "field"),
    "string_too_short": _plain("empty", "field"),
    "string_too_long": _limit("too-long", "max_length", "limit"),
    "too_long": _limit("too-many", "max_length", "limit"),
    "literal_error": lambda context, _sent: (
        "not-one-of",
        {"field": "", "value": "", "allowed": context["expected"]},
    ),
    "enum": lambda context, _sent: (
        "not-one-of",
        {"field": "", "value": "", "allowed": context["expected"]},
    ),
    "greater_than_equal": _beyond("below-minimum", "ge"),
    "less_than_equal": _beyond("above-maximum", "le"),
    "finite_number": _plain("not-a-number", "field", "value"),
    "string_type": _expected(_TEXT),
    "list_type": _expected(_LIST),
    "dict_type": _expected(_OBJECT),
    "model_type": _expected(_OBJECT),
    "model_attributes_type": _expected(_OBJECT),
}
_FAMILIES: Final[Sequence[tuple[str, Callable[[Mapping[str, Any], object], _Told]]]] = (
    ("int_", _plain("not-a-whole-number", "field", "value")),
    ("float_", _plain("not-a-number", "field", "value")),
    ("decimal_", _plain("not-a-number", "field", "value")),
    ("date_", _plain("bad-time", "field", "value")),
    ("datetime_", _plain("bad-time", "field", "value")),
    ("timezone_", _plain("bad-time", "field", "value")),
    ("bool_", _expected(_TRUTH)),
)


def kind_of(sent: object) -> tuple[str, str]:
    """Return what kind of JSON value something is, in English and Chinese."""
    match sent:
        case None:
            return "null", "空值"
        case bool():
            return "true or false", "true或false"
        case int() | float():
            return "a number", "数字"
        case str() | bytes():
            return "text", "文本"
        case list() | tuple():
            return "a list", "列表"
        case _:
            return "an object", "对象"


def _field(loc: tuple[str | int, ...]) -> str | tuple[str, str]:
    named = [part for part in loc[1:] if isinstance(part, str)]
    return named[-1] if named else ("the body", "正文")


def _pointer(loc: tuple[str | int, ...]) -> str:
    parts = loc[1:] if loc and loc[0] == "body" else loc
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def _quoted(loc: tuple[str | int, ...], sent: object) -> object:
    secret = loc[0] in _SECRET_PLACES or any(part in _SECRET_FIELDS for part in loc)
    if secret or not isinstance(sent, str | int | float | None):
        return "…"
    return sent
