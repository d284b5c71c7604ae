"""YAML with line numbers.

Owns reading one file into plain data (mappings, lists, str, int, Decimal, bool, None) together with
the line of every value, and the faults of YAML itself. Knows nothing of registers. Narrower than
YAML on purpose, so that a figure or a date is always what the clerk typed: days and times stay
text, `yes` and `on` are words, and aliases, tags and repeated keys are faults.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

import yaml

from duibiao.register.faults import Fault

Place: TypeAlias = tuple[str | int, ...]

# 15 digits at most: a longer figure stays text and is told as one.
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,11})\.[0-9]{1,6}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{kind}"
    for kind in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")
}
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Document:
    """One file's data, and the line (from 1) of each value by its path."""

    file: str
    data: Any
    lines: Mapping[Place, int]

    def line(self, path: Place) -> int:
        """Return the line of the value at a path, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def has(self, key: str) -> bool:
        """Whether there is a top-level list of this name to look into."""
        return isinstance(self.data, dict) and isinstance(self.data.get(key), list)

    def entries(self, key: str) -> Iterator["Entry"]:
        """Yield the mappings of a top-level list; whatever else stands there is passed over."""
        for n, item in enumerate(self.data[key] if self.has(key) else ()):
            if isinstance(item, dict):
                yield Entry(self, (key, n), item)

    def entry(self, key: str | None = None) -> "Entry":
        """Return a top-level mapping, or the top itself; an empty one where it is none."""
        top = self.data if isinstance(self.data, dict) else {}
        if key is None:
            return Entry(self, (), top)
        found = top.get(key)
        return Entry(self, (key,), found if isinstance(found, dict) else {})


@dataclass(frozen=True, slots=True)
class Entry:
    """One mapping of a document. A value of another kind than asked for reads as absent."""

    document: Document
    path: Place
    data: Mapping[str, Any]

    def text(self, key: str) -> str:
        """Return a text, "" where there is none."""
        value = self.data.get(key)
        return value if isinstance(value, str) else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts of a list."""
        value = self.data.get(key)
        return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()

    def whole(self, key: str) -> int | None:
        """Return a whole number."""
        value = self.data.get(key)
        return value if type(value) is int else None

    def number(self, key: str) -> Decimal | None:
        """Return a number, whole or decimal."""
        value = self.data.get(key)
        return Decimal(value) if type(value) is int or isinstance(value, Decimal) else None

    def day(self, key: str) -> date | None:
        """Return a day; None also where the text is no day of the calendar."""
        return read_day(self.text(key))

    def within(self, key: str) -> "Entry":
        """Return a mapping inside this one; an empty one where there is none."""
        value = self.data.get(key)
        return Entry(self.document, (*self.path, key), value if isinstance(value, dict) else {})

    def fault(self, message: str, message_zh: str, *keys: str | int) -> Fault:
        """Return a fault at the line of this entry, or of a value in it."""
        line = self.document.line((*self.path, *keys))
        return Fault(self.document.file, line, message, message_zh)


def read_day(text: str) -> date | None:
    """Return the day written YYYY-MM-DD, None where the text is none."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_document(file: str, content: bytes) -> tuple[Document, tuple[Fault, ...]]:
    """Read one file. What can be read is in the document even where there are faults."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return _unread(file, line, "the file is not UTF-8", "文件不是 UTF-8 编码")
    try:
        if "*" in text and (faults := _aliases(file, text)):
            return Document(file, None, {}), faults
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        said = error.problem or "unreadable"
        return _unread(file, line, f"not YAML: {said}", f"不是有效的 YAML：{said}")
    except yaml.reader.ReaderError as error:
        line = text.encode().count(b"\n", 0, error.position) + 1
        return _unread(file, line, "a character YAML does not allow", "含有 YAML 不允许的字符")
    except RecursionError:
        return _unread(file, 1, "nested too deeply", "嵌套过深")
    reader = _Reader(file)
    data = reader.read(root, ()) if root is not None else None
    return Document(file, data, reader.lines), tuple(reader.faults)


def _unread(file: str, line: int, message: str, zh: str) -> tuple[Document, tuple[Fault, ...]]:
    return Document(file, None, {}), (Fault(file, line, message, zh),)


def _aliases(file: str, text: str) -> tuple[Fault, ...]:
    # Looked for before composing: a few lines of nested aliases unfold into millions of nodes.
    events = yaml.parse(text, Loader=yaml.CSafeLoader)
    marks = (event.start_mark for event in events if isinstance(event, yaml.AliasEvent))
    return tuple(
        Fault(file, mark.line + 1, "an alias; write it out", "不使用引用，请写全")
        for mark in marks
        if mark is not None
    )


class _Reader:
    """Turns the nodes of one file into data, lines and faults."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Place, int] = {}
        self.faults: list[Fault] = []

    def read(self, node: yaml.Node, path: Place) -> Any:  # noqa: ANN401 - data of any shape
        self.lines.setdefault(path, node.start_mark.line + 1)
        if len(path) > _DEEPEST:
            self._fault(node, "nested too deeply", "嵌套过深")
            return None
        if node.tag not in _PLAIN_TAGS:
            self._fault(node, f"a tag {node.tag}; leave it out", f"不使用标签 {node.tag}")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, n)) for n, item in enumerate(node.value)]
        if node.value != node.value.strip():
            self._fault(node, "stray space around the text", "文字前后有多余空白")
        return _scalar(node) if isinstance(node, yaml.ScalarNode) else None

    def _mapping(self, node: yaml.MappingNode, path: Place) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._fault(key, "a key that is no word", "键必须是词")
                continue
            if key.value in data:
                said = key.value
                self._fault(key, f"the key {said} stands twice", f"键 {said} 重复")
                continue
            self.lines[(*path, key.value)] = key.start_mark.line + 1
            data[key.value] = self.read(value, (*path, key.value))
        return data

    def _fault(self, node: yaml.Node, message: str, message_zh: str) -> None:
        self.faults.append(Fault(self.file, node.start_mark.line + 1, message, message_zh))


def _scalar(node: yaml.ScalarNode) -> str | int | Decimal | bool | None:
    text: str = node.value
    if node.style:  # quoted, or a block
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return Decimal(text) if _DECIMAL.fullmatch(text) else text
