"""The project as files: what is tracked, how long it is, what its tables and literals say."""

import ast
import subprocess
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
NOT_CODE = {
    *(tokenize.ENCODING, tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE),
    *(tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER),
}
GENERATED = ROOT / "duibiao" / "contracts" / "v1"


@cache
def files() -> tuple[Path, ...]:
    """Return what is tracked or would be: everything that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    paths = (ROOT / name for name in listed.split("\0") if name)
    return tuple(path for path in sorted(paths) if path.is_file())


@cache
def python(*folders: str) -> tuple[Path, ...]:
    """Return the hand-written Python files below these folders of the project."""
    tops = [ROOT / folder for folder in folders]
    return tuple(
        path
        for path in files()
        if path.suffix == ".py"
        and path.parent != GENERATED
        and any(path.is_relative_to(top) for top in tops)
    )


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def name(path: Path) -> str:
    """Return the path as a person would say it."""
    return path.relative_to(ROOT).as_posix()


def code_lines(path: Path) -> int:
    """Count the lines of a file without blank ones, comments and docstrings."""
    lines: set[int] = set()
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type not in NOT_CODE:
                lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(tree(path)):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None:
            lines.difference_update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return len(lines)


@dataclass(frozen=True, slots=True)
class Function:
    where: str
    lines: int


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            where = f"{name(path)}:{node.lineno} {node.name}"
            yield Function(where, node.end_lineno - node.lineno + 1)


def calls(path: Path, *names: str) -> Iterator[ast.Call]:
    """Yield the calls of functions with one of these names, however they were imported."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and called(node) in names:
            yield node


def called(call: ast.Call) -> str:
    """Return the name of what is called, without what it is an attribute of."""
    return str(getattr(call.func, "attr", getattr(call.func, "id", "")))


def literals(path: Path) -> Iterator[str]:
    """Yield the string literals of a file that are no docstrings."""
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree(path)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documentation
        ):
            yield node.value


def table(page: str, heading: str) -> list[tuple[str, ...]]:
    """Return the rows of the first table under a heading of docs/PAGE, without its own header."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    _, found, section = text.partition(f"\n## {heading}\n")
    assert found, f"docs/{page} has no heading {heading}"
    lines = section.partition("\n## ")[0].splitlines()
    rows = [line for line in lines if line.startswith("|")]
    return [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows[2:]]
