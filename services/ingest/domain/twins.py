"""Rows of one request that speak of the same thing, which is a fault of each of them."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from services.ingest.domain.fields import tidied
from services.ingest.domain.flaws import Flaw, Flaws, Words
from services.ingest.domain.terms import Kind, Terms
from services.ingest.domain.written import Written

IDENTITY: Final[Mapping[Kind, tuple[str, ...]]] = {
    "observation": ("indicator", "region", "period"),
    "case": ("case_no", "indicator"),
    "progress_report": ("measure", "milestone", "period"),
    "approval": ("case_no", "indicator", "document"),
}
"""What makes two rows of one org speak of the same thing (domain.md section 5)."""

_LONG: Final = 200  # characters; of a longer identity a digest is remembered
_DIGEST: Final = 16  # bytes

Identity = tuple[str, ...]


class Twins:
    """Finds them among the rows as they come, remembering little of each."""

    def __init__(self, kind: Kind, terms: Terms) -> None:
        self._left_out = {"region": terms.register.city, "milestone": ""}
        self._register = terms.register
        self._names = IDENTITY[kind]
        self._first: dict[Identity | bytes, int] = {}
        self._found: dict[int, tuple[Words, list[int]]] = {}  # by the first of the twins
        self._indices: set[int] = set()

    def see(self, index: int, row: object) -> None:
        """Look at one row; rows come in their order."""
        identity = self._identity(row)
        if identity is None:
            return
        short = sum(map(len, identity)) <= _LONG
        first = self._first.setdefault(identity if short else _digest(identity), index)
        if first != index:
            named = self._called(identity)
            _, places = self._found.setdefault(first, (named, [first]))
            places.append(index)
            self._indices.update((first, index))

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._found)

    def __contains__(self, index: object) -> bool:
        """Whether a row has a twin."""
        return index in self._indices

    def tell(self, flaws: Flaws) -> None:
        """Tell them all."""
        for first, (named, indices) in sorted(self._found.items()):
            for index in indices:
                other = first if index != first else indices[1]
                said = (f"Row {other} of this submission", f"本次报送的第{other}行（从0起）")
                names = {"other": said, "twin": other, "identity": named}
                flaws.add(Flaw("duplicate-row", None, index, names))

    def _called(self, identity: Identity) -> Words:
        """Return an identity as messages name it: its codes, the Chinese names of them."""
        parts = [part for part in identity if part]
        known = self._register.indicators, self._register.regions
        names = {part: one[part].name_zh for one in known for part in parts if part in one}
        return " ".join(parts), "，".join(names.get(part, part) for part in parts)

    def _identity(self, row: object) -> Identity | None:
        if not isinstance(row, Written):
            return None
        parts: list[str] = []
        for name in self._names:
            part = row.get(name)
            part = self._left_out.get(name) if part in (None, "") else part
            if not isinstance(part, str):
                return None
            parts.append(tidied(part))
        return tuple(parts)


def _digest(identity: Identity) -> bytes:
    written = repr(identity).encode("utf-8", "surrogatepass")
    return blake2b(written, digest_size=_DIGEST).digest()
