"""YAML with line numbers.

Owns reading one file into plain data (mappings, lists, str, int, Decimal, bool, None) together with
the line of every value, and the errors of YAML itself. Knows nothing of registers. Narrower than
YAML on purpose, so that a figure or a date is always what the clerk typed: days and times stay
text, `yes` and `on` are words, and aliases, tags and repeated keys are errors.
"""

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

import yaml

from duibiao.register.errors import FileError

Place: TypeAlias = tuple[str | int, ...]

# 15 digits at most: a longer figure stays text and is told as one.
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,11})\.[0-9]{1,6}")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{kind}"
    for kind in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")
}
_DEEPEST = 12


@cache
def table(name: str) -> dict[str, Any]:
    """Return a table of data in this package, NAME.yaml."""
    text = (files(__package__) / f"{name}.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return found


@dataclass(frozen=True, slots=True)
class Document:
    """One file's data, the line (from 1) of each value by its path, and the errors found so far."""

    file: str
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    errors: list[FileError] = field(default_factory=list)

    def line(self, path: Place) -> int:
        """Return the line of the value at a path, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def error(self, path: Place, message: str, message_zh: str) -> None:
        """Add an error about the value at a path."""
        self.add(self.line(path), message, message_zh)

    def add(self, line: int, message: str, message_zh: str) -> None:
        """Add an error at a line."""
        self.errors.append(FileError(self.file, line, message, message_zh))

    def items(self, key: str) -> list[Any] | None:
        """Return a top-level list; None where there is none."""
        found = self.data.get(key) if isinstance(self.data, dict) else None
        return found if isinstance(found, list) else None


def read_document(file: str, content: bytes) -> Document:
    """Read one file. What can be read is in the document even where there are errors."""
    document = Document(file)
    try:
        text = content.decode("utf-8-sig")
        if "*" in text:
            _refuse_aliases(document, text)
        root = None if document.errors else yaml.compose(text, Loader=yaml.CSafeLoader)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        document.add(line, "the file is not UTF-8", "文件不是 UTF-8 编码")
    except yaml.MarkedYAMLError as error:
        mark, said = error.problem_mark or error.context_mark, error.problem or "unreadable"
        line = mark.line + 1 if mark else 1
        document.add(line, f"not YAML: {said}", f"第 {line} 行不是有效的 YAML")
    except yaml.reader.ReaderError as error:
        line = text.encode().count(b"\n", 0, error.position) + 1
        document.add(line, "a character YAML does not allow", "含有 YAML 不允许的字符")
    except RecursionError:
        document.add(1, "nested too deeply", "嵌套过深")
    else:
        return replace(document, data=root and _value(root, (), document))
    return document


def _refuse_aliases(document: Document, text: str) -> None:
    # Looked for before composing: a few lines of nested aliases unfold into millions of nodes.
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent) and event.start_mark is not None:
            document.add(event.start_mark.line + 1, "an alias; write it out", "不使用引用，请写全")


def _value(node: yaml.Node, path: Place, document: Document) -> Any:  # noqa: ANN401 - of any shape
    line = node.start_mark.line + 1
    document.lines.setdefault(path, line)
    if len(path) > _DEEPEST:
        document.add(line, "nested too deeply", "嵌套过深")
    elif node.tag not in _PLAIN_TAGS:
        document.add(line, f"a tag {node.tag}; leave it out", f"不使用标签 {node.tag}")
    elif isinstance(node, yaml.MappingNode):
        return _mapping(node, path, document)
    elif isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, n), document) for n, item in enumerate(node.value)]
    elif isinstance(node, yaml.ScalarNode):
        if node.value != node.value.strip():
            document.add(line, "stray space around the text", "文字前后有多余空白")
        return _scalar(node)
    return None


def _mapping(node: yaml.MappingNode, path: Place, document: Document) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, value in node.value:
        name, line = key.value, key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            document.add(line, "a key that is no word", "键必须是词")
        elif name in data:
            document.add(line, f"the key {name} stands twice", f"键 {name} 重复")
        else:
            document.lines[(*path, name)] = line
            data[name] = _value(value, (*path, name), document)
    return data


def _scalar(node: yaml.ScalarNode) -> str | int | Decimal | bool | None:
    text: str = node.value
    if node.style:  # quoted, or a block
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return Decimal(text) if _DECIMAL.fullmatch(text) else text
