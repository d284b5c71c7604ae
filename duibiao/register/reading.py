"""The values of the files, and every way in which the files depart from their declaration.

pydantic reads each file as `files` declares it. An entry of a list that is invalid is left out, so
that the others can be compared with one another; what it names is known all the same.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, reduce
from importlib.resources import files
from operator import getitem
from typing import Any, Final, Generic, TypeVar

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError

from duibiao.register.documents import Document, Place
from duibiao.register.field_types import FieldError, Known, day, near
from duibiao.register.files import KINDS
from duibiao.register.values import UNITS

T = TypeVar("T")

# The names of a kind: the file and its list that declare them, and the key.
_NAMES: Final = {
    "org": ("orgs", "orgs", "code"),
    "region": ("regions", "regions", "code"),
    "task": ("tasks", "tasks", "task"),
    "measure": ("measures", "measures", "measure"),
    "indicator": ("indicators", "indicators", "code"),
    "target": ("targets", "targets", "target"),
    "report period": ("duties", "reports", "period"),
}
# The keys that must be unique in a list.
_UNIQUE: Final = {
    ("regions", "regions"): ("code", "name_zh", "name"),
    ("orgs", "orgs"): ("code", "name_zh", "name", "region"),
    ("tasks", "tasks"): ("task", "title_zh"),
    ("measures", "measures"): ("measure", "title_zh"),
    ("milestones", "milestones"): ("code", "title_zh"),
    ("indicators", "units"): ("unit",),
    ("indicators", "indicators"): ("code", "name_zh", "name"),
    ("targets", "targets"): ("target", "name_zh", "name"),
    ("duties", "reports"): ("period",),
    ("alerts", "rules"): ("rule",),
    ("checks", "rules"): ("rule",),
    ("overlay", "thresholds"): ("target",),
}
_UNDECLARED: Final = ("unexpected_keyword_argument", "undeclared")  # of a key
_SHOWN: Final = 60


@cache
def messages() -> dict[str, list[str]]:
    """Return what may be wrong, by its code: a message in English and one in Chinese."""
    text = (files("duibiao.register") / "messages.yaml").read_text("utf-8")
    found: dict[str, list[str]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return found


@dataclass(frozen=True, slots=True)
class Located(Generic[T]):
    """A valid entry of a file, and where it stands."""

    value: T
    document: Document
    path: Place

    def error(self, code: str, *keys: str, **values: object) -> None:
        """Add an error of `messages.yaml` at the line of this entry, or of a value in it."""
        en, zh = (text.format(it=self.value, **values) for text in messages()[code])
        self.add(en, zh, *keys)

    def add(self, message: str, message_zh: str, *keys: str) -> None:
        """Add an error at the line of this entry, or of a value in it."""
        self.document.error((*self.path, *keys), message, message_zh)


class Reading:
    """The values of the documents of a register, by part, and their entries by type."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        """Read the documents; what is wrong is added to them."""
        self.values: dict[str, Any] = {}
        self._entries: dict[type, list[Located[Any]]] = defaultdict(list)
        notice = documents["notice"].data
        self._known = Known(
            _names(documents), _day(notice, "notice", "dated"), _day(notice, "window", "last")
        )
        for part, document in documents.items():
            if not (document.data is None and document.errors):
                self._read(part, document)
        self._whole = {part for part in self.values if not documents[part].errors}
        for (part, key), unique in _UNIQUE.items():
            for name in unique if part in documents else ():
                _add_repeated(documents[part], key, name)

    def of(self, kind: type[T]) -> Sequence[Located[T]]:
        """Return the valid entries of a type, in the order of their file."""
        return self._entries[kind]

    def by(self, kind: type[T], key: str) -> dict[Any, T]:
        """Return the values of a type by one of their fields; of those that share it, the first."""
        return {getattr(one.value, key): one.value for one in reversed(self._entries[kind])}

    def whole(self, part: str) -> bool:
        """Whether a file could be read and every entry in it is valid."""
        return part in self._whole

    def _read(self, part: str, document: Document) -> None:
        adapter, data = _adapter(KINDS[part]), document.data
        kept: dict[str, list[int]] = {}
        try:
            value = adapter.validate_python(data, context=self._known)
        except ValidationError as error:
            found = [_plain(one) for one in error.errors(include_url=False)]
            found.sort(key=lambda one: one["type"] not in _UNDECLARED)
            for one in found:
                _add_found(document, one, part)
            data, kept = _without(data, found)
            try:
                value = adapter.validate_python(data, context=self._known)
            except ValidationError:
                return
        self.values[part] = value
        self._collect(value, document, kept)

    def _collect(self, file: Any, document: Document, kept: Mapping[str, list[int]]) -> None:  # noqa: ANN401
        self._entries[type(file)].append(Located(file, document, ()))
        for field in fields(file):
            value = getattr(file, field.name)
            if is_dataclass(value):
                self._entries[type(value)].append(Located(value, document, (field.name,)))
            for n, one in enumerate(value) if isinstance(value, tuple) else ():
                place = kept[field.name][n] if field.name in kept else n
                self._entries[type(one)].append(Located(one, document, (field.name, place)))


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - a dataclass
    kind.__pydantic_config__ = ConfigDict(extra="forbid")
    return TypeAdapter(kind)


def schema(part: str) -> dict[str, Any]:
    """Return the JSON Schema of a file."""
    return _adapter(KINDS[part]).json_schema()


def _keys(part_schema: Mapping[str, Any]) -> set[str]:
    shapes = [part_schema, *part_schema.get("$defs", {}).values()]
    return {key for shape in shapes for key in shape.get("properties", ())}


def _names(documents: Mapping[str, Document]) -> dict[str, Collection[Any] | None]:
    names: dict[str, Collection[Any] | None] = {}
    for kind, (part, key, name) in _NAMES.items():
        items = documents[part].items(key)
        names[kind] = None if items is None else [*_named(items, name)]
    units = documents["indicators"].items("units") or ()
    names["unit"] = [*UNITS, *_named(units, "unit")]
    tasks, measures = names["task"], names["measure"]
    if tasks is None or measures is None:
        names["clause"] = None
    else:
        names["clause"] = [*map(str, tasks), *measures]
    return names


def _named(items: Sequence[Any], key: str) -> Iterator[str | int]:
    for item in items:
        if isinstance(item, dict) and isinstance(item.get(key), str | int):
            yield item[key]


def _day(data: Any, *keys: str) -> Any:  # noqa: ANN401 - a document's data
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return day(data) if isinstance(data, str) else None


def _without(data: Any, errors: Sequence[Any]) -> tuple[Any, dict[str, list[int]]]:  # noqa: ANN401
    """Return a file's data without undeclared keys and invalid entries, and the entries left."""
    data, invalid = deepcopy(data), set()
    for error in errors:
        *around, last = error["loc"] or ("",)
        if error["type"] in _UNDECLARED:
            del reduce(getitem, around, data)[last]
        else:
            invalid.add(error["loc"][:2])
    kept = {}
    for key, items in data.items() if isinstance(data, dict) else ():
        if isinstance(items, list):
            kept[key] = [n for n in range(len(items)) if (key, n) not in invalid]
            data[key] = [items[n] for n in kept[key]]
    return data, kept


def _plain(error: Any) -> Any:  # noqa: ANN401 - of pydantic
    """Return an error; one about the key of a mapping as one about a key that is not declared."""
    if error["loc"][-1:] == ("[key]",):
        return {**error, "loc": error["loc"][:-1], "type": "undeclared"}
    return error


def _add_found(document: Document, error: Any, part: str) -> None:  # noqa: ANN401 - of pydantic
    """Add what pydantic found, at its line and in both languages."""
    place: Place = error["loc"]
    key = next((step for step in reversed(place) if isinstance(step, str)), "")
    found, context = error["type"], error.get("ctx", {})
    said = context.get("error")
    if found == "missing":
        document.error(place[:-1], f"{key} is missing", f"缺少 {key}")
        return
    if found in _UNDECLARED:
        hint, hint_zh = near(key, _keys(schema(part)))
        document.error(place, f"unknown key {key}{hint}", f"未知的键 {key}{hint_zh}")
        return
    if isinstance(said, FieldError):
        en, zh, named, shown = said.en, said.zh, said.named, said.shown
    elif found == "literal_error":
        words = ", ".join(re.findall("'([^']*)'", context["expected"]))
        value = _shown(error["input"])
        en, zh = f"{value} is not one of: {words}", f"{value} 不在：{words} 之中"
        named, shown = True, False
    else:
        wrong = messages().get(found, ["is invalid", "格式有误"])
        en, zh = (text.format_map(context) for text in wrong)
        named, shown = True, True
    if shown:
        value = _shown(error["input"])
        en, zh = f"{en}, is {value}", f"{zh}，现为 {value}"
    prefix = f"{key}: " if named and key else ""
    document.error(place, prefix + en, prefix + zh)


def _shown(data: object) -> str:
    if data is None:
        return "null"
    if isinstance(data, dict | list):
        return "[…]" if isinstance(data, list) else "{…}"
    text = str(data).lower() if isinstance(data, bool) else str(data)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _add_repeated(document: Document, key: str, name: str) -> None:
    first: dict[str | int, int] = {}
    for n, item in enumerate(document.items(key) or ()):
        value = item.get(name) if isinstance(item, dict) else None
        if not isinstance(value, str | int):
            continue
        line = document.lines[key, n, name]
        if value in first:
            told = f"{name} {value} stands twice, first in line {first[value]}"
            document.add(line, told, f"{name} {value} 重复，首见第 {first[value]} 行")
        first.setdefault(value, line)
