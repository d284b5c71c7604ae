"""Classes, functions and modules have the names that engineers of the field know."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support import project

# What is meant instead stands in docs/glossary.md.
PRIVATE = frozenset(
    [
        "hands", "threadhands", "taken", "draft", "parcel", "posting", "entry", "tally", "tell",
        "told", "telling", "twins", "turns", "spool", "spools", "book", "ledger", "shelf", "desk",
        "sitting", "bench", "yardstick", "footing", "standing", "mandate", "terms", "leadership",
        "leading", "courier", "bring", "bell", "announcer", "head", "walk", "bury", "flood",
        "poison", "overtaken", "steppedaside", "keep", "kept", "patience", "insist", "lasting",
        "deaf", "heard", "make_room", "take_turn", "take_time", "flaw", "fault", "finding",
        "marked_book", "errors_file",
    ]
)  # fmt: skip
NAMED = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def names(path: Path) -> Iterator[str]:
    yield path.stem
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, NAMED):
            yield node.name


def private(path: Path) -> list[str]:
    return [name for name in names(path) if name.strip("_").lower() in PRIVATE]


def test_no_class_function_or_module_has_a_private_name() -> None:
    found = {path: private(path) for path in project.python("duibiao", "services")}
    assert {path: words for path, words in found.items() if words} == {}


def test_private_names_are_found(tmp_path: Path) -> None:
    file = tmp_path / "ledger.py"
    file.write_text("class _Courier:\n    async def bring(self): ...\n    def ledgers(self): ...\n")
    assert private(file) == ["ledger", "_Courier", "bring"]
