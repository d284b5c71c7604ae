"""Whose rows a request holds: one org's, and one that the sender may speak for."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.ingest.domain.fields import tidied
from services.ingest.domain.flaws import Flaw, Flaws
from services.ingest.domain.naming import called
from services.ingest.domain.terms import Terms
from services.ingest.domain.written import Written, shown


@dataclass(frozen=True, slots=True)
class Ownership:
    """The org; None where it is not settled. `forbidden`: the sender may not speak for it."""

    org: str | None
    forbidden: bool = False


class Owners:
    """Gathers whose each row of a request is said to be, and settles it at the end.

    Rows that are no objects, and an `org` that is no text, are left to the checks of rows.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._first: str | None = None
        self._named: list[int] = []
        self._strangers: list[tuple[int, str | None]] = []

    def see(self, index: int, row: object) -> None:
        """Look at one row; rows come in their order."""
        if not isinstance(row, Written) or not isinstance(named := row.get("org") or "", str):
            return
        org = tidied(named) if named else self._terms.sender.org
        self._named.append(index)
        if self._first is None:
            self._first = org
        if org is None or org != self._first:
            self._strangers.append((index, org))

    def settle(self, flaws: Flaws) -> Ownership:
        """Say whose they are. Whatever stands against it refuses the request as a whole."""
        if not self._named:
            return Ownership(self._terms.sender.org)
        for index, org in self._strangers:
            if org is None:
                flaws.bar(Flaw("org-required", "/org", index))
            elif self._first is not None:
                names = {"org": called(self._terms, org), "first": called(self._terms, self._first)}
                flaws.bar(Flaw("mixed-orgs", "/org", index, names))
        if self._strangers:
            return Ownership(None)
        return _spoken_for(str(self._first), self._named, self._terms, flaws)


def _spoken_for(org: str, indices: Sequence[int], terms: Terms, flaws: Flaws) -> Ownership:
    if org == terms.sender.org:
        return Ownership(org)
    if not terms.sender.office:
        for index in indices:
            names = {"own": called(terms, str(terms.sender.org)), "org": called(terms, org)}
            flaws.bar(Flaw("other-org", "/org", index, names))
        return Ownership(None, forbidden=True)
    if org not in terms.register.orgs:
        for index in indices:
            flaws.bar(Flaw("unknown-org", "/org", index, {"value": shown(org)}))
        return Ownership(None)
    return Ownership(org)
