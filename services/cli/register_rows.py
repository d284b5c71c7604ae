"""The register as rows: what `duibiao register show` prints, and the same as JSON.

Rows have the fields of `duibiao.register`, which are those of the HTTP interface.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from duibiao.register import Register

Row = dict[str, Any]

_JSON: Final = msgspec.json.Encoder(enc_hook=str, decimal_format="number")


@dataclass(frozen=True, slots=True)
class Part:
    """One list of the register: its heading, the keys shown as columns, what is in it."""

    heading: str
    columns: tuple[str, ...]
    things: Callable[[Register], Iterable[object]]

    def rows(self, register: Register) -> list[Row]:
        """Return the list as JSON has it."""
        return [plain(thing) for thing in self.things(register)]


def plain(value: object) -> Row:
    """Return a value as JSON has it: figures as numbers, days and fractions as text."""
    row: Row = msgspec.json.decode(_JSON.encode(value))
    row.pop("counted_in", None)
    return row


_NAMES = ("code", "name_zh", "name", "kind")
_WORK = ("no", "title_zh", "title", "leads")
_MILESTONE = ("code", "title_zh", "title", "due")
_INDICATOR = ("code", "name_zh", "unit", "statistic", "reported_by")
_TARGET = ("id", "clause", "name_zh", "op", "threshold", "unit", "due", "basis")
_DUTY = ("id", "org", "due", "effective_due")
_RULE = ("id", "colour", "on", "name_zh", "enabled")

LISTS: Mapping[str, Part] = {
    "tasks": Part("重点任务 tasks", _WORK, lambda r: r.tasks),
    "measures": Part("具体措施 measures", _WORK, lambda r: r.measures),
    "milestones": Part(
        "节点 milestones", _MILESTONE, lambda r: [m for one in r.measures for m in one.milestones]
    ),
    "orgs": Part("单位 orgs", (*_NAMES, "region"), lambda r: _by_code(r.orgs)),
    "regions": Part("区划 regions", _NAMES, lambda r: _by_code(r.regions)),
    "indicators": Part("指标 indicators", _INDICATOR, lambda r: _by_code(r.indicators)),
    "targets": Part("目标值 targets", _TARGET, lambda r: r.targets),
    "duties": Part("报送任务 duties", _DUTY, lambda r: r.duties),
    "alerts": Part("预警规则 alert rules", _RULE, lambda r: r.alert_rules.rules),
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
    row = plain(known[code])
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
    "org": "单位",
    "effective_due": "实际时限",
    "colour": "颜色",
    "on": "情形",
    "enabled": "启用",
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
