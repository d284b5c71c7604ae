"""Checking all rows of one request: whose they are, each by its kind, and none said twice."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Protocol

from services.ingest.domain import approvals, cases, observations, reports
from services.ingest.domain.fields import Fields
from services.ingest.domain.flaws import Flaw, Flaws
from services.ingest.domain.ownership import Owners
from services.ingest.domain.rows import Row
from services.ingest.domain.rules import check_rules
from services.ingest.domain.terms import Kind, Terms
from services.ingest.domain.twins import Twins
from services.ingest.domain.written import Broken, Written, kind_of

FIELDS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "observation": observations.FIELDS,
    "case": cases.FIELDS,
    "progress_report": reports.FIELDS,
    "approval": approvals.FIELDS,
}
_AT_ONCE: Final = 32  # rows

_CHECKS: Final[Mapping[Kind, Callable[[Fields, int, Terms], Row]]] = {
    "observation": observations.check_observation,
    "case": cases.check_case,
    "progress_report": reports.check_report,
    "approval": approvals.check_approval,
}


@dataclass(frozen=True, slots=True)
class Checked:
    """Rows of a request after the checks.

    Attributes:
        org: whose they are; None where that could not be settled.
        received: how many there were.
        taken: how many of them have no fault.
        flaws: everything that is wrong.
        forbidden: the sender may not speak for the org.

    """

    org: str | None
    received: int
    taken: int
    flaws: Flaws
    forbidden: bool


class Keeper(Protocol):
    """Keeps rows without a fault."""

    def begin(self) -> None:
        """Forget what was kept: the rows come from the first on."""
        ...

    def keep(self, rows: Sequence[Row]) -> None:
        """Keep some rows; they come in order."""
        ...


def check(
    kind: Kind, written: Iterable[object], terms: Terms, flaws: Flaws, keeper: Keeper
) -> Checked:
    """Check the rows of a request; `flaws` is what reading them told so far.

    Only at their end is known whose the rows are, and which of them are twins. They are checked
    all the same as they come, as if all were like the first; where that proves wrong they are gone
    through once more. So no more than a few rows are held.
    """
    owners, twins = Owners(terms), Twins(kind, terms)
    guess: _Pass | None = None
    for rows in _some(written):
        for index, value in rows:
            owners.see(index, value)
            twins.see(index, value)
        if guess is None:
            org = owners.settle(Flaws()).org
            guess = _Pass(kind, terms.of(org), flaws.copy(), keeper)
        guess.take(rows)
    told = flaws.total
    ownership = owners.settle(flaws)
    org, forbidden = ownership.org, ownership.forbidden
    if guess is None:
        return Checked(org, 0, 0, flaws, forbidden)
    if flaws.total == told and guess.terms.org == org and not twins:
        return Checked(org, guess.received, guess.taken, guess.flaws, forbidden)
    known = _Pass(kind, terms.of(org), flaws, keeper)
    for rows in _some(written):
        known.take(rows, twins)
    twins.tell(flaws)
    return Checked(org, known.received, known.taken, flaws, forbidden)


def _some(written: Iterable[object]) -> Iterator[Sequence[tuple[int, object]]]:
    """Yield the rows with their places, some at a time: to do one thing with many is quicker."""
    rows = enumerate(written)
    while some := list(islice(rows, _AT_ONCE)):
        yield some


class _Pass:
    """One time through all rows, on terms that are settled or guessed."""

    def __init__(self, kind: Kind, terms: Terms, flaws: Flaws, keeper: Keeper) -> None:
        self.terms = terms
        self.flaws = flaws
        self.received = self.taken = 0
        self._kind = kind
        self._keeper = keeper
        keeper.begin()

    def take(self, rows: Sequence[tuple[int, object]], twins: Container[int] = ()) -> None:
        """Check rows; keep those without a fault, unless the request is refused anyway."""
        kind, terms, flaws = self._kind, self.terms, self.flaws
        checked = [check_row(kind, value, index, terms, flaws) for index, value in rows]
        sound = [
            row
            for row in checked
            if row is not None and row.index not in flaws.spoiled and row.index not in twins
        ]
        self.received += len(rows)
        self.taken += len(sound)
        if not flaws.barred:
            self._keeper.keep(sound)


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
