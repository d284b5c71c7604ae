"""Values of a file, read as the type hints of their dataclass declare them, with every fault.

A field of a file is one field of a dataclass: its hint says what kind of value it is, `Annotated`
what else must hold. A field with a default, or of a type `X | None`, may be left out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from duibiao.register.documents import Document, Place, read_day
from duibiao.register.faults import Fault
from duibiao.register.periods import parse

Wording = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Key:
    """The name of a field in its file, where that is another."""

    name: str


@dataclass(frozen=True, slots=True)
class Default:
    """The value of a field that is left out, where the dataclass has no default."""

    value: Any


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression that a text must match, and what to say of one that does not."""

    pattern: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Length:
    """The least and the most characters of a text."""

    least: int = 0
    most: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Between:
    """The bounds of a number, both included."""

    least: int
    most: int = 1 << 60


@dataclass(frozen=True, slots=True)
class Words:
    """The words allowed, in the place of those of the type."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Needs:
    """Keys that a mapping must have."""

    keys: tuple[str, ...]


DERIVED: Final = "derived"
"""Marks a field that is in no file; it is read as None."""

NOT_EMPTY: Final = "not empty"
"""Marks a list with at least one item."""

PERIOD: Final = "period"
"""Marks a text that is the code of a period."""

_TEXT: Final = ("text (put it in quotes)", "文字（请加引号）")
_KINDS: Final[Mapping[Any, Wording]] = {
    str: _TEXT,
    date: _TEXT,
    time: _TEXT,
    Fraction: _TEXT,
    int: ("a whole number", "整数"),
    Decimal: ("a number", "数字"),
    bool: ("true or false", "true 或 false"),
    tuple: ("a list", "列表"),
    Mapping: ("a mapping", "映射"),
}
_DATE: Final = ("a day YYYY-MM-DD of the calendar", "日历上的日期 YYYY-MM-DD")
_HOUR: Final = ("a time HH:MM", "时刻 HH:MM")
_SHARE: Final = ("a fraction such as 2/3, above 0 and at most 1", "大于 0、不超过 1 的分数，如 2/3")
_PERIOD: Final = ("a period such as 2021Q1", "期间代码，如 2021Q1")
_TIME_TEXT: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_FRACTION_TEXT: Final = re.compile(r"[0-9]{1,6}/[0-9]{1,6}")
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Declared:
    """One field of a dataclass, as its file has it."""

    name: str
    key: str
    kind: Any
    rules: tuple[Any, ...]
    default: Any
    needed: bool


@cache
def declared(cls: Any) -> tuple[Declared, ...]:  # noqa: ANN401 - a dataclass
    """Return the fields of a dataclass that its file has, in order."""
    hints = get_type_hints(cls, include_extras=True)
    found = (_declared(one, hints[one.name]) for one in fields(cls))
    return tuple(one for one in found if DERIVED not in one.rules)


def read(kind: Any, document: Document) -> tuple[Any, tuple[Fault, ...]]:  # noqa: ANN401 - any type
    """Return a document as a dataclass, and every way in which it departs from the declaration.

    The value is None, or holds None, where there are faults.
    """
    reader = _Reader(document)
    value = reader.read(kind, (), document.data, ())
    return value, tuple(reader.faults)


class _Reader:
    """Reads the values of one document, and collects the faults."""

    def __init__(self, document: Document) -> None:
        self.faults: list[Fault] = []
        self._document = document

    def read(self, kind: Any, rules: Sequence[Any], data: Any, path: Place) -> Any:  # noqa: ANN401
        origin = get_origin(kind) or kind
        if kind is Any:
            return data
        if origin is Literal or _words(rules):
            return self._word(_words(rules) or get_args(kind), data, path)
        if is_dataclass(kind):
            return self._record(kind, data, path)
        if origin is tuple:
            return self._list(get_args(kind)[0], rules, data, path)
        if origin is Mapping:
            return self._mapping(get_args(kind), rules, data, path)
        return self._scalar(kind, rules, data, path)

    def _record(self, cls: Any, data: Any, path: Place) -> Any:  # noqa: ANN401
        if not self._is_kind(Mapping, data, path):
            return None
        known = declared(cls)
        self._check_keys(data, path, [one.key for one in known], [o.key for o in known if o.needed])
        values = {field.name: None for field in fields(cls)}
        for one in known:
            given = one.key in data
            values[one.name] = (
                self.read(one.kind, one.rules, data[one.key], (*path, one.key))
                if given
                else one.default
            )
        return cls(**values)

    def _check_keys(
        self, data: Mapping[str, Any], path: Place, known: Sequence[str], needed: Sequence[str]
    ) -> None:
        for key in data:
            if key not in known:
                near = get_close_matches(key, known, n=1)
                hint, hint_zh = (f"; {near[0]}?", f"；是否为 {near[0]}？") if near else ("", "")
                self._add((*path, key), f"unknown key {key}{hint}", f"未知的键 {key}{hint_zh}")
        for key in needed:
            if key not in data:
                self._add(path, f"{key} is missing", f"缺少 {key}")

    def _list(self, item: Any, rules: Sequence[Any], data: Any, path: Place) -> Any:  # noqa: ANN401
        if not self._is_kind(tuple, data, path):
            return None
        if NOT_EMPTY in rules and not data:
            self._add_named(path, "must not be empty", "不能为空")
        kind, item_rules = _parted(item)
        if not is_dataclass(kind) and any(one in data[:n] for n, one in enumerate(data)):
            self._add_named(path, "names one thing twice", "有重复项")
        return tuple(self.read(kind, item_rules, one, (*path, n)) for n, one in enumerate(data))

    def _mapping(
        self,
        kinds: tuple[Any, Any],
        rules: Sequence[Any],
        data: Any,  # noqa: ANN401
        path: Place,
    ) -> Any:  # noqa: ANN401
        if not self._is_kind(Mapping, data, path):
            return None
        known = _words(_parted(kinds[0])[1])
        needed = next((rule.keys for rule in rules if isinstance(rule, Needs)), ())
        if known:
            self._check_keys(data, path, known, needed)
        kind, rules = _parted(kinds[1])
        read = {
            key: self.read(kind, rules, data[key], (*path, key))
            for key in data
            if not known or key in known
        }
        return MappingProxyType(read)

    def _word(self, words: Sequence[str], data: Any, path: Place) -> Any:  # noqa: ANN401
        if data in words:
            return data
        listed, shown = ", ".join(words), _shown(data)
        self._add_named(path, f"{shown} is not one of: {listed}", f"{shown} 不在：{listed} 之中")
        return None

    def _scalar(self, kind: Any, rules: Sequence[Any], data: Any, path: Place) -> Any:  # noqa: ANN401
        if not self._is_kind(kind, data, path):
            return None
        for en, zh in _departures(rules, data):
            self._add_named(path, f"{en}, is {_shown(data)}", f"{zh}，现为 {_shown(data)}")
            return None
        return self._converted(kind, data, path)

    def _converted(self, kind: Any, data: Any, path: Place) -> Any:  # noqa: ANN401
        if kind is Decimal:
            return Decimal(data)
        wanted = _DATE
        if kind is date:
            value: Any = read_day(data)
        elif kind is time:
            wanted = _HOUR
            value = time.fromisoformat(data) if _TIME_TEXT.fullmatch(data) else None
        elif kind is Fraction:
            wanted, value = _SHARE, _fraction(data)
        else:
            return data
        if value is None:
            self._must_be(wanted, data, path)
        return value

    def _is_kind(self, kind: Any, data: Any, path: Place) -> bool:  # noqa: ANN401
        if _KIND_TESTS[kind](data):
            return True
        self._must_be(_KINDS[kind], data, path)
        return False

    def _must_be(self, wanted: Wording, data: Any, path: Place) -> None:  # noqa: ANN401
        en, zh = wanted
        self._add_named(path, f"must be {en}, is {_shown(data)}", f"应为{zh}，现为 {_shown(data)}")

    def _add_named(self, path: Place, message: str, message_zh: str) -> None:
        words = [step for step in path if isinstance(step, str)]
        place = f"{words[-1]}: " if words else ""
        self._add(path, place + message, place + message_zh)

    def _add(self, path: Place, message: str, message_zh: str) -> None:
        line = self._document.line(path)
        self.faults.append(Fault(self._document.file, line, message, message_zh))


def _is_text(data: object) -> bool:
    return isinstance(data, str)


_KIND_TESTS: Final[Mapping[Any, Any]] = {
    **dict.fromkeys((str, date, time, Fraction), _is_text),
    int: lambda data: type(data) is int,
    Decimal: lambda data: type(data) is int or isinstance(data, Decimal),
    bool: lambda data: isinstance(data, bool),
    tuple: lambda data: isinstance(data, list),
    Mapping: lambda data: isinstance(data, dict),
}


def _declared(one: "Field[Any]", hint: Any) -> Declared:  # noqa: ANN401 - a type
    kind, rules = _parted(hint)
    optional = NoneType in get_args(kind) and get_origin(kind) in (Union, UnionType)
    if optional:
        (inner,) = (arg for arg in get_args(kind) if arg is not NoneType)
        kind, more = _parted(inner)
        rules = (*rules, *more)
    default: Any = None
    needed = not optional
    for rule in rules:
        if isinstance(rule, Default):
            default, needed = rule.value, False
    if one.default is not MISSING:
        default, needed = one.default, False
    key = next((rule.name for rule in rules if isinstance(rule, Key)), one.name)
    return Declared(one.name, key, kind, rules, default, needed)


def _parted(hint: Any) -> tuple[Any, tuple[Any, ...]]:  # noqa: ANN401 - a type
    """Return a type without its annotations, and these."""
    if get_origin(hint) is not Annotated:
        return hint, ()
    kind, *rules = get_args(hint)
    return kind, tuple(rules)


def _words(rules: Sequence[Any]) -> tuple[str, ...]:
    return next((rule.words for rule in rules if isinstance(rule, Words)), ())


def _departures(rules: Sequence[Any], data: Any) -> Iterator[Wording]:  # noqa: ANN401 - a scalar
    for rule in rules:
        if isinstance(rule, Pattern) and not re.search(rule.pattern, data):
            yield rule.en, rule.zh
        elif rule is PERIOD and not _is_period(data):
            yield f"must be {_PERIOD[0]}", f"应为{_PERIOD[1]}"
        elif isinstance(rule, Length | Between):
            size, unit, unit_zh = data, "", ""
            if isinstance(rule, Length):
                size, unit, unit_zh = len(data), " characters", "个字"
            if size < rule.least:
                yield f"must be at least {rule.least}{unit}", f"应至少 {rule.least}{unit_zh}"
            elif size > rule.most:
                yield f"must be at most {rule.most}{unit}", f"应至多 {rule.most}{unit_zh}"


def _is_period(code: str) -> bool:
    try:
        return bool(parse(code))
    except ValueError:
        return False


def _fraction(text: str) -> Fraction | None:
    if not _FRACTION_TEXT.fullmatch(text):
        return None
    part, whole = map(int, text.split("/"))
    return Fraction(part, whole) if 0 < part <= whole else None


def _shown(data: object) -> str:
    if data is None:
        return "null"
    if isinstance(data, dict | list):
        return "[…]" if isinstance(data, list) else "{…}"
    text = str(data).lower() if isinstance(data, bool) else str(data)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
