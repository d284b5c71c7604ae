"""Rules: each with what its occasion or its check needs, and nothing that these have no use for."""

from collections.abc import Mapping
from dataclasses import astuple
from typing import Final, get_args

from duibiao.register.documents import table
from duibiao.register.field_types import DutyStatus, FieldError, VerdictStatus, unknown
from duibiao.register.reading import Located, Reading
from duibiao.register.values import FIELD_CHECKS, AlertRule, FieldRule, ScorecardWeights

_STATUSES: Final = {"verdict": get_args(VerdictStatus), "duty": get_args(DutyStatus)}
# What a rule on an occasion needs, and what it may have.
_CONDITIONS: Final[Mapping[str, tuple[str | None, tuple[str, ...]]]] = {
    "verdict": ("statuses", ("statuses", "attainment_below", "periods")),
    "duty": ("statuses", ("statuses",)),
    "figure": ("after_workdays", ("after_workdays",)),
    "reply": ("after_workdays", ("after_workdays",)),
    "near_threshold": (None, ()),
}
_CONDITION_KEYS: Final = {key for _, allowed in _CONDITIONS.values() for key in allowed}

# What a rule may speak of: the fields of each kind of row (the org apart), and what they hold.
ROW_FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    kind: {name: holds for holds, names in fields.items() for name in names}
    for kind, fields in table("row_fields").items()
}

_COMPARED: Final = {"not_before": "time", "not_after": "time", "at_most": "number"}


def check_rules(reading: Reading) -> None:
    """Check alerts.yaml and checks.yaml."""
    for alert_rule in reading.of(AlertRule):
        _check_alert_rule(alert_rule)
    for weights in reading.of(ScorecardWeights):
        if not any(astuple(weights.value)):
            weights.error("weightless")
    for entry in reading.of(FieldRule):
        _check_field_rule(entry)


def _check_alert_rule(entry: Located[AlertRule]) -> None:
    rule = entry.value
    given = [key for key in entry.given if key in _CONDITION_KEYS]
    needed, allowed = _CONDITIONS[rule.on]
    if needed is not None and needed not in given:
        entry.error("condition-needed", "occasion", key=needed)
    for key in given:
        if key not in allowed:
            entry.error("condition-unneeded", key, key=key)
    for status in rule.statuses:
        if status not in _STATUSES.get(rule.on, (status,)):
            entry.error("status-of-another", "statuses", status=status)
    if rule.on == "reply" and rule.colour != "red":
        entry.error("reply-not-red", "colour")


def _check_field_rule(entry: Located[FieldRule]) -> None:
    rule, fields = entry.value, ROW_FIELDS[entry.value.kind]
    _check_field(entry, rule.field, "field")
    for name in rule.when:
        _check_field(entry, name, "when", name)
        if fields.get(name, "text") not in ("text", "flag"):
            entry.error("no-word", "when", name, name=name)
    checks = [check for check in FIELD_CHECKS if getattr(rule, check) is not None]
    if len(checks) != 1:
        listed = ", ".join(FIELD_CHECKS)
        entry.error("one-check", *checks[1:2], checks=listed, count=len(checks))
        return
    other, wanted = rule.other, _COMPARED.get(rule.check)
    if other == "today" and wanted == "time":
        other = rule.field
    elif other == rule.field:
        entry.error("compared-with-itself", rule.check)
    _check_field(entry, other, rule.check)
    for name in dict.fromkeys((rule.field, other)):
        if wanted is not None and fields.get(name, wanted) != wanted:
            entry.error(f"compares-{wanted}s", rule.check, name=name)


def _check_field(entry: Located[FieldRule], name: str, *keys: str) -> None:
    try:
        unknown("field", "字段", name, ROW_FIELDS[entry.value.kind])
    except FieldError as error:
        entry.add(error.en, error.zh, *keys)
