"""Checking rows one by one: whose they are, each by its kind, and none said twice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.ingest.domain.cases import check_approval, check_case
from services.ingest.domain.declaration import ROWS
from services.ingest.domain.duplicates import duplicates
from services.ingest.domain.fields import Fields, Values
from services.ingest.domain.flaws import Flaw, Flaws
from services.ingest.domain.observations import check_observation
from services.ingest.domain.ownership import owner_of
from services.ingest.domain.reports import check_report
from services.ingest.domain.rules import check_rules
from services.ingest.domain.terms import Kind, Terms
from services.ingest.domain.written import Broken, Written, kind_of

_CHECKS: Final[Mapping[Kind, Callable[[Fields, Values, Terms], None]]] = {
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
        rows: those without a fault, by their place in the request.
        forbidden: the sender may not speak for the org.

    """

    org: str | None
    rows: Mapping[int, Values]
    forbidden: bool


def check(kind: Kind, written: Sequence[object], terms: Terms, flaws: Flaws) -> Checked:
    """Check all rows of a request; every fault goes to `flaws`."""
    ownership = owner_of(written, terms, flaws)
    found = duplicates(kind, written, terms)
    settled = terms.of(ownership.org)
    rows: dict[int, Values] = {}
    for index, value in enumerate(written):
        row = check_row(kind, value, index, settled, flaws)
        if row is not None and index not in found.indices and index not in flaws.spoiled:
            rows[index] = row
    for flaw in found.flaws:
        flaws.add(flaw)
    return Checked(ownership.org, rows, ownership.forbidden)


def check_row(kind: Kind, value: object, index: int, terms: Terms, flaws: Flaws) -> Values | None:
    """Check one row by itself; None where it has a fault, which is then among `flaws`."""
    if isinstance(value, Broken):
        flaws.add(Flaw(value.code, None, index, value.names))
        return None
    if not isinstance(value, Written):
        flaws.add(Flaw("not-an-object", None, index, {"kind": kind_of(value)}))
        return None
    before = flaws.total
    fields = Fields(value, index, terms, flaws)
    row = fields.read(ROWS[kind].fields)
    _CHECKS[kind](fields, row, terms)
    if flaws.total == before:
        check_rules(fields, kind, row, terms)
    return row if flaws.total == before else None
