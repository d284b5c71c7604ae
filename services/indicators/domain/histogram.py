"""Exact counts of cases by the days they lasted, in the unit of their indicator.

A case's net days are whole numbers, so count, sum, mean, p90, maximum and the share within
a limit all come from one small table, which is mended, never recomputed, when a case changes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import floor
from operator import add
from typing import Any, NamedTuple


class Duration(NamedTuple):
    """How long a case lasted, in days of its indicator: `net` without the `paused` ones.

    `extended` lengthens its limit. `provisional`: a day outside the calendar's years was counted.
    `pending`: extensions and long pauses that wait for the office's approval and are not counted;
    granting all of them would add `pending_paused` to `paused` and `pending_extended` to
    `extended`. `past_deadline`: where the case's own deadline is its limit, the days past it
    (extension taken off), at least 1 once it has passed, 0 before; else None.
    """

    net: int
    extended: int
    provisional: bool = False
    paused: int = 0
    pending: int = 0
    pending_paused: int = 0
    pending_extended: int = 0
    past_deadline: int | None = None

    @property
    def gross(self) -> int:
        return self.net + self.paused

    @property
    def beyond(self) -> int:
        """What a limit is held against: days less the extension, or those past the deadline."""
        past = self.past_deadline
        return self.net - self.extended if past is None else past

    @property
    def compared(self) -> int:
        """What `each` shows the longest of: net days, or those past the deadline."""
        return self.net if self.past_deadline is None else self.past_deadline

    def limit(self, allowed: Decimal | Fraction | None) -> Fraction | None:
        """Return the days that this case may take, its extension with them.

        None where no limit holds for every case, or only the case's own deadline does.
        """
        if allowed is None or self.past_deadline is not None:
            return None
        return Fraction(allowed) + self.extended

    def overdue(self, allowed: Decimal | Fraction | None) -> Fraction | None:
        """Return the days beyond the limit, 0 within it; None where no limit holds."""
        return None if allowed is None else max(self.beyond - Fraction(allowed), Fraction(0))

    def to_dict(self) -> dict[str, int | bool | None]:
        return {
            "net": self.net,
            "paused": self.paused,
            "extended": self.extended,
            "provisional": self.provisional,
            "pending_approvals": self.pending,
            "pending_paused": self.pending_paused,
            "pending_extended": self.pending_extended,
            "past_deadline": self.past_deadline,
        }

    @property
    def granted(self) -> "Duration":
        """How long it lasted if all that waits for approval were granted."""
        paused, extended, past = self.pending_paused, self.pending_extended, self.past_deadline
        return Duration(
            self.net - paused,
            self.extended + extended,
            self.provisional,
            self.paused + paused,
            past_deadline=None if past is None else max(past - extended, 0),
        )


class ClockTotals(NamedTuple):
    """Working days of some cases together, and how many of the cases were extended.

    `pending` counts what waits for approval; granting it would pause `pending_paused` days more.
    """

    cases: int
    gross: int
    paused: int
    extended: int
    net: int
    extended_cases: int
    pending: int
    pending_paused: int

    def plus(self, other: "ClockTotals") -> "ClockTotals":
        return ClockTotals(*map(add, self, other))

    def to_dict(self) -> dict[str, int]:
        shown = self._asdict()
        shown["pending_approvals"] = shown.pop("pending")
        return shown


@dataclass(frozen=True, slots=True)
class Histogram:
    """Cases by `Duration`. Every count is positive; two histograms of the same cases are equal."""

    counts: Mapping[Duration, int] = field(default_factory=dict)

    @classmethod
    def of(cls, durations: Iterable[Duration]) -> "Histogram":
        return cls(Counter(durations))

    @classmethod
    def of_groups(cls, groups: Iterable[Mapping[str, Any]]) -> "Histogram":
        """Return the cases of the groups of `groups`."""
        names = (*Duration._fields[:4], "pending_approvals", *Duration._fields[5:])
        return cls({Duration(*(group[name] for name in names)): group["cases"] for group in groups})

    def groups(self) -> list[dict[str, int | bool | None]]:
        """Return groups of equal cases in order, fit for JSON."""
        return [{**k.to_dict(), "cases": n} for k, n in sorted(self.counts.items())]

    def changed(self, delta: Mapping[Duration, int]) -> "Histogram":
        """Return this histogram with counts added, or taken away where negative.

        Raises:
            ValueError: more would be taken away than is there.

        """
        counts = dict(self.counts)
        for duration, number in delta.items():
            left = counts.get(duration, 0) + number
            if left < 0:
                raise ValueError(f"{duration} counted {left} times")
            if left:
                counts[duration] = left
            else:
                counts.pop(duration, None)
        return Histogram(counts)

    def __add__(self, other: "Histogram") -> "Histogram":
        return self.changed(other.counts)

    def past(self, limit: Fraction) -> "Histogram":
        """Return the cases beyond the limit, each with its own extension."""
        whole = floor(limit)  # days are whole, so nothing lies between
        return Histogram({k: n for k, n in self.counts.items() if k.beyond > whole})

    def __bool__(self) -> bool:
        return bool(self.counts)

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    @property
    def total(self) -> int:
        return sum(k.net * n for k, n in self.counts.items())

    @property
    def clock(self) -> ClockTotals:
        """Working days of all cases together, and what is paused, extended and pending of them."""
        rows = self.counts.items()
        paused, net = sum(k.paused * n for k, n in rows), self.total
        return ClockTotals(
            cases=self.count,
            gross=net + paused,
            paused=paused,
            extended=sum(k.extended * n for k, n in rows),
            net=net,
            extended_cases=sum(n for k, n in rows if k.extended),
            pending=sum(k.pending * n for k, n in rows),
            pending_paused=sum(k.pending_paused * n for k, n in rows),
        )

    @property
    def granted(self) -> "Histogram":
        """The same cases if all that waits for approval were granted."""
        counts: Counter[Duration] = Counter()
        for duration, number in self.counts.items():
            counts[duration.granted] += number
        return Histogram(counts)

    @property
    def provisional(self) -> bool:
        return any(duration.provisional for duration in self.counts)

    @property
    def longest(self) -> int:
        """The most net days of any case. ValueError when there is none."""
        return max(duration.net for duration in self.counts)

    @property
    def most_compared(self) -> int:
        """The most of what `each` compares of any case: net days, or those past its deadline."""
        return max(duration.compared for duration in self.counts)

    @property
    def longest_beyond_extension(self) -> int:
        """The most of what a limit is held against of any case."""
        return max(duration.beyond for duration in self.counts)

    @property
    def mean(self) -> Fraction:
        """The average of working days. ZeroDivisionError when there is no case."""
        return Fraction(self.total, self.count)

    @property
    def p90_rank(self) -> int:
        """Which case from the shortest p90 is: ceil(0.9 n)."""
        return -(-self.count * 9 // 10)

    @property
    def p90(self) -> int:
        """The ceil(0.9 n)-th smallest number of days (nearest rank). ValueError without cases."""
        rank, seen = self.p90_rank, 0
        for duration, number in sorted(self.counts.items()):
            seen += number
            if seen >= rank:
                return duration.net
        raise ValueError("no cases")

    def within(self, limit: Fraction) -> int:
        """Cases within the limit, each with its own extension added; equality is within."""
        whole = floor(limit)
        return sum(n for k, n in self.counts.items() if k.beyond <= whole)


EMPTY = Histogram()
NO_CASES = EMPTY.clock
