"""The marks: every status has a shape of its own, so that no colour ever speaks alone.

A shape is one SVG path in a 16 x 16 box, drawn in the status's colour by the style sheet; shapes
that are filled leave their sign open (even-odd). The same shapes mark the points of the charts.
"""

from collections.abc import Mapping
from typing import Final

_DISC = "M8 1a7 7 0 1 1 0 14a7 7 0 1 1 0-14z"
_RING = "M8 1a7 7 0 1 1 0 14a7 7 0 1 1 0-14zM8 2.7a5.3 5.3 0 1 0 0 10.6a5.3 5.3 0 1 0 0-10.6z"
_TICK = "M4.3 8.4l1.3-1.3l1.8 1.8l3.4-3.7l1.3 1.2l-4.7 5.1z"
_SQUARE = "M2 2h12v12h-12z"

STATUS_SHAPES: Final[Mapping[str, str]] = {
    "met": _DISC + _TICK,
    "sustained": "M8 0a8 8 0 1 1 0 16a8 8 0 1 1 0-16zM8 1.2a6.8 6.8 0 1 0 0 13.6a6.8 6.8 0 1 0"
    " 0-13.6zM8 2.4a5.6 5.6 0 1 1 0 11.2a5.6 5.6 0 1 1 0-11.2zM5.1 8.3l1.1-1.1l1.4 1.4l2.6-2.9"
    "l1.1 1l-3.7 4.1z",
    "on_track": _RING + "M6.2 4.9l4.9 3.1l-4.9 3.1z",
    "at_risk": "M8 1l7.4 13.5h-14.8zM7.1 5.6h1.8v4.6h-1.8zM7.1 11.2h1.8v1.8h-1.8z",
    "behind": "M8 15l-7.4-13.5h14.8zM5 4.2h6l-3 5.4z",
    "missed": _SQUARE
    + "M4.4 5.6l1.2-1.2l2.4 2.4l2.4-2.4l1.2 1.2l-2.4 2.4l2.4 2.4l-1.2 1.2l-2.4-2.4"
    "l-2.4 2.4l-1.2-1.2l2.4-2.4z",
    "regressed": _SQUARE + "M7.1 3.8h1.8v4.6h2.4l-3.3 3.8l-3.3-3.8h2.4z",
    "unknown": _RING + "M5 7.2h6v1.6h-6z",
    "waived": "M8 0.6l7.4 7.4l-7.4 7.4l-7.4-7.4zM8 3l-5 5l5 5l5-5z",
}

DUTY_SHAPES: Final[Mapping[str, str]] = {
    "on_time": STATUS_SHAPES["met"],
    "zero_report": _RING + "M8 5.2a2.8 2.8 0 1 1 0 5.6a2.8 2.8 0 1 1 0-5.6z",
    "late": STATUS_SHAPES["at_risk"],
    "overdue": STATUS_SHAPES["missed"],
    "due_soon": _RING + "M7.2 4.2h1.6v3.6l2.6 1.5l-.8 1.4l-3.4-2z",
    "not_due": "M8 2.4a5.6 5.6 0 1 1 0 11.2a5.6 5.6 0 1 1 0-11.2zM8 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8z",
    "exempt": STATUS_SHAPES["waived"],
}

COLOUR_SHAPES: Final[Mapping[str, str]] = {
    "red": "M3 .5h10v15h-10zM7.1 3.5h1.8v5.5h-1.8zM7.1 10.5h1.8v1.9h-1.8z",
    "yellow": "M3 .5h10v15h-10zM4.7 2.2v11.6h6.6v-11.6zM7.1 4h1.8v4.8h-1.8zM7.1 10.1h1.8v1.9h-1.8z",
    "blue": _RING + "M7.1 4h1.8v1.8h-1.8zM7.1 7h1.8v5h-1.8z",
}
