"""How long cases took, drawn as bars: geometry and words only, no markup."""

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import Any, Final

from duibiao.web.board.figures import number
from duibiao.web.board.language import Language, Phrase
from duibiao.web.board.rendering import View

HEIGHT: Final = 150
_TOP: Final = 22
_FLOOR: Final = 122
_BARS: Final = 40
_LABELS: Final = 8

_BAR: Final = Phrase("{days} 个工作日：{count} 件", "{days} working days: {count} cases")
_OVER: Final = Phrase("（{over} 件超期限）", " ({over} past the limit)")


def spread(
    groups: Sequence[Mapping[str, Any]], limit: Fraction | None, language: Language
) -> View | None:
    """Draw the groups of a proof's distribution and the limit; None where there are no cases.

    A case is past the limit when it lasted longer than the limit and its own extension, or where
    its own deadline is its limit (and no line is one for all), when that has passed.
    """
    if not groups:
        return None
    within: Counter[int] = Counter()
    over: Counter[int] = Counter()
    shared = limit is not None and all(group.get("past_deadline") is None for group in groups)
    line = floor(limit) if limit is not None and shared else 0
    step = -(-(max(line, *(group["net"] for group in groups)) + 1) // _BARS)
    for group in groups:
        late = group.get("past_deadline")
        beyond = group["net"] - group["extended"] if late is None else late
        past = limit is not None and beyond > limit
        (over if past else within)[group["net"] // step] += group["cases"]
    last = max([*within, *over, line // step])
    counts = [(within[place], over[place]) for place in range(last + 1)]
    return View(
        height=HEIGHT,
        floor=_FLOOR,
        bars=tuple(_bars(counts, step)),
        limit_x=f"{100 * (line + 1) / step / len(counts):.2f}%" if shared else None,
        over=sum(over.values()),
        desc=_described(counts, step, language),
    )


def _bars(counts: Sequence[tuple[int, int]], step: int) -> list[View]:
    tallest = max(within + over for within, over in counts)
    slot = 100 / len(counts)
    every = -(-len(counts) // _LABELS)
    found = []
    for place, (within, over) in enumerate(counts):
        low, high = (round((_FLOOR - _TOP) * part / tallest, 1) for part in (within, over))
        found.append(
            View(
                x=f"{slot * (place + 0.1):.2f}%",
                width=f"{slot * 0.8:.2f}%",
                middle=f"{slot * (place + 0.5):.2f}%",
                days=_days(place, step) if place % every == 0 else "",
                range=_days(place, step),
                cases=(number(within), number(over)) if within + over else None,
                count=number(within + over) if within + over and len(counts) <= 2 * _LABELS else "",
                within_y=f"{_FLOOR - low:.1f}",
                within_height=f"{low:.1f}",
                over_y=f"{_FLOOR - low - high:.1f}",
                over_height=f"{high:.1f}",
            )
        )
    return found


def _days(place: int, step: int) -> str:
    return str(place) if step == 1 else f"{place * step}–{(place + 1) * step - 1}"


def _described(counts: Sequence[tuple[int, int]], step: int, language: Language) -> str:
    said = []
    for place, (within, over) in enumerate(counts):
        if within + over:
            text = _BAR.say(language, days=_days(place, step), count=number(within + over))
            said.append(text + (_OVER.say(language, over=number(over)) if over else ""))
    return ("；" if language == "zh" else "; ").join(said)
