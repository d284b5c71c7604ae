"""Exact counts of cases by the working days they lasted.

A case's net working days are whole numbers, so count, sum, mean, p90, maximum and the share within
a limit all come from one small table, which is mended, never recomputed, when a case changes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import NamedTuple


class Lasting(NamedTuple):
    """How long a case lasted: net working days, days of extension, and if a year was unknown."""

    days: int
    extension: int
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Histogram:
    """Cases by `Lasting`. Every count is positive; two histograms of the same cases are equal."""

    counts: Mapping[Lasting, int] = field(default_factory=dict)

    @classmethod
    def of(cls, lastings: Iterable[Lasting]) -> "Histogram":
        """Count cases one by one."""
        counts: dict[Lasting, int] = {}
        for lasting in lastings:
            counts[lasting] = counts.get(lasting, 0) + 1
        return cls(counts)

    @classmethod
    def unpack(cls, rows: Iterable[Iterable[int]]) -> "Histogram":
        """Read back what `pack` gave."""
        return cls({Lasting(d, e, bool(p)): n for d, e, p, n in rows})

    def pack(self) -> list[list[int]]:
        """Return `[days, extension, provisional, count]` rows in order, fit for JSON."""
        return [
            [k.days, k.extension, int(k.provisional), n] for k, n in sorted(self.counts.items())
        ]

    def changed(self, delta: Mapping[Lasting, int]) -> "Histogram":
        """Return this histogram with counts added, or taken away where negative.

        Raises:
            ValueError: more would be taken away than is there.

        """
        counts = dict(self.counts)
        for lasting, number in delta.items():
            left = counts.get(lasting, 0) + number
            if left < 0:
                raise ValueError(f"{lasting} counted {left} times")
            if left:
                counts[lasting] = left
            else:
                counts.pop(lasting, None)
        return Histogram(counts)

    def plus(self, other: "Histogram") -> "Histogram":
        """Return the cases of both."""
        return self.changed(other.counts)

    def minus(self, other: "Histogram") -> "Histogram":
        """Return the cases of this one without those of the other. ValueError as `changed`."""
        return self.changed({lasting: -number for lasting, number in other.counts.items()})

    def past(self, limit: Fraction) -> "Histogram":
        """Return the cases that lasted longer than the limit and their own extension."""
        whole = floor(limit)  # days are whole, so nothing lies between
        return Histogram({k: n for k, n in self.counts.items() if k.days - k.extension > whole})

    def __bool__(self) -> bool:
        return bool(self.counts)

    @property
    def count(self) -> int:
        """Cases."""
        return sum(self.counts.values())

    @property
    def total(self) -> int:
        """Working days of all cases together."""
        return sum(lasting.days * number for lasting, number in self.counts.items())

    @property
    def provisional(self) -> bool:
        """Whether any case was counted outside the calendar's years."""
        return any(lasting.provisional for lasting in self.counts)

    @property
    def longest(self) -> int:
        """The most working days of any case. ValueError when there is none."""
        return max(lasting.days for lasting in self.counts)

    @property
    def longest_beyond_extension(self) -> int:
        """The most days less the case's own extension: what a limit is held against."""
        return max(lasting.days - lasting.extension for lasting in self.counts)

    @property
    def mean(self) -> Fraction:
        """The average of working days. ZeroDivisionError when there is no case."""
        return Fraction(self.total, self.count)

    @property
    def p90(self) -> int:
        """The ceil(0.9 n)-th smallest number of days (nearest rank). ValueError without cases."""
        rank = -(-self.count * 9 // 10)
        seen = 0
        for lasting, number in sorted(self.counts.items()):
            seen += number
            if seen >= rank:
                return lasting.days
        raise ValueError("no cases")

    def within(self, limit: Fraction) -> int:
        """Cases within the limit, each with its own extension added; equality is within."""
        whole = floor(limit)
        return sum(n for k, n in self.counts.items() if k.days - k.extension <= whole)


EMPTY = Histogram()
