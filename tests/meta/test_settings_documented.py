"""docs/settings.md lists every setting of every settings class, and no other."""

import ast
import importlib
import inspect
from pathlib import Path

from duibiao.core.settings import Settings, variables
from tests.support.project import calls, name, python, table, tree

MODULES = ["duibiao.core.settings"] + [
    name(path).removesuffix(".py").replace("/", ".")
    for path in python("services")
    if path.name == "settings.py"
]


def settings_classes() -> list[type[Settings]]:
    found = [
        member
        for module in map(importlib.import_module, MODULES)
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Settings)
    ]
    return sorted(set(found), key=lambda one: (one.__module__, one.__qualname__))


def test_every_setting_is_documented_with_its_default_and_meaning() -> None:
    expected = [
        (f"`{one.name}`", f"`{one.default}`" if one.default else "unset", one.description)
        for one in variables(*settings_classes())
    ]
    assert table("settings.md", "Environment") == expected


def test_every_setting_says_what_it_means() -> None:
    assert [one.name for one in variables(*settings_classes()) if len(one.description) < 10] == []


def reads_environment(path: Path) -> list[int]:
    """Return the lines that read the environment, other than to name what nothing reads."""
    names_only = {id(argument) for call in calls(path, "unknown") for argument in call.args}
    return [
        node.lineno
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"})
        or (isinstance(node, ast.alias) and node.name in {"environ", "getenv"})
        or (isinstance(node, ast.keyword) and node.arg == "envvar")
        if id(node) not in names_only
    ]


def test_only_the_settings_read_the_environment() -> None:
    found = {name(path): reads_environment(path) for path in python("duibiao", "services")}
    assert {where: lines for where, lines in found.items() if lines} == {}


def test_reading_the_environment_would_be_found(tmp_path: Path) -> None:
    path = tmp_path / "sly.py"
    path.write_text(
        "import os\nfrom os import getenv\nunknown(os.environ, k)\nos.environ['A']\n"
        "Option(envvar='A')\n",
        "utf-8",
    )
    assert reads_environment(path) == [2, 4, 5]
