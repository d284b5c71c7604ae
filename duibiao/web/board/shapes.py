"""The marks: every status has a shape of its own, so that no colour ever speaks alone.

A shape is one SVG path in a 16 x 16 box, drawn in the status's colour by the style sheet; shapes
that are filled leave their sign open (even-odd). The same shapes mark the points of the charts.
"""

from collections.abc import Mapping
from importlib.resources import files

import msgspec

STATUS_SHAPES, DUTY_SHAPES, COLOUR_SHAPES = msgspec.json.decode(
    files(__package__).joinpath("shapes.json").read_bytes(), type=dict[str, Mapping[str, str]]
).values()
# Each by the class of its colour, which is its id on a page, too.
BY_TONE = {
    f"{kind}-{name}": path
    for kind, shapes in zip("sdc", (STATUS_SHAPES, DUTY_SHAPES, COLOUR_SHAPES), strict=True)
    for name, path in shapes.items()
}
