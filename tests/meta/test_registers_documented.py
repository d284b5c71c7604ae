"""docs/registers.md names every field of a register's files, and its example works as it stands."""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import yaml

from duibiao.register import PARTS, check, load
from duibiao.register.declared import Needs, Words, declared
from duibiao.register.files import FILES, OverlayFile
from tests.support import project

PAGE = (project.ROOT / "docs" / "registers.md").read_text("utf-8")
HEADINGS = {part: f"{part}.yaml" for part in PARTS} | {"overlay": "Local thresholds 本地目标值"}
STARTER = project.ROOT / "duibiao" / "register" / "starter"


def fields(kind: Any, path: str = "", *, needed: bool = True) -> Iterator[tuple[str, bool]]:  # noqa: ANN401
    """Yield the fields as `list.field` or `mapping.field`, and whether each must be there."""
    for field in declared(kind):
        inner = get_args(field.kind)[0] if get_origin(field.kind) is tuple else field.kind
        name, required = f"{path}.{field.key}".strip("."), needed and field.needed
        if is_dataclass(inner):
            yield from fields(inner, name, needed=required)
        elif keys := words_of(field.kind):
            must = next((rule.keys for rule in field.rules if isinstance(rule, Needs)), ())
            yield from ((f"`{name}.{key}`", key in must) for key in keys)
        else:
            yield f"`{name}`", required


def words_of(kind: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Return the keys of a mapping that allows some only."""
    if get_origin(kind) is not Mapping:
        return ()
    rules = getattr(get_args(kind)[0], "__metadata__", ())
    return next((rule.words for rule in rules if isinstance(rule, Words)), ())


@pytest.mark.parametrize("part", HEADINGS)
def test_every_field_is_explained_and_no_other(part: str) -> None:
    documented = {row[0]: row[1] == "yes" for row in project.table("registers.md", HEADINGS[part])}
    assert documented == dict(fields(FILES.get(part, OverlayFile)))


def test_the_example_can_be_added_to_a_new_register(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(STARTER, tmp_path / "my-city"))
    example = PAGE.partition("## Example: add an indicator")[2].partition("\n## ")[0]
    indicator, target = re.findall(r"```yaml\n(.*?)```", example, re.DOTALL)
    for part, text in (("indicators", indicator), ("targets", target)):
        file = folder / f"{part}.yaml"
        file.write_text(file.read_text("utf-8") + text, "utf-8")

    assert check(folder) == ()
    added = load(folder).target("T05")
    assert (added.threshold, added.leads) == (Decimal("0.5"), ("tax-bureau",))
    posted = re.search(r"-d '(.*?)'", example)
    assert posted is not None
    assert yaml.safe_load(posted[1])["indicator"] == added.indicator
