"""Rules: each with what its occasion or its check needs, and nothing that these have no use for."""

from collections.abc import Mapping
from dataclasses import astuple
from typing import Final, get_args

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

_TEXT, _NUMBER, _FLAG, _TIME, _OTHER = "text", "number", "flag", "time", "other"
ROW_FIELDS: Mapping[str, Mapping[str, str]] = {
    "observation": {
        **dict.fromkeys(("indicator", "region", "period", "status", "comment"), _TEXT),
        **dict.fromkeys(("value", "numerator", "denominator", "sample_size"), _NUMBER),
        "stated_at": _TIME,
    },
    "case": {
        **dict.fromkeys(("case_no", "indicator", "region", "outcome"), _TEXT),
        **dict.fromkeys(("accepted_at", "completed_at", "deadline", "stated_at"), _TIME),
        **dict.fromkeys(("pauses", "extension", "labels"), _OTHER),
        "resolved": _FLAG,
    },
    "progress_report": {
        **dict.fromkeys(("measure", "period", "milestone", "state", "summary"), _TEXT),
        **dict.fromkeys(("done_on", "received_on", "stated_at"), _TIME),
        "zero_report": _FLAG,
    },
}
"""What a rule may speak of: the fields of each kind of row (the org apart), and what they hold."""

_COMPARED: Final = {"not_before": _TIME, "not_after": _TIME, "at_most": _NUMBER}


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
        if fields.get(name, _TEXT) not in (_TEXT, _FLAG):
            entry.error("no-word", "when", name, name=name)
    checks = [check for check in FIELD_CHECKS if getattr(rule, check) is not None]
    if len(checks) != 1:
        listed = ", ".join(FIELD_CHECKS)
        entry.error("one-check", *checks[1:2], checks=listed, count=len(checks))
        return
    other, wanted = rule.other, _COMPARED.get(rule.check)
    if other == "today" and wanted == _TIME:
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
