"""A mark: colour, shape and words for one state, always all three together."""

import re
from dataclasses import dataclass
from datetime import datetime

from duibiao.web.board.language import Language
from duibiao.web.board.shapes import COLOUR_SHAPES
from duibiao.web.board.words import COLOUR, say
from duibiao.workdays import SHANGHAI


@dataclass(frozen=True, slots=True)
class Mark:
    """`tone` names the colour (a class of the style sheet), `shape` is an SVG path, 16 x 16."""

    tone: str
    shape: str
    label: str


def colour_mark(colour: str, language: Language) -> Mark:
    """Return the mark of an alert's colour."""
    shape = COLOUR_SHAPES.get(colour, COLOUR_SHAPES["blue"])
    tone = colour if colour in COLOUR_SHAPES else "blue"
    return Mark(f"c-{tone}", shape, say(COLOUR, colour, language))


def alert_number(code: str) -> str:
    """Return the number of a card as offices write it: 黄〔2021〕7号 for 黄-2021-0007."""
    found = re.fullmatch(r"(\w)-(\d{4})-(\d+)", code)
    return f"{found[1]}〔{found[2]}〕{int(found[3])}号" if found else code


def moment(value: datetime) -> str:
    """Write a moment in Asia/Shanghai, to the minute."""
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
