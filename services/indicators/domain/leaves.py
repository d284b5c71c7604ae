"""What every org and region knows of one indicator in one period, found by either.

Besides the leaves it keeps what was made of them, org by org, until one of the org's leaves is
another; so the city's figure costs what its orgs cost, however many regions they report for.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from services.indicators.domain.rows import FigureStatement, Rollup

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Leaf:
    """What one org knows of one region in one period: its cases, and its standing figures there.

    `figures` are of the period itself or of finer ones within it, in the order of their keys.
    """

    org: str
    region: str
    rollup: Rollup | None = None
    figures: tuple[FigureStatement, ...] = ()

    def has_data(self, statistic: str) -> bool:
        """Whether it makes a row: open cases alone do not."""
        if self.figures:
            return True
        if self.rollup is None:
            return False
        return bool(self.rollup.accepted if statistic == "share" else self.rollup.completed)


class Leaves:
    """The leaves of one period. `by_org[org]` are those of an org in the order of its regions."""

    def __init__(self, leaves: Iterable[Leaf] = ()) -> None:
        self.by_org: dict[str, dict[str, Leaf]] = defaultdict(dict)
        self.by_region: dict[str, dict[str, Leaf]] = defaultdict(dict)
        self._made: dict[str, dict[str, Any]] = defaultdict(dict)
        self.number = 0
        for leaf in leaves:
            self.put(leaf)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield the org and the region of every leaf."""
        return ((org, region) for org, found in self.by_org.items() for region in found)

    def get(self, org: str, region: str) -> Leaf:
        """Return a leaf, one without anything where nothing is known."""
        found = self.by_org.get(org)
        return (found and found.get(region)) or Leaf(org, region)

    def put(self, leaf: Leaf) -> None:
        """Let a leaf stand in place of the one before."""
        org, region = leaf.org, leaf.region
        known = region in self.by_org.get(org, ())
        if leaf.rollup is not None or leaf.figures:
            self.by_org[org][region] = self.by_region[region][org] = leaf
            self.number += not known
        elif known:
            del self.by_org[org][region], self.by_region[region][org]
            self.number -= 1
        made = self._made.pop(org, {})
        for name, kept in made.items():
            if hasattr(kept, "put"):  # it follows leaf by leaf
                kept.put(leaf)
                self._made[org][name] = kept

    def put_rollup(self, rollup: Rollup) -> None:
        """Let a roll-up stand; an empty one goes."""
        known = self.get(rollup.key.org, rollup.key.region)
        kept = None if rollup.empty else rollup
        self.put(Leaf(known.org, known.region, kept, known.figures))

    def put_figure(self, figure: FigureStatement) -> None:
        """Let a reported figure stand."""
        known = self.get(figure.key.org, figure.key.region)
        figures: tuple[FigureStatement, ...] = (figure,)
        if known.figures:
            others = (one for one in known.figures if one.key != figure.key)
            figures = tuple(sorted((*others, figure), key=lambda one: one.key))
        self.put(Leaf(known.org, known.region, known.rollup, figures))

    def found(self, org: str, name: str) -> Any:  # noqa: ANN401 - whatever was made
        """Return what was made of an org's leaves under a name, None where nothing was."""
        made = self._made.get(org)
        return None if made is None else made.get(name)

    def cached(self, org: str, name: str, make: Callable[[], T]) -> T:
        """Return what was made of an org's leaves under a name; make it where they changed."""
        made = self._made[org]
        if name not in made:
            made[name] = make()
        found: T = made[name]
        return found
