"""What one file may hold: the JSON Schemas beside this module, and their faults in two languages.

Owns the shape of a single file. What must agree between files is in `checks`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from referencing import Registry, Resource

from duibiao.register.documents import Document, read_day
from duibiao.register.faults import Fault
from duibiao.register.periods import parse

PARTS = (
    "notice",
    "regions",
    "orgs",
    "tasks",
    "measures",
    "milestones",
    "indicators",
    "targets",
    "duties",
    "alerts",
    "checks",
)
"""The files of a register, `NAME.yaml` each; every one is needed."""

Wording = tuple[str, str]

_KINDS: Mapping[str, Wording] = {
    "string": ("text (put it in quotes)", "文字（请加引号）"),
    "integer": ("a whole number", "整数"),
    "number": ("a number", "数字"),
    "boolean": ("true or false", "true 或 false"),
    "array": ("a list", "列表"),
    "object": ("a mapping", "映射"),
}
_FORMATS: Mapping[str, Wording] = {
    "date": ("a day YYYY-MM-DD of the calendar", "日历上的日期 YYYY-MM-DD"),
    "period": ("a period such as 2021Q1", "期间代码，如 2021Q1"),
    "hour": ("a time HH:MM", "时刻 HH:MM"),
    "fraction": (
        "a fraction such as 2/3, above 0 and at most 1",
        "大于 0、不超过 1 的分数，如 2/3",
    ),
}
_HOUR = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_FRACTION = re.compile(r"[0-9]{1,6}/[0-9]{1,6}")
_SHAPE = frozenset({"type", "enum", "pattern", "format"})
_SHOWN = 60

formats = FormatChecker(formats=())


@formats.checks("date")
def _is_day(value: object) -> bool:
    return not isinstance(value, str) or read_day(value) is not None


@formats.checks("period", raises=ValueError)
def _is_period(value: object) -> bool:
    return not isinstance(value, str) or bool(parse(value))


@formats.checks("hour")
def _is_hour(value: object) -> bool:
    return not isinstance(value, str) or _HOUR.fullmatch(value) is not None


@formats.checks("fraction", raises=ZeroDivisionError)
def _is_fraction(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return _FRACTION.fullmatch(value) is not None and 0 < Fraction(value) <= 1


@cache
def validator(part: str) -> Draft202012Validator:
    """Return the validator of a part ("targets", "overlay")."""
    common = Resource.from_contents(_schema("common"))
    registry: Registry[Any] = Registry().with_resource("common.schema.json", common)
    return Draft202012Validator(_schema(part), registry=registry, format_checker=formats)


def faults_of(part: str, document: Document) -> tuple[Fault, ...]:
    """Return every way in which a file departs from its schema."""
    return tuple(_told(document, validator(part).iter_errors(document.data)))


def _schema(part: str) -> dict[str, Any]:
    text = files("duibiao.register").joinpath(f"{part}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _told(document: Document, errors: Iterator[ValidationError]) -> Iterator[Fault]:
    mistaken: set[tuple[str | int, ...]] = set()
    for error in errors:
        path = tuple(error.absolute_path)
        rule = str(error.validator)
        if rule in _SHAPE:
            if path in mistaken:
                continue  # one wrong value is one fault, however many rules it breaks
            mistaken.add(path)
        if rule == "required":
            # The validator tells one error a key; all of them are told with the first.
            if (*path, rule) not in mistaken:
                mistaken.add((*path, rule))
                yield from _missing_keys(document, error, path)
        elif rule == "additionalProperties":
            yield from _unknown_keys(document, error, path)
        else:
            message, message_zh = _WORDINGS.get(rule, _as_told)(error)
            place = _named(path)
            yield Fault(document.file, document.line(path), place + message, place + message_zh)


def _named(path: tuple[str | int, ...]) -> str:
    words = [step for step in path if isinstance(step, str)]
    return f"{words[-1]}: " if words else ""


def _missing_keys(
    document: Document, error: ValidationError, path: tuple[str | int, ...]
) -> Iterator[Fault]:
    line = document.line(path)
    for key in _limit(error):
        if key not in _instance(error):
            yield Fault(document.file, line, f"{key} is missing", f"缺少 {key}")


def _unknown_keys(
    document: Document, error: ValidationError, path: tuple[str | int, ...]
) -> Iterator[Fault]:
    known = list(_rules(error)["properties"])
    for key in _instance(error):
        if key in known:
            continue
        near = get_close_matches(key, known, n=1)
        line = document.line((*path, key))
        hint, hint_zh = (f"; {near[0]}?", f"；是否为 {near[0]}？") if near else ("", "")
        yield Fault(document.file, line, f"unknown key {key}{hint}", f"未知的键 {key}{hint_zh}")


def _limit(error: ValidationError) -> Any:  # noqa: ANN401 - what a schema says, of any shape
    return error.validator_value


def _instance(error: ValidationError) -> Any:  # noqa: ANN401 - what a clerk wrote, of any shape
    return error.instance


def _rules(error: ValidationError) -> Mapping[str, Any]:
    return error.schema if isinstance(error.schema, Mapping) else {}


def _type(error: ValidationError) -> Wording:
    kind, kind_zh = _KINDS[str(_limit(error))]
    return f"must be {kind}, is {_shown(error)}", f"应为{kind_zh}，现为 {_shown(error)}"


def _enum(error: ValidationError) -> Wording:
    known = list(_limit(error))
    listed = ", ".join(known)
    return f"{_shown(error)} is not one of: {listed}", f"{_shown(error)} 不在：{listed} 之中"


def _pattern(error: ValidationError) -> Wording:
    said = _rules(error)["said"]
    return f"{said['en']}, is {_shown(error)}", f"{said['zh']}，现为 {_shown(error)}"


def _format(error: ValidationError) -> Wording:
    kind, kind_zh = _FORMATS[str(_limit(error))]
    return f"must be {kind}, is {_shown(error)}", f"应为{kind_zh}，现为 {_shown(error)}"


def _bound(error: ValidationError) -> Wording:
    least = error.validator in ("minimum", "minLength")
    limit, shown = _limit(error), _shown(error)
    length, length_zh = (" characters", "个字") if "Length" in str(error.validator) else ("", "")
    most, most_zh = ("at least", "至少") if least else ("at most", "至多")
    return (
        f"must be {most} {limit}{length}, is {shown}",
        f"应{most_zh} {limit}{length_zh}，现为 {shown}",
    )


def _as_told(error: ValidationError) -> Wording:
    return error.message, f"不符合规则 {error.validator}"


def _shown(error: ValidationError) -> str:
    value = _instance(error)
    if value is None:
        return "null"
    if isinstance(value, dict | list):
        return "[…]" if isinstance(value, list) else "{…}"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


_WORDINGS: Mapping[str, Callable[[ValidationError], Wording]] = {
    "type": _type,
    "enum": _enum,
    "pattern": _pattern,
    "format": _format,
    "minimum": _bound,
    "maximum": _bound,
    "minLength": _bound,
    "maxLength": _bound,
    "minItems": lambda _: ("must not be empty", "不能为空"),
    "uniqueItems": lambda _: ("names one thing twice", "有重复项"),
}
