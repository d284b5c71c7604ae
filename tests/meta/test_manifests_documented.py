"""Image, Compose file and Kubernetes manifests set only what docs/settings.md knows."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.support import project

SETTING: Final = re.compile(r"\bDUIBIAO_[A-Z_]+\b")
FILES: Final = [
    path
    for path in project.files()
    if path.is_relative_to(project.ROOT / "deploy") or path.parent == project.ROOT
    if path.suffix in {".yml", ".yaml"} or path.name == "Dockerfile"
]


@pytest.mark.parametrize(
    "path", [path for path in FILES if SETTING.search(path.read_text("utf-8"))], ids=project.name
)
def test_every_setting_named_exists(path: Path) -> None:
    known = {row[0].strip("`") for row in project.table("settings.md", "Environment")}

    assert set(SETTING.findall(path.read_text("utf-8"))) <= known


def test_there_are_manifests_that_name_settings() -> None:
    named = {path.name for path in FILES if SETTING.search(path.read_text("utf-8"))}

    assert {"Dockerfile", "docker-compose.yml", "kustomization.yaml"} <= named
