"""The values of the files, and every way in which the files depart from their declaration.

pydantic reads each file as `files` declares it. Where a file is invalid, its entries are read one
by one, so that the valid ones can be compared with one another; what an invalid one names is known
all the same.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, reduce
from operator import getitem
from typing import Any, Final, Generic, TypeVar, cast, get_args, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from duibiao.register.documents import Document, Place, table
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
}
_UNDECLARED: Final = ("unexpected_keyword_argument", "undeclared")  # of a key
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Located(Generic[T]):
    """A valid entry of a file, and where it stands."""

    value: T
    document: Document
    path: Place

    @property
    def index(self) -> int:
        """Where this entry stands in its list, from 0."""
        return int(self.path[-1])

    @property
    def given(self) -> Mapping[str, Any]:
        """The keys of this entry as they stand in the file."""
        return cast("Mapping[str, Any]", reduce(getitem, self.path, self.document.data))

    def error(self, code: str, *keys: str, **values: object) -> None:
        """Add an error of `messages.yaml` at the line of this entry, or of a value in it."""
        en, zh = (text.format(it=self.value, **values) for text in table("messages")[code])
        self.add(en, zh, *keys)

    def add(self, message: str, message_zh: str, *keys: str) -> None:
        """Add an error at the line of this entry, or of a value in it."""
        self.document.error((*self.path, *keys), message, message_zh)


class Reading:
    """The values of the documents of a register, by part, and their entries by type.

    `dated` is the date of the notice, `city` the code of its city; None: it cannot be told.
    """

    def __init__(self, documents: Mapping[str, Document]) -> None:
        """Read the documents; what is wrong is added to them."""
        self.values: dict[str, Any] = {}
        self._documents = documents
        self._entries: dict[type, list[Located[Any]]] = defaultdict(list)
        notice = documents["notice"].data
        self.dated = _day(notice, "notice", "dated")
        self._known = Known(_names(documents), self.dated, _day(notice, "window", "last"))
        city = notice.get("city") if isinstance(notice, dict) else None
        self.city = city if city in (self._known.names["region"] or ()) else None
        for part, document in documents.items():
            if not (document.data is None and document.errors):
                self._read(part, document)
        for (part, key), unique in _UNIQUE.items():
            for name in unique if part in documents else ():
                _add_repeated(documents[part], key, name)

    def of(self, kind: type[T]) -> Sequence[Located[T]]:
        """Return the valid entries of a type, in the order of their file."""
        return self._entries[kind]

    def by(self, kind: type[T], key: str) -> dict[Any, T]:
        """Return the values of a type by one of their fields; of those that share it, the first."""
        return {getattr(one.value, key): one.value for one in reversed(self._entries[kind])}

    def given(self, part: str, key: str, name: str) -> list[Any]:
        """Return what all entries of a list, valid or not, have under a key; None: nothing."""
        items = self._documents[part].items(key) or ()
        return [item.get(name) if isinstance(item, dict) else None for item in items]

    def _read(self, part: str, document: Document) -> None:
        data = _filled(document.data)
        empty = {*_empty(document.data)} if isinstance(document.data, dict) else set()
        lines = {error.line for error in document.errors}  # where YAML left no value
        for place in empty:
            if document.line(place) not in lines:
                en, zh = "is empty; fill it in or leave the key out", "未填写，不需要时请删去此行"
                document.error(place, f"{place[-1]} {en}", f"{place[-1]} {zh}")
        file = self._validated(part, document, data, empty)
        if file is not None:
            self.values[part] = file
            data = {field.name: getattr(file, field.name) for field in fields(file)}
        for name, hint in get_type_hints(KINDS[part]).items() if isinstance(data, dict) else ():
            kind, found = next(iter(get_args(hint)), hint), data.get(name)
            if isinstance(kind, type) and is_dataclass(kind):
                several = isinstance(found, list | tuple)
                for n, one in enumerate(found if several else (found,)):
                    self._collect(kind, one, document, (name, n) if several else (name,))

    def _validated(self, part: str, document: Document, data: Any, empty: Collection[Place]) -> Any:  # noqa: ANN401
        """Return a file's value, None if invalid; undeclared keys are added and removed."""
        try:
            return _adapter(KINDS[part]).validate_python(data, context=self._known)
        except ValidationError as error:
            found = [_plain(one) for one in error.errors(include_url=False)]
        found.sort(key=lambda one: one["type"] not in _UNDECLARED)
        for one in found:
            if one["loc"] not in empty:
                _add_found(document, one, part)
        undeclared = [one["loc"] for one in found if one["type"] in _UNDECLARED]
        for *around, key in undeclared:
            del reduce(getitem, around, data)[key]
        # An unknown key may have hidden that another one is missing.
        return self._validated(part, document, data, empty) if undeclared else None

    def _collect(self, kind: type, data: Any, document: Document, place: Place) -> None:  # noqa: ANN401
        if not isinstance(data, kind):
            try:
                data = _adapter(kind).validate_python(data, context=self._known)
            except ValidationError:
                return
        self._entries[kind].append(Located(data, document, place))


def _empty(data: Any, place: Place = ()) -> Iterator[Place]:  # noqa: ANN401 - a document's data
    """Yield the places of the keys that are left empty."""
    if isinstance(data, dict):
        yield from ((*place, key) for key, value in data.items() if value in (None, ""))
    inside = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in inside:
        if isinstance(value, dict | list):
            yield from _empty(value, (*place, key))


def _filled(data: Any) -> Any:  # noqa: ANN401 - a document's data
    """Return a copy without the keys that are left empty."""
    if isinstance(data, dict):
        return {key: _filled(value) for key, value in data.items() if value not in (None, "")}
    return [_filled(value) for value in data] if isinstance(data, list) else data


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - a dataclass
    kind.__pydantic_config__ = ConfigDict(extra="forbid")
    return TypeAdapter(kind)


@cache
def schema(part: str) -> dict[str, Any]:
    """Return the JSON Schema of a file."""
    return _adapter(KINDS[part]).json_schema()


def _keys(part: str, place: Place) -> Collection[str]:
    """Return the keys that the mapping at a place may have."""
    shape = whole = schema(part)
    for step in place:
        shape = shape["items"] if isinstance(step, int) else shape["properties"][step]
        shape = next(iter(shape.get("anyOf", ())), shape)  # the other one is null
        shape = whole["$defs"].get(shape.get("$ref", "").rpartition("/")[2], shape)
    found: Collection[str] = shape.get("properties") or shape["propertyNames"]["enum"]
    return found


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


def _plain(error: Any) -> Any:  # noqa: ANN401 - of pydantic
    """Return an error; one about the key of a mapping as one about a key that is not declared."""
    if error["type"] == "literal_error" and error["loc"][-2:] == (error["input"], "[key]"):
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
        hint, hint_zh = near(key, _keys(part, place[:-1]))
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
        wrong = table("messages").get(found, ["is invalid", "格式有误"])
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
