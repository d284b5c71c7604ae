"""What must never be written into the project: package hosts, machine paths, keys."""

import re
from pathlib import Path

import pytest

from duibiao.core.keys import KEY_CHARACTERS, PREFIX, key_id_of
from tests.support import project

# Written in two parts, so that this file does not find itself.
REGISTRY_HOSTS = re.compile(
    r"\b(?:" + "|".join(["py" + r"pi\.org", "python" + r"hosted", "npm" + r"js\.(?:org|com)"]) + ")"
)
MACHINE_PATHS = re.compile(r"(?<![\w./~-])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me|Us" + r"ers)/\w")
INDEX_OPTIONS = re.compile(r"--(?:extra-)?index-url|--find-links|--trusted-host|://|\s@\s")
KEYS = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{KEY_CHARACTERS - len(PREFIX)}}}")
BINARY = {".png", ".gz", ".woff2", ".ico", ".db", ".xlsx", ".ods"}
TEXTS = [path for path in project.files() if path.suffix not in BINARY]
REQUIREMENTS = [path for path in TEXTS if path.parent.name == "requirements"]


def found(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{project.name(path)}:{number}: {match.group()}"
        for path in paths
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), start=1)
        for match in pattern.finditer(line)
    ]


def test_no_host_of_a_package_registry_is_named() -> None:
    assert found(REGISTRY_HOSTS, TEXTS) == []


def test_no_path_of_a_machine_is_named() -> None:
    assert found(MACHINE_PATHS, TEXTS) == []


def test_no_key_that_could_work_is_kept() -> None:
    kept = [hit for hit in found(KEYS, TEXTS) if key_id_of(hit.rsplit(" ", 1)[1]) is not None]
    assert kept == []


def test_requirements_name_no_address() -> None:
    assert REQUIREMENTS
    assert found(INDEX_OPTIONS, REQUIREMENTS) == []


@pytest.mark.parametrize(
    "path", [path for path in REQUIREMENTS if path.suffix == ".txt"], ids=project.name
)
def test_every_requirement_is_pinned_with_hashes(path: Path) -> None:
    wanted = path.read_text("utf-8").replace("\\\n", " ").splitlines()
    loose = [line for line in wanted if not re.fullmatch(r"\S+==\S+ .*--hash=sha256:.*", line)]
    assert loose == []


@pytest.mark.parametrize(
    ("line", "pattern"),
    [
        ("see https://py" + "pi.org/project/x", REGISTRY_HOSTS),
        ("cd /wo" + "rk/main", MACHINE_PATHS),
        ('"/ho' + 'me/someone/x"', MACHINE_PATHS),
        ("--index-url=x", INDEX_OPTIONS),
        ("x @ git+ssh", INDEX_OPTIONS),
    ],
)
def test_the_patterns_find_what_they_are_for(line: str, pattern: re.Pattern[str]) -> None:
    assert pattern.search(line)


@pytest.mark.parametrize("line", ["/v1/cases", "~/work/x", "https://example.invalid/work/x"])
def test_an_address_is_no_path_of_a_machine(line: str) -> None:
    assert not MACHINE_PATHS.search(line)
