"""docs/scorecards.md explains every field of a card, and no other; weights are those it says."""

import re
from dataclasses import fields
from pathlib import Path

from duibiao.register.values import ScorecardWeights
from services.indicators.domain.scorecard import Line, Part, Scorecard
from tests.support import project

PAGE: Path = project.ROOT / "docs" / "scorecards.md"


def explained(heading: str) -> set[str]:
    """Return the names in the first column of the table under a heading of this text."""
    text = PAGE.read_text("utf-8").partition(f"| {heading} | meaning |")[2].partition("\n\n")[0]
    return {
        name
        for cell in re.findall(r"(?m)^\| ([^|]*) \|", text)
        for name in re.findall(r"`(\w+)`", cell)
    }


def test_every_field_is_explained() -> None:
    for heading, kind in (
        ("field", Scorecard),
        ("field of a part", Part),
        ("field of a line", Line),
    ):
        assert explained(heading) == {field.name for field in fields(kind)}


def test_the_weights_of_the_example_are_the_defaults() -> None:
    weights = ScorecardWeights()
    numbers = f"weights {weights.attainment}, {weights.timeliness} and {weights.quality}"
    assert numbers in PAGE.read_text("utf-8")
