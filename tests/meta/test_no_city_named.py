"""One notice is watched by its register alone: code and deployment name neither it nor its city."""

import re
from pathlib import Path

from tests.support import project
from tests.support.registers import the_register

PLACES = {"duibiao", "services", "deploy", "proto", "bench", "examples", ".ci"}
FILES = {"Dockerfile", "docker-compose.yml", "Makefile"}


def words() -> re.Pattern[str]:
    """Match the notice's code and number, and every code and name of a region."""
    register = the_register()
    names = {register.notice.code, register.notice.number}
    for region in register.regions.values():
        names |= {region.code, region.name_zh, region.name}
    return re.compile("|".join(rf"(?<![0-9A-Za-z]){re.escape(name)}" for name in sorted(names)))


def ours(path: Path) -> bool:
    parts = path.relative_to(project.ROOT).parts
    return parts[0] in PLACES or (len(parts) == 1 and parts[0] in FILES)


def test_code_and_deployment_name_no_notice_and_no_city() -> None:
    pattern = words()
    looked_at = [path for path in project.files() if ours(path)]
    assert len(looked_at) > 300
    assert [
        f"{project.name(path)}: {match.group()}"
        for path in looked_at
        for match in pattern.finditer(path.read_text("utf-8", "ignore"))
    ] == []


def test_the_words_are_those_of_the_bundled_notice() -> None:
    for text in ("xa-2021-6", 'region="610100"', "西安市", "in Xi'an", "GAOXIN", "在未央区"):
        assert words().search(text), text
