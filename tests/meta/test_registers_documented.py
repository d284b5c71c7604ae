"""docs/registers.md names every field of a register's files, and its example works as it stands."""

import re
import shutil
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from duibiao.register import PARTS, check, load
from duibiao.register.schemas import validator
from tests.support import project

PAGE = (project.ROOT / "docs" / "registers.md").read_text("utf-8")
HEADINGS = {part: f"{part}.yaml" for part in PARTS} | {"overlay": "Local thresholds 本地目标值"}
STARTER = project.ROOT / "duibiao" / "register" / "starter"


def fields(schema: Mapping[str, Any], path: str = "", *, needed: bool = True) -> Iterator[Any]:
    """Yield the fields as `list.field` or `mapping.field`, and whether each must be there."""
    if schema.get("type") == "array" and "properties" in schema.get("items", {}):
        yield from fields(schema["items"], path, needed=needed)
    elif "properties" in schema:
        for name, about in schema["properties"].items():
            required = needed and name in schema.get("required", ())
            yield from fields(about, f"{path}.{name}".strip("."), needed=required)
    else:
        yield f"`{path}`", needed


@pytest.mark.parametrize("part", HEADINGS)
def test_every_field_is_explained_and_no_other(part: str) -> None:
    documented = {row[0]: row[1] == "yes" for row in project.table("registers.md", HEADINGS[part])}
    schema: Any = validator(part).schema
    assert documented == dict(fields(schema))


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
