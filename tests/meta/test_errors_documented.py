"""docs/errors.md and the code say the same, in both directions and both languages."""

import ast
import json
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.exceptions import HTTPException

from duibiao.web.error_mapping import problem_of
from duibiao.web.problems import CODES, PROBLEM_TYPES
from tests.support import project

# The register's own check speaks of files and lines, in sentences instead of codes.
WRITERS = [
    *project.python("duibiao/web", "duibiao/core", "duibiao/process", "services"),
    project.ROOT / "duibiao" / "texts.py",
]

OF_A_FIELD = ("reject", "warn", "WrongValue")  # which add the name of the field themselves


def fields(code: str) -> set[str]:
    parsed = string.Formatter().parse(CODES[code].en)
    return {name for _, name, _, _ in parsed if name}


def given_to(call: ast.Call) -> set[str] | None:
    """Return the names a fault is given for its wording, None where they are not written out."""
    named: set[object] = {word.arg for word in call.keywords}
    if project.called(call) in OF_A_FIELD:
        named.add("field")
    # Flaw(code, pointer, index, names) takes the names of its wording as one mapping.
    mappings = [*call.args[3:4], *(word.value for word in call.keywords if word.arg == "names")]
    for names in mappings:
        keys = names.keys if isinstance(names, ast.Dict) else [None]
        named = {key.value if isinstance(key, ast.Constant) else None for key in keys}
    return None if None in named else {str(name) for name in named}


def raised(*names: str) -> Iterator[tuple[Path, ast.Call, str]]:
    """Yield the calls of these names whose code or type is written out."""
    for path in WRITERS:
        for call in project.calls(path, *names):
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


def test_every_fault_told_is_in_the_table_with_all_its_fields() -> None:
    wrong = []
    for path, call, code in raised("fault", "reject", "warn", "WrongValue", "Invalid", "Flaw"):
        given = given_to(call)
        if code not in CODES or (given is not None and not fields(code) <= given):
            wrong.append(f"{project.name(path)}:{call.lineno} {code} with {given}")
    assert wrong == []


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("error_detail('missing', index=3, field='period')", {"index", "field"}),
        ("reader.reject('missing', 'period')", {"field"}),
        ("WrongValue('not-a-number', value=value)", {"field", "value"}),
        ("Flaw('missing', '/period', 3, {'field': name})", {"field"}),
        ("Flaw('missing', '/period', 3, names)", None),
        ("Flaw('missing', names={'field': name})", {"field"}),
        ("Flaw('missing', names=names)", None),
        ("error_detail('missing', **values)", None),
        ("error_detail('missing')", set()),
    ],
)
def test_what_a_fault_is_given_is_read_from_the_call(said: str, given: set[str] | None) -> None:
    call = ast.parse(said, mode="eval").body
    assert isinstance(call, ast.Call)
    assert given_to(call) == given
    assert first_literal(call) in CODES


def test_every_problem_raised_is_of_a_known_type() -> None:
    found = [(project.name(path), slug) for path, _, slug in raised("Problem")]
    assert [(path, slug) for path, slug in found if slug not in PROBLEM_TYPES] == []


def test_no_code_and_no_type_is_there_for_nothing() -> None:
    used = {literal for path in WRITERS for literal in project.literals(path)}
    of_pydantic = json.loads((project.ROOT / "duibiao/web/pydantic_errors.json").read_bytes())
    used |= {*of_pydantic["codes"].values(), *of_pydantic["families"].values()}
    statuses = {kind.status for kind in PROBLEM_TYPES.values()}
    told = [HTTPException(status) for status in statuses]
    used |= {problem_of(one, method="GET", path="/").type for one in told}
    assert [word for word in (*CODES, *PROBLEM_TYPES) if word not in used] == []
