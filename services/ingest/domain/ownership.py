"""Whose rows a request holds: one org's, and one that the sender may speak for."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.ingest.domain.fields import tidied
from services.ingest.domain.flaws import Flaw, Flaws
from services.ingest.domain.terms import Terms
from services.ingest.domain.written import Written, shown


@dataclass(frozen=True, slots=True)
class Ownership:
    """The org; None where it is not settled. `forbidden`: the sender may not speak for it."""

    org: str | None
    forbidden: bool = False


def whose(rows: Sequence[object], terms: Terms, flaws: Flaws) -> Ownership:
    """Settle whose rows these are. Whatever stands against it refuses the request as a whole.

    Rows that are no objects, and an `org` that is no text, are left to the checks of rows.
    """
    own = terms.sender.org
    named = [
        (index, tidied(org) if org else own)
        for index, row in enumerate(rows)
        if isinstance(row, Written) and isinstance(org := row.get("org") or "", str)
    ]
    if not named:
        return Ownership(own)
    first = next((org for _, org in named if org is not None), None)
    strangers = [(index, org) for index, org in named if org is None or org != first]
    for index, org in strangers:
        if org is None:
            flaws.bar(Flaw("org-required", "/org", index))
        else:
            names = {"org": shown(org), "first": shown(first)}
            flaws.bar(Flaw("mixed-orgs", "/org", index, names))
    if strangers:
        return Ownership(None)
    return _spoken_for(str(first), [index for index, _ in named], terms, flaws)


def _spoken_for(org: str, indices: Sequence[int], terms: Terms, flaws: Flaws) -> Ownership:
    if org == terms.sender.org:
        return Ownership(org)
    if not terms.sender.office:
        for index in indices:
            names = {"own": terms.sender.org, "org": shown(org)}
            flaws.bar(Flaw("other-org", "/org", index, names))
        return Ownership(None, forbidden=True)
    if org not in terms.register.orgs:
        for index in indices:
            flaws.bar(Flaw("unknown-org", "/org", index, {"value": shown(org)}))
        return Ownership(None)
    return Ownership(org)
