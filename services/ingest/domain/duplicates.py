"""Rows of one request that speak of the same thing, which is a fault of each of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from duibiao.register import Register
from services.ingest.domain.declaration import ROWS
from services.ingest.domain.fields import tidied
from services.ingest.domain.flaws import Flaw, Words
from services.ingest.domain.terms import Kind, Terms
from services.ingest.domain.written import Written

Identity = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Duplicates:
    """The faults, and the rows that have one."""

    flaws: Sequence[Flaw]
    indices: frozenset[int]


def duplicates(kind: Kind, rows: Sequence[object], terms: Terms) -> Duplicates:
    """Find rows of one identity among those whose identity can be read."""
    left_out = {"region": terms.register.city, "milestone": ""}
    places: dict[Identity, list[int]] = {}
    for index, row in enumerate(rows):
        identity = _identity(kind, row, left_out)
        if identity is not None:
            places.setdefault(identity, []).append(index)
    flaws = [
        _flaw(index, indices[0] if index != indices[0] else indices[1], identity, terms.register)
        for identity, indices in places.items()
        if len(indices) > 1
        for index in indices
    ]
    return Duplicates(flaws, frozenset(flaw.index for flaw in flaws if flaw.index is not None))


def _identity(kind: Kind, row: object, left_out: dict[str, str]) -> Identity | None:
    if not isinstance(row, Written):
        return None
    parts: list[str] = []
    for name in ROWS[kind].identity:
        part = row.get(name)
        part = left_out.get(name) if part in (None, "") else part
        if not isinstance(part, str):
            return None
        parts.append(tidied(part))
    return tuple(parts)


def _flaw(index: int, other: int, identity: Identity, register: Register) -> Flaw:
    said = (f"Row {other} of this submission", f"本次报送的第{other}行（从0起）")
    names = {"other": said, "duplicate_of": other, "identity": _called(identity, register)}
    return Flaw("duplicate-row", None, index, names)


def _called(identity: Identity, register: Register) -> Words:
    """Return an identity as messages name it: its codes, the Chinese names of them."""
    parts = [part for part in identity if part]
    known = register.indicators, register.regions
    names = {part: one[part].name_zh for one in known for part in parts if part in one}
    return " ".join(parts), "，".join(names.get(part, part) for part in parts)
