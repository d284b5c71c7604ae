"""Indicators, targets and local thresholds: measured and compared in ways that fit one another."""

from decimal import Decimal
from typing import Final

from duibiao.register.reading import Located, Reading
from duibiao.register.values import DURATIONS, UNITS, Indicator, LocalThreshold, Org, Target, Unit

_HUNDRED: Final = Decimal(100)
_UNITS_OF: Final = {"share": ("percent",), "each": DURATIONS}
_DIRECTION_OF: Final = {"<=": "down", "fall": "down", ">=": "up", "rise": "up"}


def check_measuring(reading: Reading) -> None:
    """Check indicators.yaml, targets.yaml and the overlay."""
    for unit in reading.of(Unit):
        if unit.value.code in UNITS:
            unit.error("unit-built-in", "unit")
    _check_indicators(reading)
    indicators, latest = reading.by(Indicator, "code"), 0
    placed: dict[str, int] = {}
    for entry in reading.of(Target):
        _check_dates(entry)
        _check_threshold(entry)
        if indicator := indicators.get(entry.value.indicator):
            _check_against(entry, indicator)
        task = int(entry.value.clause.partition(".")[0])
        if task < latest:
            later = next(one for one, of in placed.items() if of > task)
            entry.error("target-order", "clause", task=task, latest=latest, later=later)
        placed[entry.value.id] = task
        latest = task
    _check_overlay(reading)


def _check_indicators(reading: Reading) -> None:
    orgs, firsts = reading.by(Org, "code"), reading.by(Indicator, "code")
    named = reading.given("indicators", "indicators", "code")
    targeted = reading.given("targets", "targets", "indicator")
    all_known = targeted != [] and all(one in named for one in targeted)
    for entry in reading.of(Indicator):
        indicator = entry.value
        _check_unit(entry, firsts[indicator.code])
        _check_measured(entry)
        for org in indicator.reported_by:
            if org in orgs and orgs[org].kind == "group":
                entry.error("group-reports", "reported_by", org=org)
        reported = indicator.reported_by or indicator.code in targeted
        if not reported and all_known:
            entry.error("nobody-reports", "code")


def _check_unit(entry: Located[Indicator] | Located[Target], indicator: Indicator) -> None:
    if entry.value.unit != indicator.unit:
        entry.error("two-units", "unit", indicator=indicator)


def _check_measured(entry: Located[Indicator]) -> None:
    indicator, unit, usual = entry.value, entry.value.unit, entry.value.usual
    least, most = indicator.minimum, indicator.maximum
    fitting = _UNITS_OF.get(indicator.statistic, (unit,))
    if unit not in fitting:
        entry.error("unit-of-statistic", "unit", unit=" / ".join(fitting))
    if indicator.clock.limit == "deadline" and (
        indicator.statistic == "share" or not indicator.takes_cases
    ):
        entry.error("deadline-of-durations", "clock", "limit")
    if least is not None and most is not None and least > most:
        entry.error("bounds-reversed", "minimum")
    for key, bound in (("minimum", least), ("maximum", most)):
        if unit == "percent" and bound is not None and not 0 <= bound <= _HUNDRED:
            entry.error("no-percentage", key, key=key)
    if usual is None:
        return
    if usual.minimum > usual.maximum:
        entry.error("usual-reversed", "usual")
    if _outside(usual.minimum, indicator) or _outside(usual.maximum, indicator):
        entry.error("usual-implausible", "usual")


def _outside(value: Decimal, indicator: Indicator) -> bool:
    least, most = indicator.minimum, indicator.maximum
    return (least is not None and value < least) or (most is not None and value > most)


def _check_dates(entry: Located[Target]) -> None:
    due, judged_by, baseline = entry.value.due, entry.value.judged_by, entry.value.baseline
    first = () if baseline is None else (baseline,)
    if due is not None and judged_by is not None:
        entry.error("judged-by-and-due", "judged_by")
    end = due or judged_by
    days = [point.day for point in (*first, *entry.value.plan)]
    if days and end is None:
        entry.error("pace-without-end", "baseline" if baseline else "plan")
    elif entry.value.plan and (days != sorted({*days}) or (end and days[-1] >= end)):
        entry.error("plan-out-of-order", "plan", end=end)
    elif baseline is not None and end is not None and baseline.day >= end:
        entry.error("pace-too-late", "baseline", "day", end=end)


def _check_threshold(entry: Located[Target]) -> None:
    given, stated = entry.value.threshold is not None, entry.value.basis != "none"
    direction = entry.value.op in ("rise", "fall")
    if given and direction:
        entry.error("direction-with-threshold", "threshold")
    elif given and not stated:
        entry.error("basis-none", "threshold")
    elif stated and direction:
        entry.error("direction-with-basis", "basis")
    elif stated and not given:
        entry.error("threshold-needed", "basis")


def _check_against(entry: Located[Target], indicator: Indicator) -> None:
    target = entry.value
    _check_unit(entry, indicator)
    if _DIRECTION_OF[target.op] != indicator.direction:
        entry.error("wrong-direction", "op", indicator=indicator)
    if (target.baseline or target.plan) and indicator.statistic != "latest":
        entry.error("baseline-of-latest", "baseline" if target.baseline else "plan")
    _check_plausible(entry, indicator)


def _check_plausible(
    entry: Located[Target] | Located[LocalThreshold], indicator: Indicator
) -> None:
    threshold, least, most = entry.value.threshold, indicator.minimum, indicator.maximum
    if threshold is not None and _outside(threshold, indicator):
        span = f"{'' if least is None else least}..{'' if most is None else most}"
        entry.error("implausible", "threshold", span=span)


def _check_overlay(reading: Reading) -> None:
    decided = set()
    targets, indicators = reading.by(Target, "id"), reading.by(Indicator, "code")
    for entry in reading.of(LocalThreshold):
        place = entry.value.target, entry.value.org, entry.value.since
        if place in decided:
            entry.error("overlay-twice", "since")
        decided.add(place)
        target = targets.get(entry.value.target)
        if target is None:
            continue
        given, local = target.threshold, entry.value.threshold
        if entry.value.unit != target.unit:
            entry.error("overlay-unit", "unit", target=target)
        if given == local:
            entry.error("overlay-repeats", "threshold")
        elif given is not None and (local > given) == (target.op == "<="):
            entry.error("overlay-loosens", "threshold", target=target)
        if target.indicator in indicators:
            _check_plausible(entry, indicators[target.indicator])
