"""The register as rows: what `duibiao register show` prints, and the same as JSON.

Owns which part has which columns, under the names the HTTP interface uses. Prints nothing itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from duibiao.register import Duty, Indicator, Measure, Org, Register, Target, Task

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One list of the register: its heading, its columns (key, heading), its rows."""

    heading: str
    columns: tuple[tuple[str, str], ...]
    rows: Callable[[Register], list[Row]]


def plain(value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return a value as JSON has it: numbers as numbers, days as text, tuples as lists."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return value


def _fields(thing: object, *names: str) -> dict[str, Any]:
    return {name: plain(getattr(thing, name)) for name in names}


def task_row(task: Task) -> Row:
    """Return a task as the HTTP interface gives it."""
    return _fields(task, "no", "title", "title_zh", "leads", "supports")


def measure_row(measure: Measure) -> Row:
    """Return a measure as the HTTP interface gives it."""
    row = _fields(measure, "no", "task", "title", "title_zh", "leads", "supports")
    milestones = [_fields(m, "code", "title", "title_zh", "due") for m in measure.milestones]
    return row | {"milestones": milestones}


def indicator_row(indicator: Indicator) -> Row:
    """Return an indicator with its plausible range."""
    named = ("code", "name", "name_zh", "unit", "statistic", "direction", "period_type")
    return _fields(indicator, *named, "reported_by", "minimum", "maximum", "min_sample")


def target_row(target: Target) -> Row:
    """Return a target as the HTTP interface gives it, and who decided a local threshold."""
    asked = ("id", "indicator", "clause", "op", "threshold", "unit", "statistic", "due")
    row = _fields(target, *asked, "judged_by", "judged_by_is_reading", "verb", "basis", "leads")
    return row | _fields(target, "name", "name_zh", "alert_levels", "decided_by", "decided_since")


def duty_row(duty: Duty) -> Row:
    """Return one unit's duty."""
    row = _fields(duty, "measure", "org", "period", "due", "rule", "effective_due")
    return {"duty": duty.id} | row


def _by_code(things: Mapping[str, object], *more: str) -> list[Row]:
    return [
        _fields(things[code], "code", "name", "name_zh", "kind", *more) for code in sorted(things)
    ]


def _milestones(register: Register) -> list[Row]:
    return [
        _fields(milestone, "code", "measure", "title", "title_zh", "due")
        for measure in register.measures
        for milestone in measure.milestones
    ]


def _alert_rules(register: Register) -> list[Row]:
    shown = ("id", "colour", "on", "statuses", "attainment_below", "periods", "after_workdays")
    return [
        _fields(rule, *shown, "enabled", "name", "name_zh") for rule in register.alert_rules.rules
    ]


_NAMES = (("code", "代码"), ("name_zh", "名称"), ("name", "English"), ("kind", "类别"))
_WORK = (("title_zh", "标题"), ("title", "English"), ("leads", "牵头"))

LISTS: Mapping[str, Part] = {
    "tasks": Part(
        "重点任务 tasks", (("no", "任务"), *_WORK), lambda r: [task_row(t) for t in r.tasks]
    ),
    "measures": Part(
        "具体措施 measures",
        (("no", "措施"), *_WORK),
        lambda r: [measure_row(m) for m in r.measures],
    ),
    "milestones": Part(
        "节点 milestones",
        (("code", "代码"), ("title_zh", "标题"), ("title", "English"), ("due", "时限")),
        _milestones,
    ),
    "orgs": Part("单位 orgs", (*_NAMES, ("region", "区划")), lambda r: _by_code(r.orgs, "region")),
    "regions": Part("区划 regions", _NAMES, lambda r: _by_code(r.regions)),
    "indicators": Part(
        "指标 indicators",
        (*_NAMES[:2], ("unit", "单位"), ("statistic", "口径"), ("reported_by", "报送单位")),
        lambda r: [indicator_row(r.indicators[code]) for code in sorted(r.indicators)],
    ),
    "targets": Part(
        "目标值 targets",
        (
            ("id", "编号"),
            ("clause", "条款"),
            ("name_zh", "名称"),
            ("op", "要求"),
            ("threshold", "值"),
            ("unit", "单位"),
            ("due", "时限"),
            ("basis", "依据"),
        ),
        lambda r: [target_row(t) for t in r.targets],
    ),
    "duties": Part(
        "报送任务 duties",
        (("duty", "任务"), ("org", "单位"), ("due", "通知时限"), ("effective_due", "实际时限")),
        lambda r: [duty_row(d) for d in r.duties],
    ),
    "alerts": Part(
        "预警规则 alert rules",
        (
            ("id", "规则"),
            ("colour", "颜色"),
            ("on", "情形"),
            ("name_zh", "名称"),
            ("enabled", "启用"),
        ),
        _alert_rules,
    ),
}


def summary(register: Register) -> Row:
    """Return the register in a dozen lines: the notice, the version, how much there is of each."""
    notice = register.notice
    counted = {name: len(part.rows(register)) for name, part in LISTS.items()}
    return {
        "notice": _fields(notice, "number", "title", "title_zh", "dated", "issued", "code"),
        "version": register.version,
        "region": register.city,
        "window": _fields(register.window, "first", "last"),
        "lead_orgs": len(register.lead_orgs),
        "counts": counted,
    }


def thing(register: Register, code: str) -> Row | None:
    """Return one task, measure, target, indicator, unit or region by its code; None: no such."""
    for named, row in _CODED:
        if code in (found := named(register)):
            return row(register, found[code])
    return None


def _task(register: Register, task: Task) -> Row:
    return {**task_row(task), "measures": [measure.no for measure in register.measures_of(task.no)]}


def _indicator(register: Register, indicator: Indicator) -> Row:
    targets = [target.id for target in register.targets_of(indicator.code)]
    return {**indicator_row(indicator), "targets": targets}


def _org(register: Register, org: Org) -> Row:
    code = org.code
    return {
        **_fields(org, "code", "name", "name_zh", "kind", "region"),
        "leads_tasks": [t.no for t in register.tasks if code in t.leads],
        "leads_measures": [m.no for m in register.measures if code in m.leads],
        "supports_measures": [m.no for m in register.measures if code in m.supports],
        "targets": [t.id for t in register.targets if code in t.leads],
        "reports": sorted(c for c, i in register.indicators.items() if code in i.reported_by),
        "duties": len(register.duties_of(code)),
    }


_CODED: tuple[tuple[Callable[[Register], Mapping[str, Any]], Callable[[Register, Any], Row]], ...]
_CODED = (
    (lambda r: {str(task.no): task for task in r.tasks}, _task),
    (lambda r: {measure.no: measure for measure in r.measures}, lambda _, m: measure_row(m)),
    (lambda r: {target.id: target for target in r.targets}, lambda _, t: target_row(t)),
    (lambda r: r.indicators, _indicator),
    (lambda r: r.orgs, _org),
    (lambda r: r.regions, lambda _, region: _fields(region, "code", "name", "name_zh", "kind")),
)

LABELS: Mapping[str, str] = {
    "notice": "通知",
    "version": "版本",
    "window": "观察期",
    "lead_orgs": "牵头单位数",
    "counts": "数量",
    "no": "编号",
    "id": "编号",
    "code": "代码",
    "task": "任务",
    "title": "英文标题",
    "title_zh": "标题",
    "name": "英文名称",
    "name_zh": "名称",
    "kind": "类别",
    "region": "区划",
    "leads": "牵头",
    "supports": "配合",
    "measures": "措施",
    "milestones": "节点",
    "leads_tasks": "牵头任务",
    "leads_measures": "牵头措施",
    "supports_measures": "配合措施",
    "targets": "目标值",
    "reports": "报送指标",
    "duties": "报送任务数",
    "indicator": "指标",
    "clause": "条款",
    "op": "要求",
    "threshold": "值",
    "unit": "单位",
    "statistic": "口径",
    "direction": "方向",
    "period_type": "期间",
    "reported_by": "报送单位",
    "minimum": "合理下限",
    "maximum": "合理上限",
    "min_sample": "最小样本",
    "due": "时限",
    "judged_by": "判断日",
    "judged_by_is_reading": "判断日为理解",
    "verb": "动词",
    "basis": "依据",
    "alert_levels": "预警层级",
    "decided_by": "本地决定",
    "decided_since": "自何日起",
}
"""Chinese words for the keys of a row."""
