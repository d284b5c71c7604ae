"""The register as rows: what `duibiao register show` prints, and the same as JSON.

Rows have the fields of `duibiao.register`, which are those of the HTTP interface.
"""

from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from typing import Any, Final, NamedTuple

import msgspec

from duibiao.register import Register

Row = dict[str, Any]

_JSON: Final = msgspec.json.Encoder(enc_hook=str, decimal_format="number")

# Chinese words for the keys of a row.
LABELS: Final[Mapping[str, str]] = msgspec.json.decode(
    (files(__package__) / "register_labels.json").read_bytes()
)


class Part(NamedTuple):
    """One list of the register: its heading, the keys shown as columns, what is in it."""

    heading: str
    columns: tuple[str, ...]
    things: Callable[[Register], Iterable[object]]


_NAMES = ("code", "name_zh", "name", "kind")
_WORK = ("no", "title_zh", "title", "leads")
_MILESTONE = ("code", "title_zh", "title", "due")
_INDICATOR = ("code", "name_zh", "unit", "statistic", "reported_by")
_TARGET = ("id", "clause", "name_zh", "op", "threshold", "unit", "due", "basis")
_DUTY = ("id", "org", "due", "effective_due")
_RULE = ("id", "colour", "on", "name_zh", "enabled")

LISTS: Final[Mapping[str, Part]] = {
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


def plain(value: object) -> Row:
    """Return a value as JSON has it: figures as numbers, days and fractions as text."""
    row: Row = msgspec.json.decode(_JSON.encode(value))
    for derived in ("counted_in", "stated"):
        row.pop(derived, None)
    return row


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


def thing(r: Register, code: str) -> Row | None:
    """Return one task, measure, target, indicator, unit or region by its code; None: no such."""
    if code in r.regions:
        return plain(r.regions[code])
    if code in r.orgs:
        return plain(r.orgs[code]) | {
            "leads_tasks": [t.no for t in r.tasks if code in t.leads],
            "leads_measures": [m.no for m in r.measures if code in m.leads],
            "supports_measures": [m.no for m in r.measures if code in m.supports],
            "targets": [t.id for t in r.targets if code in t.leads],
            "reports": sorted(c for c, i in r.indicators.items() if code in i.reported_by),
            "duties": len(r.duties_of(code)),
        }
    if code in r.indicators:
        return plain(r.indicators[code]) | {"targets": [one.id for one in r.targets_of(code)]}
    for task in r.tasks:
        if code == str(task.no):
            return plain(task) | {"measures": [one.no for one in r.measures_of(task.no)]}
    works = {target.id: target for target in r.targets} | {one.no: one for one in r.measures}
    return plain(works[code]) if code in works else None
