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


def owner_of(rows: Sequence[object], terms: Terms, flaws: Flaws) -> Ownership:
    """Say whose the rows are. Whatever stands against it refuses the request as a whole.

    Rows that are no objects, and an `org` that is no text, are left to the checks of rows.
    """
    orgs: dict[int, str | None] = {}
    for index, row in enumerate(rows):
        if isinstance(row, Written) and isinstance(named := row.get("org") or "", str):
            orgs[index] = tidied(named) if named else terms.sender.org
    if not orgs:
        return Ownership(terms.sender.org)
    first = next(iter(orgs.values()))
    settled = first is not None
    for index, org in orgs.items():
        if org is None:
            flaws.bar(Flaw("org-required", "/org", index))
        elif first is not None and org != first:
            names = {"org": called(terms, org), "first": called(terms, first)}
            flaws.bar(Flaw("mixed-orgs", "/org", index, names))
        settled = settled and org == first
    return _spoken_for(str(first), list(orgs), terms, flaws) if settled else Ownership(None)


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
