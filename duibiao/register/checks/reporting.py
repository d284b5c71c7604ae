"""Rules between the fields of a row: about fields that rows have, compared with their like."""

from collections.abc import Iterator, Mapping

from duibiao.register.checks.known import repeated, unknown
from duibiao.register.documents import Document, Entry
from duibiao.register.faults import Fault
from duibiao.register.values import FIELD_CHECKS

TODAY = "today"

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

_COMPARES: Mapping[str, str] = {"not_before": _TIME, "not_after": _TIME, "at_most": _NUMBER}


def rule_faults(document: Document) -> Iterator[Fault]:
    """Tell what is wrong with checks.yaml."""
    rules = list(document.entries("rules"))
    yield from repeated(rules, "rule")
    for rule in rules:
        yield from _rule_faults(rule)


def _rule_faults(rule: Entry) -> Iterator[Fault]:
    fields = ROW_FIELDS.get(rule.text("kind"))
    if fields is None:
        return  # told by the schema
    yield from unknown(rule, "field", "字段", rule.text("field"), fields, "field")
    yield from _condition_faults(rule.within("when"), fields)
    checks = [check for check in FIELD_CHECKS if check in rule.data]
    if len(checks) != 1:
        listed = ", ".join(FIELD_CHECKS)
        yield rule.fault(
            f"a rule has one of {listed}; this one has {len(checks)}",
            f"规则须有且只有 {listed} 之一，此处有 {len(checks)} 个",
            *checks[1:2],
        )
        return
    yield from _check_faults(rule, checks[0], fields)


def _condition_faults(when: Entry, fields: Mapping[str, str]) -> Iterator[Fault]:
    for name in when.data:
        yield from unknown(when, "field", "字段", name, fields, name)
        if fields.get(name, _TEXT) not in (_TEXT, _FLAG):
            yield when.fault(f"{name} holds no word", f"{name} 不是词", name)
        elif not when.texts(name):
            yield when.fault(
                f"{name}: a list of words, in quotes", f"{name}：应为加引号的词的列表", name
            )


def _check_faults(rule: Entry, check: str, fields: Mapping[str, str]) -> Iterator[Fault]:
    field, other, wanted = rule.text("field"), rule.text(check), _COMPARES.get(check)
    if other == TODAY and wanted == _TIME:
        other = field
    elif other == field:
        yield rule.fault("a field is compared with itself", "字段与自身比较", check)
    yield from unknown(rule, "field", "字段", other, fields, check)
    for name in dict.fromkeys((field, other)):
        if wanted is not None and fields.get(name, wanted) != wanted:
            yield rule.fault(
                f"{check} compares {wanted}s; {name} holds none",
                f"{check} 只能比较{'时间' if wanted == _TIME else '数字'}，{name} 不是",
                check,
            )
