"""Where things lie on the charts: geometry only, no markup.

Across, places are percentages of the width, so a chart stretches without stretching its words;
down, they are pixels from the top. Nothing is joined over a period without a figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

from duibiao.register import Target
from duibiao.web.board.figures import (
    Number,
    asked,
    number,
    period_name,
    period_part,
    period_year,
    with_unit,
)
from duibiao.web.board.language import Language, Phrase
from duibiao.web.board.rendering import View
from services.indicators.board.marks import status_mark
from services.indicators.domain.rows import Verdict

SPARK_HEIGHT: Final = 40
CHART_HEIGHT: Final = 300
_SPARK_EDGES: Final = (9, 31)
_CHART_EDGES: Final = (44, 226)
_SPARK_PERIODS: Final = 8
_CHART_PERIODS: Final = 40
_LABELS: Final = 8
_TICKS: Final = 4

_POINT: Final = Phrase("{period} {value}（{status}）", "{period} {value} ({status})")
_NOTHING: Final = Phrase("{period} {status}", "{period} {status}")
_DESC: Final = Phrase("要求：{asked}。{points}。", "Asked: {asked}. {points}.")


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the line between two neighbouring periods that both have a figure."""

    x1: str
    y1: str
    x2: str
    y2: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A grid line with its label."""

    y: str
    label: str


@dataclass(frozen=True, slots=True)
class _Scale:
    low: Fraction
    high: Fraction
    top: int
    bottom: int

    def y(self, value: Number) -> str:
        low, high = float(self.low), float(self.high)
        part = (float(value) - low) / (high - low) if high > low else 0.5
        return f"{self.bottom - part * (self.bottom - self.top):.1f}"


def sparkline(target: Target, verdicts: Sequence[Verdict], language: Language) -> View:
    """Draw the newest periods small: the line, the threshold, the marks."""
    shown = verdicts[-_SPARK_PERIODS:]
    low, high = _bounds(target, shown)
    scale = _Scale(low, high, *_SPARK_EDGES)
    return _chart(target, shown, scale, SPARK_HEIGHT, (), language)


def chart(target: Target, verdicts: Sequence[Verdict], language: Language) -> View:
    """Draw up to forty periods large, with a grid and the threshold named."""
    shown = verdicts[-_CHART_PERIODS:]
    low, high = _bounds(target, shown)
    step = _nice_step((high - low) / _TICKS)
    low = _roomier(low, high, step)
    high = -(-high // step) * step
    scale = _Scale(low, high, *_CHART_EDGES)
    count = int((high - low) / step)
    values = [low + step * place for place in range(count + 1)]
    ticks = tuple(Tick(scale.y(value), number(value)) for value in values)
    return _chart(target, shown, scale, CHART_HEIGHT, ticks, language)


def _bounds(target: Target, verdicts: Sequence[Verdict]) -> tuple[Fraction, Fraction]:
    values = [v.row.value for v in verdicts if v.row.value is not None]
    limits = [] if target.threshold is None else [Fraction(target.threshold)]
    known = values + limits or [Fraction(0), Fraction(1)]
    if target.statistic == "latest":
        known.append(Fraction(0))
    low, high = min(known), max(known)
    if low == high:
        room = abs(high) / 4 or Fraction(1)
        return max(low - room, Fraction(0)) if low >= 0 else low - room, high + room
    return low, high


def _roomier(low: Fraction, high: Fraction, step: Fraction) -> Fraction:
    """Lower the floor to a grid line, leaving some room, but never from above nought to below."""
    floor = (low - (high - low) / 8) // step * step
    return max(floor, Fraction(0)) if low >= 0 else floor


def _nice_step(rough: Fraction) -> Fraction:
    step = Fraction(1)
    while step > rough:
        step /= 10
    while step * 10 <= rough:
        step *= 10
    for factor in (1, 2, 5, 10):
        if step * factor >= rough:
            return step * factor
    return step * 10


def _chart(
    target: Target,
    verdicts: Sequence[Verdict],
    scale: _Scale,
    height: int,
    ticks: tuple[Tick, ...],
    language: Language,
) -> View:
    points = tuple(_points(verdicts, scale, language))
    at = None if target.threshold is None else scale.y(target.threshold)
    good_top, good_height = _good_side(target, at, scale)
    return View(
        height=height,
        points=points,
        segments=_segments(points),
        ticks=ticks,
        threshold_y=at,
        threshold_label=asked(target, language),
        good_top=good_top,
        good_height=good_height,
        floor_y=f"{scale.bottom:.1f}",
        desc=_described(target, points, verdicts, language),
    )


def _points(verdicts: Sequence[Verdict], scale: _Scale, language: Language) -> list[View]:
    slots = len(verdicts)
    every = -(-slots // _LABELS)
    found = []
    last_year = ""
    for place, verdict in enumerate(verdicts):
        row = verdict.row
        labelled = (slots - 1 - place) % every == 0
        year = period_year(row.period, language)
        value = "" if row.value is None else number(row.value, row.threshold)
        found.append(
            View(
                x=f"{100 * (place + 0.5) / slots:.2f}%",
                y=None if row.value is None else scale.y(row.value),
                mark=status_mark(row.status, language, row.reason),
                value=value,
                part=period_part(row.period, language),
                year=year if labelled and year != last_year else "",
                labelled=labelled,
                present=verdict.present,
            )
        )
        last_year = year if labelled else last_year
    return found


def _segments(points: Sequence[View]) -> tuple[Segment, ...]:
    return tuple(
        Segment(left.x, left.y, right.x, right.y)
        for left, right in pairwise(points)
        if left.y is not None and right.y is not None
    )


def _good_side(target: Target, at: str | None, scale: _Scale) -> tuple[str | None, str | None]:
    if at is None or target.op not in ("<=", ">="):
        return None, None
    edge = float(at)
    top, bottom = (edge, float(scale.bottom)) if target.op == "<=" else (float(scale.top), edge)
    return f"{top:.1f}", f"{bottom - top:.1f}"


def _described(
    target: Target, points: Sequence[View], verdicts: Sequence[Verdict], language: Language
) -> str:
    words = []
    for point, row in zip(points, (verdict.row for verdict in verdicts), strict=True):
        phrase = _NOTHING if row.value is None else _POINT
        value = with_unit(point.value, target.counted_in, language) if point.value else ""
        period = period_name(row.period, language)
        words.append(phrase.say(language, period=period, value=value, status=point.mark.label))
    joined = ("；" if language == "zh" else "; ").join(words)
    return _DESC.say(language, asked=asked(target, language), points=joined)
