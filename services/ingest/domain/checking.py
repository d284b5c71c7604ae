"""Checking rows one by one: whose they are, each by its kind, and none said twice.

The rules of the register between two fields of one row are looked at once each field is valid.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from duibiao.register import FieldRule
from duibiao.texts import tidied
from duibiao.workdays import local_day
from services.ingest.domain.cases import check_approval, check_case
from services.ingest.domain.codes import org_words
from services.ingest.domain.context import Kind, ValidationContext
from services.ingest.domain.errors import RowError, RowErrors, Words
from services.ingest.domain.observations import check_observation
from services.ingest.domain.raw import Invalid, RawObject, kind_of, shown
from services.ingest.domain.reading import RowReader, Values
from services.ingest.domain.reports import check_report
from services.ingest.domain.rows import ROWS

_CHECKS: Final[Mapping[Kind, Callable[[RowReader, Values, ValidationContext], None]]] = {
    "observation": check_observation,
    "case": check_case,
    "progress_report": check_report,
    "approval": check_approval,
}


@dataclass(frozen=True, slots=True)
class Checked:
    """Rows of a request after the checks.

    Attributes:
        org: whose they are; None where that could not be settled.
        rows: those without an error, by their place in the request.
        forbidden: the sender must not speak for the org.

    """

    org: str | None
    rows: Mapping[int, Values]
    forbidden: bool


def check(
    kind: Kind, raw: Sequence[object], terms: ValidationContext, errors: RowErrors
) -> Checked:
    """Check all rows of a request; every error goes to `errors`."""
    orgs = _orgs(raw, terms.sender.org)
    org, forbidden = _owner(orgs, terms, errors)
    duplicates = list(_duplicates(kind, raw, terms))
    # Where rows are of several orgs, each is checked as its own org's, so that all is told at once.
    known = terms.register.orgs
    settled = {one: terms.of(one if one in known else None) for one in {org, *orgs.values()}}
    rows: dict[int, Values] = {}
    for index, value in enumerate(raw):
        row = check_row(kind, value, index, settled[orgs.get(index, org)], errors)
        if row is not None:
            rows[index] = row
    for error in duplicates:
        errors.add(error)
    fine = {index: row for index, row in rows.items() if index not in errors.spoiled}
    return Checked(org, fine, forbidden)


def check_row(
    kind: Kind, value: object, index: int, terms: ValidationContext, errors: RowErrors
) -> Values | None:
    """Check one row by itself; None where it has an error, which is then among `errors`."""
    if isinstance(value, Invalid):
        errors.add(RowError(value.code, None, index, value.names))
        return None
    if not isinstance(value, RawObject):
        errors.add(RowError("not-an-object", None, index, {"kind": kind_of(value)}))
        return None
    before = errors.total
    reader = RowReader(value, index, terms, errors)
    row = reader.read(ROWS[kind].fields.values())
    _CHECKS[kind](reader, row, terms)
    if errors.total == before:
        _check_rules(reader, kind, row, terms)
    return row if errors.total == before else None


def _orgs(rows: Sequence[object], own: str | None) -> dict[int, str | None]:
    """Return the org of each row; rows whose `org` cannot be read are left to their own checks."""
    return {
        index: tidied(org) if org else own
        for index, row in enumerate(rows)
        if isinstance(row, RawObject) and isinstance(org := row.get("org") or "", str)
    }


def _owner(
    orgs: Mapping[int, str | None], terms: ValidationContext, errors: RowErrors
) -> tuple[str | None, bool]:
    """Return whose the rows are, None where that cannot be settled, and whether that is forbidden.

    Whatever stands against it refuses the request as a whole.
    """
    if not terms.sender.office:
        return _own(orgs, terms, errors)
    first = next(iter(orgs.values()), None)
    if set(orgs.values()) - {first} or first is None:
        for index, org in orgs.items():
            if org is None:
                errors.bar(RowError("org-required", "/org", index))
            elif first is not None and org != first:
                names = {"org": org_words(terms, org), "first": org_words(terms, first)}
                errors.bar(RowError("mixed-orgs", "/org", index, names))
        return None, False
    if first in terms.register.orgs:
        return first, False
    for index in orgs:
        errors.bar(RowError("unknown-org", "/org", index, {"value": shown(first)}))
    return None, False


def _own(
    orgs: Mapping[int, str | None], terms: ValidationContext, errors: RowErrors
) -> tuple[str | None, bool]:
    """Return the sender where it sends its own rows alone; forbidden are those of others alone."""
    own = str(terms.sender.org)
    others = {index: str(org) for index, org in orgs.items() if org != own}
    for index, org in others.items():
        names = {"own": org_words(terms, own), "org": org_words(terms, org)}
        errors.bar(RowError("other-org", "/org", index, names))
    return None if others else own, bool(others) and len(others) == len(orgs)


def _duplicates(kind: Kind, rows: Sequence[object], terms: ValidationContext) -> Iterator[RowError]:
    """Yield an error for each row of an identity that another one has, too."""
    places: dict[tuple[str, ...], list[int]] = {}
    for index, row in enumerate(rows):
        identity = _identity(kind, row, terms.register.city)
        if identity is not None:
            places.setdefault(identity, []).append(index)
    for identity, indices in places.items():
        for index in indices if len(indices) > 1 else ():
            other = indices[0] if index != indices[0] else indices[1]
            said = (
                f"Row {other} of this submission (counted from 0)",
                f"本次报送的第{other}行（从0起）",
            )
            names = {"other": said, "duplicate_of": other}
            names["identity"] = _identity_words(identity, terms)
            yield RowError("duplicate-row", None, index, names)


def _identity(kind: Kind, row: object, city: str) -> tuple[str, ...] | None:
    """Return what a row speaks of; None where that cannot be read."""
    if not isinstance(row, RawObject):
        return None
    left_out = {"region": city, "milestone": ""}
    given = {name: row.get(name) for name in ROWS[kind].identity}
    parts = [left_out.get(name) if part in (None, "") else part for name, part in given.items()]
    texts = [tidied(part) for part in parts if isinstance(part, str)]
    return tuple(texts) if len(texts) == len(parts) else None


def _identity_words(identity: tuple[str, ...], terms: ValidationContext) -> Words:
    """Return an identity as messages name it: its codes, the Chinese names of them."""
    parts = [part for part in identity if part]
    known = terms.register.indicators, terms.register.regions
    names = {part: one[part].name_zh for one in known for part in parts if part in one}
    return " ".join(parts), "，".join(names.get(part, part) for part in parts)


def _check_rules(reader: RowReader, kind: Kind, row: Values, terms: ValidationContext) -> None:
    """Tell every rule that a row breaks, at the field the rule is about."""
    for rule in terms.register.rules_of(kind):
        if not _keeps(rule, row, terms.today):
            said = (rule.message, rule.message_zh)
            reader.reject("rule-broken", rule.field, rule=rule.id, said=said)


def _keeps(rule: FieldRule, row: Values, today: date) -> bool:
    """Whether a row keeps a rule; one that the rule does not speak of does."""
    value = _value(row, rule.field)
    if value is None or any(_word(row, name) not in words for name, words in rule.when.items()):
        return True
    other = today if rule.other == "today" else _value(row, rule.other)
    if rule.check == "needs":
        return other is not None
    if rule.check == "forbids" or other is None:
        return other is None
    if isinstance(value, datetime) != isinstance(other, datetime):  # a time and a day: both as days
        value, other = _day(value), _day(other)
    return bool(value >= other if rule.check == "not_before" else value <= other)


def _value(row: Values, name: str) -> Any:  # noqa: ANN401 - whatever a field holds
    """Return what a field holds; None where it was not given, and for a flag that is not set."""
    if name == "status":
        return row["status"] or "normal"
    value = row.get(name)
    return value if value or isinstance(value, Decimal) else None


def _day(value: object) -> object:
    return local_day(value) if isinstance(value, datetime) else value


def _word(row: Values, name: str) -> str:
    value = _value(row, name)
    return "true" if value is True else "false" if value is None else str(value)
