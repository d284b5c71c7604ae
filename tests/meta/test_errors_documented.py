"""docs/errors.md and the code say the same, in both directions and both languages."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

from duibiao.web.codes import CODES
from duibiao.web.problem_types import PROBLEM_TYPES
from tests.support import project

WRITERS = project.python("duibiao", "services")


def fields(code: str) -> set[str]:
    parsed = string.Formatter().parse(CODES[code].en)
    return {name for _, name, _, _ in parsed if name}


def raised(name: str) -> Iterator[tuple[Path, ast.Call, str]]:
    """Yield the calls of `fault` or `Problem` whose code or type is written out."""
    for path in WRITERS:
        for call in project.calls(path, name):
            word = first_literal(call)
            if word is not None:
                yield path, call, word


def first_literal(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    literal = first.value if isinstance(first, ast.Constant) else None
    return literal if isinstance(literal, str) else None


def test_every_code_is_documented_word_for_word() -> None:
    documented = project.table("errors.md", "Codes 错误代码")
    assert documented == [(f"`{code}`", wording.en, wording.zh) for code, wording in CODES.items()]


def test_every_problem_type_is_documented_word_for_word() -> None:
    documented = project.table("errors.md", "Problem types 问题类型")
    assert documented == [
        (f"`{slug}`", str(kind.status), kind.title, kind.advice, kind.title_zh, kind.advice_zh)
        for slug, kind in PROBLEM_TYPES.items()
    ]


def test_every_fault_raised_is_in_the_table_with_all_its_fields() -> None:
    wrong = []
    for path, call, code in raised("fault"):
        given = {word.arg for word in call.keywords} - {"pointer", "index"}
        if None not in given and (code not in CODES or given != fields(code)):
            wrong.append(f"{project.name(path)}:{call.lineno} {code} with {given}")
    assert wrong == []


def test_every_problem_raised_is_of_a_known_type() -> None:
    found = [(project.name(path), slug) for path, _, slug in raised("Problem")]
    assert [(path, slug) for path, slug in found if slug not in PROBLEM_TYPES] == []


def test_no_code_and_no_type_is_there_for_nothing() -> None:
    tables = ("duibiao/web/codes/", "duibiao/web/problem_types.py")
    used = {
        literal
        for path in WRITERS
        if not project.name(path).startswith(tables)
        for literal in project.literals(path)
    }
    assert [word for word in (*CODES, *PROBLEM_TYPES) if word not in used] == []
