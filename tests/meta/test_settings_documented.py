"""docs/settings.md lists every setting of every settings class, and no other."""

import ast
import importlib
import inspect

from duibiao.runtime.settings import Settings, variables
from tests.support import project

MODULES = ["duibiao.runtime.settings"] + [
    project.name(path).removesuffix(".py").replace("/", ".")
    for path in project.python("services")
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
    assert project.table("settings.md", "Environment") == expected


def test_every_setting_says_what_it_means() -> None:
    assert [one.name for one in variables(*settings_classes()) if len(one.description) < 10] == []


def test_only_the_settings_read_the_environment() -> None:
    reading = [
        f"{project.name(path)}:{node.lineno}"
        for path in project.python("duibiao", "services")
        for node in ast.walk(project.tree(path))
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"})
        or (isinstance(node, ast.alias) and node.name in {"environ", "getenv"})
    ]
    assert reading == []
