"""docs/registers.md names every field of a register's files, and its example works as it stands."""

import re
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from duibiao.register import PARTS, check, load
from duibiao.register.reading import schema
from tests.support import project

PAGE = (project.ROOT / "docs" / "registers.md").read_text("utf-8")
HEADINGS = {part: f"{part}.yaml" for part in PARTS} | {"overlay": "Local thresholds 本地目标值"}
STARTER = project.ROOT / "duibiao" / "register" / "starter"


def fields(shape: Any, defs: Any, path: str = "", *, needed: bool = True) -> Iterator[Any]:  # noqa: ANN401
    """Yield the fields as `list.field` or `mapping.field`, and whether each must be there."""
    shape = next((one for one in shape.get("anyOf", ()) if one != {"type": "null"}), shape)
    shape = shape.get("items", shape)
    shape = defs.get(shape.get("$ref", "").rpartition("/")[2], shape)
    names = shape.get("properties") or dict.fromkeys(shape.get("propertyNames", {}).get("enum", ()))
    if not names:
        yield f"`{path}`", needed
    for name, inner in names.items():
        required = needed and name in shape.get("required", ())
        yield from fields(inner or {}, defs, f"{path}.{name}".strip("."), needed=required)


@pytest.mark.parametrize("part", HEADINGS)
def test_every_field_is_explained_and_no_other(part: str) -> None:
    documented = {row[0]: row[1] == "yes" for row in project.table("registers.md", HEADINGS[part])}
    declared = schema(part)
    assert documented == dict(fields(declared, declared["$defs"]))


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
