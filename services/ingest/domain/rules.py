"""Rules of the register between two fields of one row, looked at once each field is sound."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from duibiao.register import FieldCheck, FieldRule
from duibiao.workdays import local_day
from services.ingest.domain.fields import Fields, Values
from services.ingest.domain.terms import Kind, Terms

_TODAY: Final = "today"


def check_rules(fields: Fields, kind: Kind, row: Values, terms: Terms) -> None:
    """Tell every rule that a row breaks, at the field the rule is about."""
    for rule in terms.register.rules_of(kind):
        if not keeps(rule, row, terms.today):
            said = (rule.message, rule.message_zh)
            fields.flaw("rule-broken", rule.field, rule=rule.id, said=said)


def keeps(rule: FieldRule, row: Values, today: date) -> bool:
    """Whether a row keeps a rule; one that the rule does not speak of does."""
    value = value_of(row, rule.field)
    if value is None or any(_word(row, name) not in words for name, words in rule.when.items()):
        return True
    other = today if rule.other == _TODAY else value_of(row, rule.other)
    if rule.check in _PRESENCES:
        return _PRESENCES[rule.check](other is not None)
    return other is None or _COMPARISONS[rule.check](*alike(value, other))


def value_of(row: Values, name: str) -> object:
    """Return what a field holds; None where it was not given, and for a flag that is not set."""
    if name == "status":
        return row["status"] or "normal"
    value: object = row.get(name)
    return value if value or isinstance(value, Decimal) else None


def alike(value: object, other: object) -> tuple[object, object]:
    """Return two times as such, or both as days where one of them is a day; others as they are."""
    moments = isinstance(value, datetime), isinstance(other, datetime)
    if moments[0] and not moments[1]:
        return _day(value), other
    if moments[1] and not moments[0]:
        return value, _day(other)
    return value, other


def _day(value: object) -> object:
    return local_day(value) if isinstance(value, datetime) else value


def _word(row: Values, name: str) -> str:
    value = value_of(row, name)
    return "true" if value is True else "false" if value is None else str(value)


_PRESENCES: Final[Mapping[FieldCheck, Callable[[bool], bool]]] = {
    "needs": lambda given: given,
    "forbids": lambda given: not given,
}
_COMPARISONS: Final[Mapping[FieldCheck, Callable[..., bool]]] = {
    "not_before": lambda value, other: value >= other,
    "not_after": lambda value, other: value <= other,
    "at_most": lambda value, other: value <= other,
}
