"""Pages as trees, for tests that ask what a reader or a screen reader would find."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta"}


@dataclass
class Element:
    """An element: its children are elements and pieces of text."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)
    parent: "Element | None" = None

    def all(self, tag: str = "", **wanted: str) -> list["Element"]:
        """Return the descendants with a tag and attributes, in the order of the page."""
        return [
            one
            for one in self.walk()
            if (not tag or one.tag == tag)
            and all(one.attributes.get(name.replace("_", "-")) == v for name, v in wanted.items())
        ]

    def one(self, tag: str = "", **wanted: str) -> "Element":
        found = self.all(tag, **wanted)
        assert len(found) == 1, f"{len(found)} of {tag} {wanted}"
        return found[0]

    def with_class(self, name: str) -> list["Element"]:
        return [one for one in self.walk() if name in one.classes]

    def by_id(self, identity: str) -> "Element":
        return self.one("", id=identity)

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def text(self) -> str:
        """All its text, runs of white space made one space."""
        return " ".join(self.raw().split())

    def raw(self) -> str:
        return "".join(
            child
            if isinstance(child, str)
            else f" {child.raw()} "
            if child.tag in {"li", "div", "dt", "dd", "td", "th", "tr", "p", "time", "svg"}
            else child.raw()
            for child in self.children
        )

    def inside(self, tag: str) -> bool:
        """Whether some ancestor has the tag."""
        parent = self.parent
        while parent is not None and parent.tag != tag:
            parent = parent.parent
        return parent is not None

    def walk(self) -> Iterator["Element"]:
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.walk()


class _Reader(HTMLParser):
    """Builds the tree and insists on well-nested tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("#page")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice in <{tag}>"
        parent = self._open[-1]
        element = Element(tag, {name: value or "" for name, value in attrs}, parent=parent)
        parent.children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        opened = self._open.pop()
        assert opened.tag == tag, f"</{tag}> closes <{opened.tag}>"

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def close(self) -> None:
        super().close()
        assert self._open == [self.root], f"<{self._open[-1].tag}> is never closed"


def read(text: str) -> Element:
    """Read a whole page; AssertionError where its tags do not nest."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.root
