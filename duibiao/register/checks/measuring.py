"""Indicators and targets: measured, compared and reported in ways that fit one another."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from duibiao.register.checks.known import Known, repeated, task_of, unknown
from duibiao.register.documents import Document, Entry
from duibiao.register.faults import Fault
from duibiao.register.values import UNITS

_HUNDRED = Decimal(100)
_UNIT_OF = {"share": "percent", "each": "workday"}
_DIRECTION_OF = {"<=": "down", "fall": "down", ">=": "up", "rise": "up"}


def indicator_faults(documents: Mapping[str, Document], known: Known) -> Iterator[Fault]:
    """Tell what is wrong with indicators.yaml."""
    indicators = list(documents["indicators"].entries("indicators"))
    targets = list(documents["targets"].entries("targets"))
    declared = list(documents["indicators"].entries("units"))
    yield from repeated(declared, "unit")
    yield from (
        entry.fault(f"{entry.text('unit')} is built in", f"{entry.text('unit')} 为内置单位", "unit")
        for entry in declared
        if entry.text("unit") in UNITS
    )
    units = {*UNITS, *(entry.text("unit") for entry in declared)}
    for key in ("code", "name_zh", "name"):
        yield from repeated(indicators, key)
    targeted = {t.text("indicator") for t in targets if known.clause(t.text("clause"))}
    judged = documents["targets"].has("targets")
    for entry in indicators:
        yield from unknown(entry, "unit", "计量单位", entry.text("unit"), units, "unit")
        yield from _second_unit(entry, known)
        yield from _measured(entry)
        yield from known.strangers(entry, "reported_by")
        yield from (
            entry.fault(
                f"{org} is a collective name, which reports nothing",
                f"{org} 是统称，不能报送",
                "reported_by",
            )
            for org in entry.texts("reported_by")
            if known.kind_of(org) == "group"
        )
        if judged and "reported_by" not in entry.data and entry.text("code") not in targeted:
            yield entry.fault(
                "nobody reports it: no reported_by, and no target with a known clause",
                "无人报送：没有 reported_by，也没有条款明确的目标值",
                "code",
            )


def _second_unit(entry: Entry, known: Known) -> Iterator[Fault]:
    first = (known.indicators or {}).get(entry.text("code"), entry)
    unit, other = first.text("unit"), entry.text("unit")
    if unit and other and unit != other:
        yield from _two_units(entry, entry.text("code"), unit, other)


def _two_units(entry: Entry, indicator: str, unit: str, other: str) -> Iterator[Fault]:
    yield entry.fault(
        f"two units for one indicator: {indicator} is in {unit}, here {other}",
        f"同一指标两种单位：{indicator} 为 {unit}，此处为 {other}",
        "unit",
    )


def _measured(entry: Entry) -> Iterator[Fault]:
    statistic, unit = entry.text("statistic"), entry.text("unit")
    fitting = _UNIT_OF.get(statistic)
    if fitting and unit and unit != fitting:
        yield entry.fault(
            f"the statistic {statistic} is in {fitting}, not {unit}",
            f"口径 {statistic} 的单位应为 {fitting}，不是 {unit}",
            "unit",
        )
    least, most = entry.number("minimum"), entry.number("maximum")
    if least is not None and most is not None and least > most:
        yield entry.fault(
            f"minimum {least} is above maximum {most}",
            f"下限 {least} 高于上限 {most}",
            "minimum",
        )
    yield from _usual(entry.within("usual"), least, most)
    for key, bound in (("minimum", least), ("maximum", most)):
        if unit == "percent" and bound is not None and not 0 <= bound <= _HUNDRED:
            yield entry.fault(
                f"{key}: a percentage lies between 0 and 100",
                f"{key}：百分比应在 0 至 100 之间",
                key,
            )


def _usual(usual: Entry, least: Decimal | None, most: Decimal | None) -> Iterator[Fault]:
    low, high = usual.number("minimum"), usual.number("maximum")
    if low is None or high is None:
        return
    if low > high:
        yield usual.fault(
            f"usual: minimum {low} is above maximum {high}", f"usual：下限 {low} 高于上限 {high}"
        )
    if (least is not None and low < least) or (most is not None and high > most):
        yield usual.fault(
            "usual lies outside what is plausible (minimum, maximum)",
            "usual 超出合理范围（minimum、maximum）",
        )


def target_faults(documents: Mapping[str, Document], known: Known) -> Iterator[Fault]:
    """Tell what is wrong with targets.yaml."""
    targets = list(documents["targets"].entries("targets"))
    for key in ("target", "name_zh", "name"):
        yield from repeated(targets, key)
    latest = 0
    for entry in targets:
        clause = entry.text("clause")
        if known.tasks is not None and known.measures is not None and not known.clause(clause):
            clauses = {str(no) for no in known.tasks} | set(known.measures)
            yield from unknown(entry, "clause", "条款", clause, clauses, "clause")
        yield from known.outside(entry, "due", "judged_by")
        yield from _dates(entry)
        yield from _threshold(entry)
        yield from _of_indicator(entry, known)
        task = task_of(clause)
        if task is None:
            continue
        if task < latest:
            yield entry.fault(
                f"out of the notice's order: task {task} after task {latest}",
                f"未按通知次序：任务 {task} 在任务 {latest} 之后",
                "clause",
            )
        latest = task


def _dates(entry: Entry) -> Iterator[Fault]:
    due, judged_by = entry.day("due"), entry.day("judged_by")
    if due is not None and judged_by is not None:
        yield entry.fault(
            "judged_by is for targets to which the notice gives no date; it gives due",
            "judged_by 只用于通知未给时限的目标值，此处已有 due",
            "judged_by",
        )
    start = entry.within("baseline")
    day, end = start.day("day"), due or judged_by
    if start.data and end is None:
        yield start.fault(
            "a pace needs a date to reach: due or judged_by", "有基线须有 due 或 judged_by"
        )
    if day is not None and end is not None and day >= end:
        yield start.fault(
            f"day: {day} does not come before {end}", f"day：{day} 不早于 {end}", "day"
        )


def _threshold(entry: Entry) -> Iterator[Fault]:
    given, basis, op = "threshold" in entry.data, entry.text("basis"), entry.text("op")
    if given and op in ("rise", "fall"):
        yield entry.fault(
            f"{op} compares with an earlier period and has no threshold",
            f"{op} 与以前期间比较，不设目标值",
            "threshold",
        )
    elif given and basis == "none":
        yield entry.fault(
            "basis none, yet a threshold stands here", "basis 为 none 却写有目标值", "threshold"
        )
    elif basis in ("stated", "interpreted") and op in ("rise", "fall"):
        yield entry.fault(
            f"a direction ({op}) has no figure: basis none",
            f"方向（{op}）无数值，basis 应为 none",
            "basis",
        )
    elif basis in ("stated", "interpreted") and not given:
        yield entry.fault(
            f"basis {basis} needs a threshold", f"basis 为 {basis} 须写目标值", "basis"
        )


def _of_indicator(entry: Entry, known: Known) -> Iterator[Fault]:
    code = entry.text("indicator")
    yield from unknown(entry, "indicator", "指标", code, known.indicators, "indicator")
    indicator = (known.indicators or {}).get(code)
    if indicator is None:
        return
    unit, other = indicator.text("unit"), entry.text("unit")
    if unit and other and unit != other:
        yield from _two_units(entry, code, unit, other)
    direction, op = indicator.text("direction"), entry.text("op")
    if direction and op in _DIRECTION_OF and _DIRECTION_OF[op] != direction:
        yield entry.fault(
            f"{op} does not go with the direction {direction} of {code}",
            f"{op} 与 {code} 的方向 {direction} 相反",
            "op",
        )
    if entry.data.get("baseline") and indicator.text("statistic") not in ("latest", ""):
        yield entry.fault("a baseline is for statistic latest", "基线只用于口径 latest", "baseline")
    yield from implausible(entry, indicator)


def implausible(entry: Entry, indicator: Entry) -> Iterator[Fault]:
    """Tell that an entry's threshold is one that no figure of the indicator could be."""
    threshold = entry.number("threshold")
    if threshold is None:
        return
    least, most = indicator.number("minimum"), indicator.number("maximum")
    if (least is not None and threshold < least) or (most is not None and threshold > most):
        span = f"{'' if least is None else least}..{'' if most is None else most}"
        yield entry.fault(
            f"threshold: {threshold} lies outside the plausible {span}",
            f"目标值 {threshold} 不在合理范围 {span} 内",
            "threshold",
        )
