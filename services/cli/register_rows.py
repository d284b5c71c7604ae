"""The register as rows: what `duibiao register show` prints, and the same as JSON.

Rows have the fields of `duibiao.register`, which are those of the HTTP interface.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from duibiao.register import Register

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One list of the register: its heading, its columns with their headings, what is in it."""

    heading: str
    columns: Mapping[str, str]
    things: Callable[[Register], Iterable[object]]

    def rows(self, register: Register) -> list[Row]:
        """Return the list as JSON has it."""
        return [plain(thing) for thing in self.things(register)]


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
    if is_dataclass(value):
        names = [field.name for field in fields(value) if field.name != "counted_in"]
        return {name: plain(getattr(value, name)) for name in names}
    return value


_NAMES = {"code": "代码", "name_zh": "名称", "name": "English", "kind": "类别"}
_WORK = {"title_zh": "标题", "title": "English", "leads": "牵头"}

LISTS: Mapping[str, Part] = {
    "tasks": Part("重点任务 tasks", {"no": "任务", **_WORK}, lambda r: r.tasks),
    "measures": Part("具体措施 measures", {"no": "措施", **_WORK}, lambda r: r.measures),
    "milestones": Part(
        "节点 milestones",
        {"code": "代码", "title_zh": "标题", "title": "English", "due": "时限"},
        lambda r: [one for measure in r.measures for one in measure.milestones],
    ),
    "orgs": Part("单位 orgs", {**_NAMES, "region": "区划"}, lambda r: _by_code(r.orgs)),
    "regions": Part("区划 regions", _NAMES, lambda r: _by_code(r.regions)),
    "indicators": Part(
        "指标 indicators",
        {
            "code": "代码",
            "name_zh": "名称",
            "unit": "单位",
            "statistic": "口径",
            "reported_by": "报送单位",
        },
        lambda r: _by_code(r.indicators),
    ),
    "targets": Part(
        "目标值 targets",
        {
            "id": "编号",
            "clause": "条款",
            "name_zh": "名称",
            "op": "要求",
            "threshold": "值",
            "unit": "单位",
            "due": "时限",
            "basis": "依据",
        },
        lambda r: r.targets,
    ),
    "duties": Part(
        "报送任务 duties",
        {"id": "任务", "org": "单位", "due": "通知时限", "effective_due": "实际时限"},
        lambda r: r.duties,
    ),
    "alerts": Part(
        "预警规则 alert rules",
        {"id": "规则", "colour": "颜色", "on": "情形", "name_zh": "名称", "enabled": "启用"},
        lambda r: r.alert_rules.rules,
    ),
}


def _by_code(things: Mapping[str, object]) -> list[object]:
    return [things[code] for code in sorted(things)]


def summary(register: Register) -> Row:
    """Return the register in a dozen lines: the notice, the version, how much there is of each."""
    return {
        "notice": plain(register.notice),
        "version": register.version,
        "region": register.city,
        "window": plain(register.window),
        "lead_orgs": len(register.lead_orgs),
        "counts": {name: len(list(part.things(register))) for name, part in LISTS.items()},
    }


def thing(register: Register, code: str) -> Row | None:
    """Return one task, measure, target, indicator, unit or region by its code; None: no such."""
    r = register
    known: Mapping[str, object] = {
        **r.regions,
        **r.orgs,
        **r.indicators,
        **{target.id: target for target in r.targets},
        **{measure.no: measure for measure in r.measures},
        **{str(task.no): task for task in r.tasks},
    }
    if code not in known:
        return None
    row: dict[str, Any] = plain(known[code])
    if code in r.orgs:
        return row | {
            "leads_tasks": [t.no for t in r.tasks if code in t.leads],
            "leads_measures": [m.no for m in r.measures if code in m.leads],
            "supports_measures": [m.no for m in r.measures if code in m.supports],
            "targets": [t.id for t in r.targets if code in t.leads],
            "reports": sorted(c for c, i in r.indicators.items() if code in i.reported_by),
            "duties": len(r.duties_of(code)),
        }
    if code in r.indicators:
        return row | {"targets": [target.id for target in r.targets_of(code)]}
    if code.isdecimal() and code not in r.regions:
        return row | {"measures": [measure.no for measure in r.measures_of(int(code))]}
    return row


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
