"""The verdict: one figure held against one target (domain.md section 6).

Pure: the same figure, history and criterion always give the same judgement.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Literal

from duibiao.register import Period, containing, parse
from services.indicators.domain.criterion import Criterion, Pace, pace
from services.indicators.domain.decisions import Waiver
from services.indicators.domain.figures import Figure
from services.indicators.domain.rows import Reason, Status, Verdict

Phase = Literal["before", "at", "after"]

# The most that an attainment ratio is said to be.
CAP = Fraction(10)

_CLOSE = Fraction(1, 10)
_MET = ("met", "sustained")


# The other periods of a series, by code.
History = Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class Comparison:
    """An earlier period's figure, which a rise or a fall is measured from."""

    period: str
    value: Fraction


@dataclass(frozen=True, slots=True)
class WaiverGrounds:
    """The approved waiver 豁免 that covers the judged day; `org` None: it is for all units."""

    id: str
    org: str | None
    first: date
    until: date
    reason: str
    document: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a figure comes to, and what led there; the fields are those of the proof.

    `met` is None where nothing was compared. `short` is how far it falls short before the day of
    judgement (a share of the threshold), from the pace where there is one. `kept` are the earlier
    periods in which the target was met, oldest first, where it is judged afterwards.
    """

    phase: Phase
    met: bool | None = None
    attainment_ratio: Fraction | None = None
    gap: Fraction | None = None
    near_threshold: bool = False
    short: Fraction | None = None
    compared_with: Comparison | None = None
    pace: Pace | None = None
    kept: tuple[str, ...] = ()
    status: Status = "unknown"
    reason: Reason | None = None
    waiver: WaiverGrounds | None = None


def waived(judgement: Judgement, waiver: Waiver | None) -> Judgement:
    """Lay a waiver over a judgement: what was compared stays, the status is waived."""
    if waiver is None:
        return judgement
    days = waiver.first, waiver.until
    grounds = WaiverGrounds(waiver.id, waiver.org, *days, waiver.reason, waiver.document)
    return replace(judgement, status="waived", waiver=grounds)


def phase(criterion: Criterion) -> Phase:
    """Return where the judged day stands to the day of judgement."""
    judged_by = criterion.target.judged_by
    if judged_by is None:
        return "at" if criterion.ended else "before"
    if criterion.period.first > judged_by:
        return "after"
    in_period = criterion.period.last >= judged_by
    return "at" if in_period and criterion.judged_day >= judged_by else "before"


def judge(criterion: Criterion, figure: Figure | None, history: History) -> Judgement:
    """Judge a figure (None = nothing is known) against the criterion's target.

    Of `history`, the other periods of the series, those later than the period are not looked at.
    """
    now = phase(criterion)
    if figure is None:
        return Judgement(now, reason="no_figure")
    if criterion.directed:
        return _judge_direction(criterion, figure, history, now)
    if criterion.threshold is None:
        return Judgement(now, reason="no_threshold")
    return _judge_threshold(criterion, figure, criterion.threshold, history, now)


def compared_with(period: Period) -> tuple[str, ...]:
    """Return the periods a direction looks back to: one year before, else the one just before."""
    return tuple(code for code in (_code(period.year_before), _code(period.previous)) if code)


def _code(period: Callable[[], Period]) -> str | None:
    try:
        return period().code
    except ValueError:  # before the first year of the calendar
        return None


def _judge_direction(
    criterion: Criterion, figure: Figure, history: History, now: Phase
) -> Judgement:
    comparison = None
    for code in compared_with(criterion.period):
        past = history.get(code)
        if past is not None and past.row.value is not None:
            comparison = Comparison(code, past.row.value)
            break
    if comparison is None:
        return Judgement(now, reason="no_comparison")
    rise = figure.value - comparison.value
    met = rise > 0 if criterion.target.op == "rise" else rise < 0
    kept = _sustained_periods(criterion, history) if now == "after" else ()
    status = _settled_status(now, met=met, kept=bool(kept))
    if now == "before":
        status = "on_track" if met else "behind"
    return Judgement(now, met=met, compared_with=comparison, kept=kept, status=status)


def _judge_threshold(
    criterion: Criterion, figure: Figure, threshold: Fraction, history: History, now: Phase
) -> Judgement:
    gap = _gap(criterion, figure, threshold)
    ratio = _attainment(criterion, figure, threshold, gap)
    met = gap <= 0
    short, line = None, None
    kept: tuple[str, ...] = ()
    if now == "before":
        line = None if met else pace(criterion, figure.value, threshold)
        short = _short(criterion, threshold, ratio, line, met=met)
        close: Status = "at_risk" if short <= _CLOSE else "behind"
        status = "on_track" if short <= 0 else close
    else:
        kept = _sustained_periods(criterion, history) if now == "after" else ()
        status = _settled_status(now, met=met, kept=bool(kept))
    near = criterion.target.op == "<=" and met and -gap < threshold * _CLOSE
    return Judgement(now, met, ratio, gap, near, short, None, line, kept, status)


def _gap(criterion: Criterion, figure: Figure, threshold: Fraction) -> Fraction:
    """Return how far the value lies on the wrong side; an extension lengthens a case's limit."""
    if criterion.target.op == ">=":
        return threshold - figure.value
    if criterion.case_limit is not None and figure.histogram is not None:
        return figure.histogram.longest_beyond_extension - threshold
    return figure.value - threshold


def _attainment(
    criterion: Criterion, figure: Figure, threshold: Fraction, gap: Fraction
) -> Fraction:
    if criterion.case_limit is not None and figure.histogram is not None:
        return Fraction(figure.histogram.within(threshold), figure.histogram.count)
    if threshold <= 0:
        return Fraction(int(gap <= 0))
    if criterion.target.op == ">=":
        return min(max(figure.value, Fraction(0)) / threshold, CAP)
    return CAP if figure.value <= 0 else min(threshold / figure.value, CAP)


def _short(
    criterion: Criterion, threshold: Fraction, ratio: Fraction, line: Pace | None, *, met: bool
) -> Fraction:
    """Return by what share of the threshold it falls short; nothing where met or paced to be."""
    if met:
        return Fraction(0)
    if line is None or threshold <= 0:
        return 1 - ratio
    away = threshold - line.projected
    if criterion.target.op == "<=":
        away = -away
    return max(away, Fraction(0)) / threshold


def _settled_status(now: Phase, *, met: bool, kept: bool) -> Status:
    if now == "after" and kept:
        return "sustained" if met else "regressed"
    return "met" if met else "missed"


def _sustained_periods(criterion: Criterion, history: History) -> tuple[str, ...]:
    """Return the earlier periods, from that of `judged_by` on, in which it was met."""
    judged_by = criterion.target.judged_by
    if judged_by is None:
        return ()
    start = containing(judged_by, criterion.indicator.period_type).first
    met = [parse(code) for code, past in history.items() if past.row.status in _MET]
    earlier = [period for period in met if start <= period.first < criterion.period.first]
    return tuple(period.code for period in sorted(earlier, key=lambda period: period.first))
