"""What pydantic says of parameters and bodies, retold as our faults in both languages.

One table from pydantic's error types to our codes. What a caller sent is quoted only where it is
a plain value and cannot be a secret.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from duibiao.web.problems import Fault, fault, filled

Words = str | tuple[str, str]
Told = tuple[str, dict[str, object]]

_SECRET_PLACES: Final = frozenset({"header", "cookie"})
_QUOTED: Final = re.compile(r"'([^']*)'")
_SECRET_FIELDS: Final = frozenset({"key", "password", "secret", "token"})


@dataclass(frozen=True, slots=True)
class _Misfit:
    """One of pydantic's errors.

    Attributes:
        field: the name of the field, or words for the whole body.
        value: what was sent, as it may be quoted.
        sent: what was sent.
        said: pydantic's own words, English only.
        context: pydantic's limits.

    """

    field: Words
    value: object
    sent: object
    said: str
    context: Mapping[str, Any]


def from_pydantic(error: Mapping[str, Any]) -> Fault:
    """Return one of pydantic's errors as a fault."""
    loc: tuple[str | int, ...] = tuple(error["loc"])
    context: Mapping[str, Any] = error.get("ctx") or {}
    if error["type"] == "json_invalid":
        # Here the location is an offset into the text, not a field.
        reason = (context.get("error", ""), f"第{loc[-1]}个字符处语法有误")
        return fault("malformed", format="JSON", reason=reason)
    sent = error.get("input")
    said = str(error.get("msg", ""))
    code, values = _rule_of(error["type"])(
        _Misfit(_field(loc), _quoted(loc, sent), sent, said, context)
    )
    return filled(code, values, pointer=_pointer(loc))


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


def _missing(misfit: _Misfit) -> Told:
    return "missing", {"field": misfit.field}


def _unknown_field(misfit: _Misfit) -> Told:
    return "unknown-field", {"field": misfit.field}


def _empty(misfit: _Misfit) -> Told:
    return "empty", {"field": misfit.field}


def _too_long(misfit: _Misfit) -> Told:
    return "too-long", {"field": misfit.field, "limit": misfit.context["max_length"]}


def _too_many(misfit: _Misfit) -> Told:
    return "too-many", {"field": misfit.field, "limit": misfit.context["max_length"]}


def _not_one_of(misfit: _Misfit) -> Told:
    # pydantic lists them as "'a', 'b' or 'c'".
    allowed = _QUOTED.findall(misfit.context["expected"])
    return "not-one-of", {"field": misfit.field, "value": misfit.value, "allowed": allowed}


def _below(misfit: _Misfit) -> Told:
    limit = misfit.context["ge"]
    return "below-minimum", {"field": misfit.field, "value": misfit.value, "limit": limit}


def _above(misfit: _Misfit) -> Told:
    limit = misfit.context["le"]
    return "above-maximum", {"field": misfit.field, "value": misfit.value, "limit": limit}


def _no_number(misfit: _Misfit) -> Told:
    return "not-a-number", {"field": misfit.field, "value": misfit.value}


def _no_whole_number(misfit: _Misfit) -> Told:
    return "not-a-whole-number", {"field": misfit.field, "value": misfit.value}


def _no_time(misfit: _Misfit) -> Told:
    return "bad-time", {"field": misfit.field, "value": misfit.value}


def _otherwise(misfit: _Misfit) -> Told:
    return "invalid-value", {"field": misfit.field, "reason": (misfit.said, "格式不符合要求")}


def _not_a(*expected: str) -> "Rule":
    def rule(misfit: _Misfit) -> Told:
        kind = kind_of(misfit.sent)
        return "wrong-type", {"field": misfit.field, "expected": expected, "kind": kind}

    return rule


Rule = Callable[[_Misfit], Told]
_RULES: Final[Mapping[str, Rule]] = {
    "missing": _missing,
    "extra_forbidden": _unknown_field,
    "string_too_short": _empty,
    "string_too_long": _too_long,
    "too_long": _too_many,
    "literal_error": _not_one_of,
    "enum": _not_one_of,
    "greater_than_equal": _below,
    "less_than_equal": _above,
    "finite_number": _no_number,
    "string_type": _not_a("text", "文本"),
    "list_type": _not_a("a list", "列表"),
    "dict_type": _not_a("an object", "对象"),
    "model_type": _not_a("an object", "对象"),
    "model_attributes_type": _not_a("an object", "对象"),
}
# Types that come in several shades, such as int_type, int_parsing, int_from_float.
_FAMILIES: Final[Sequence[tuple[str, Rule]]] = (
    ("int_", _no_whole_number),
    ("float_", _no_number),
    ("decimal_", _no_number),
    ("date_", _no_time),
    ("datetime_", _no_time),
    ("timezone_", _no_time),
    ("bool_", _not_a("true or false", "“true”或“false”")),
)


def _rule_of(kind: str) -> Rule:
    family = (rule for prefix, rule in _FAMILIES if kind.startswith(prefix))
    return _RULES.get(kind) or next(family, _otherwise)


def _field(loc: tuple[str | int, ...]) -> Words:
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
