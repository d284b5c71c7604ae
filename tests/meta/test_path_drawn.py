"""The path of one figure, as ARCHITECTURE.md draws it, is short and names what exists."""

import ast
import re
from pathlib import Path

from tests.support import project

MOST = 29
STEP = re.compile(r"^ +(\d+)  (\S+\.py) +(\S+)$", re.MULTILINE)


def defined(path: Path) -> set[str]:
    """Return the functions and methods of a module, methods as Class.method."""
    found = set[str]()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{one.name}" for one in node.body if hasattr(one, "name")}
    return found


def test_the_path_of_one_figure() -> None:
    steps = STEP.findall((project.ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    assert [int(number) for number, _, _ in steps] == list(range(1, len(steps) + 1))
    assert 20 < len(steps) <= MOST
    for _, file, name in steps:
        assert name in defined(project.ROOT / file), (file, name)
