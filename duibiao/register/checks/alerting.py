"""Alert rules: each with what its occasion needs, and nothing its occasion has no use for."""

from collections.abc import Iterator, Mapping
from typing import get_args

from duibiao.register.checks.known import repeated
from duibiao.register.documents import Document, Entry
from duibiao.register.faults import Fault
from duibiao.register.field_types import DutyStatus, VerdictStatus

VERDICT_STATUSES = get_args(VerdictStatus)
DUTY_STATUSES = get_args(DutyStatus)

_STATUSES: Mapping[str, tuple[str, ...]] = {"verdict": VERDICT_STATUSES, "duty": DUTY_STATUSES}
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "verdict": ("statuses",),
    "duty": ("statuses",),
    "figure": ("after_workdays",),
    "reply": ("after_workdays",),
    "near_threshold": (),
}
_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "verdict": ("statuses", "attainment_below", "periods"),
    "duty": ("statuses",),
    "figure": ("after_workdays",),
    "reply": ("after_workdays",),
    "near_threshold": (),
}
_CONDITIONS = ("statuses", "attainment_below", "periods", "after_workdays")


def alert_faults(document: Document) -> Iterator[Fault]:
    """Tell what is wrong with alerts.yaml."""
    rules = list(document.entries("rules"))
    yield from repeated(rules, "rule")
    for rule in rules:
        yield from _rule_faults(rule)


def _rule_faults(rule: Entry) -> Iterator[Fault]:
    occasion = rule.text("occasion")
    if occasion not in _ALLOWED:
        return  # told by the schema
    for key in _CONDITIONS:
        if key in _NEEDED[occasion] and key not in rule.data:
            yield rule.fault(
                f"a rule on {occasion} needs {key}", f"{occasion} 规则须写 {key}", "occasion"
            )
        elif key in rule.data and key not in _ALLOWED[occasion]:
            yield rule.fault(
                f"{key} means nothing on {occasion}", f"{key} 不适用于 {occasion}", key
            )
    fitting = _STATUSES.get(occasion, ())
    for status in rule.texts("statuses") if fitting else ():
        if status not in fitting and status in VERDICT_STATUSES + DUTY_STATUSES:
            yield rule.fault(
                f"{status} is no status of a {occasion}",
                f"{status} 不是 {occasion} 的状态",
                "statuses",
            )
    if occasion == "reply" and rule.text("colour") in ("blue", "yellow"):
        yield rule.fault(
            "a yellow left unanswered rises to red, not to less",
            "黄牌逾期未回复只能升为红牌",
            "colour",
        )
