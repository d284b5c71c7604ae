"""Checking all rows of one request: whose they are, each by its kind, and none said twice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.ingest.domain import cases, observations, reports
from services.ingest.domain.fields import Fields, tidied
from services.ingest.domain.flaws import Flaw, Flaws
from services.ingest.domain.ownership import whose
from services.ingest.domain.rows import Row
from services.ingest.domain.rules import check_rules
from services.ingest.domain.terms import Kind, Terms
from services.ingest.domain.written import Broken, Written, kind_of

FIELDS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "observation": observations.FIELDS,
    "case": cases.FIELDS,
    "progress_report": reports.FIELDS,
}
IDENTITY: Final[Mapping[Kind, tuple[str, ...]]] = {
    "observation": ("indicator", "region", "period"),
    "case": ("case_no", "indicator"),
    "progress_report": ("measure", "milestone", "period"),
}
"""What makes two rows of one org speak of the same thing (domain.md section 5)."""

_CHECKS: Final[Mapping[Kind, Callable[[Fields, int, Terms], Row]]] = {
    "observation": observations.check_observation,
    "case": cases.check_case,
    "progress_report": reports.check_report,
}


@dataclass(frozen=True, slots=True)
class Checked:
    """Rows of a request after the checks.

    Attributes:
        org: whose they are; None where that could not be settled.
        rows: those without a fault, in order.
        received: how many there were.
        flaws: everything that is wrong.
        forbidden: the sender may not speak for the org.

    """

    org: str | None
    rows: Sequence[Row]
    received: int
    flaws: Flaws
    forbidden: bool


def check(kind: Kind, written: Sequence[object], terms: Terms, flaws: Flaws) -> Checked:
    """Check the rows of a request, telling every fault of every row into `flaws`."""
    ownership = whose(written, terms, flaws)
    settled = terms.of(ownership.org)
    rows = [
        row
        for index, value in enumerate(written)
        if (row := check_row(kind, value, index, settled, flaws)) is not None
    ]
    _tell_twins(kind, written, terms, flaws)
    kept = [row for row in rows if row.index not in flaws.spoiled]
    return Checked(ownership.org, kept, len(written), flaws, ownership.forbidden)


def check_row(kind: Kind, value: object, index: int, terms: Terms, flaws: Flaws) -> Row | None:
    """Check one row by itself; None where it has a fault, which is then among `flaws`."""
    if isinstance(value, Broken):
        flaws.add(Flaw(value.code, None, index, value.names))
        return None
    if not isinstance(value, Written):
        flaws.add(Flaw("not-an-object", None, index, {"kind": kind_of(value)}))
        return None
    before = flaws.total
    fields = Fields(value, index, terms, flaws)
    row = _CHECKS[kind](fields, index, terms)
    if flaws.total == before:
        check_rules(fields, kind, row, terms)
    return row if flaws.total == before else None


def _tell_twins(kind: Kind, written: Sequence[object], terms: Terms, flaws: Flaws) -> None:
    """Two rows about the same thing in one request are a fault of each of them."""
    places: dict[tuple[str, ...], list[int]] = {}
    for index, value in enumerate(written):
        identity = _identity(kind, value, terms)
        if identity is not None:
            places.setdefault(identity, []).append(index)
    for identity, indices in places.items():
        if len(indices) > 1:
            named = " ".join(part for part in identity if part)
            for index in indices:
                other = indices[0] if index != indices[0] else indices[1]
                said = (f"Row {other} of this submission", f"本次报送的第{other}行（从0起）")
                names = {"other": said, "twin": other, "identity": named}
                flaws.add(Flaw("duplicate-row", None, index, names))


def _identity(kind: Kind, value: object, terms: Terms) -> tuple[str, ...] | None:
    if not isinstance(value, Written):
        return None
    left_out = {"region": terms.register.city, "milestone": ""}
    parts: list[str] = []
    for name in IDENTITY[kind]:
        part = value.get(name)
        part = left_out.get(name) if part in (None, "") else part
        if not isinstance(part, str):
            return None
        parts.append(tidied(part))
    return tuple(parts)
