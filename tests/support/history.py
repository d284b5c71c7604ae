"""The history checker: what clients were told, held against what is there afterwards.

Clients write values that nobody else writes and log what they heard of each: `ok`, `fail`, or
`unknown` where no answer came. Every place that should hold the values is then read whole. In each
of them every ok must stand exactly once, every fail nowhere, every unknown at most once, nothing
that nobody wrote, and the values of a key in the order in which they were written.

The checker knows nothing of the product: tests/support/evidence.py reads its places.
"""

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["ok", "fail", "unknown"]
TOLD = 5  # values that a fault names


@dataclass(frozen=True, slots=True)
class Line:
    """What a client knows of one value.

    Attributes:
        key: the values of a key keep their order, where order is kept at all.
        value: written by nobody else, and once only.
        outcome: what the client heard.
        group: what was answered as one, such as a submission; "" where nothing was.
        tags: what the tests that wrote it want to know of it again.

    """

    key: str
    value: str
    outcome: Outcome
    group: str = ""
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere where values stand afterwards, as they were found there, all of them.

    Attributes:
        name: for people.
        found: the values, oldest first where the place has an order.
        ordered: whether it has.
        tag: it concerns only the lines that carry this tag; "" all of them.

    """

    name: str
    found: Sequence[str]
    ordered: bool = True
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """An alert: what it is about, and whether a person has dealt with it or still has to."""

    identity: str
    periods: Collection[str]
    state: str


class History:
    """The log of all clients. Shared between threads; the lines of a key come in its order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: dict[str, Line] = {}

    def say(
        self, key: str, value: str, outcome: Outcome, *, group: str = "", tags: Collection[str] = ()
    ) -> None:
        """Log what was heard of a value; a value is logged once, when no more will be heard."""
        with self._lock:
            assert value not in self._lines, f"{value} is written twice"
            self._lines[value] = Line(key, value, outcome, group, frozenset(tags))

    def say_all(self, key: str, values: Iterable[str], outcome: Outcome = "ok") -> None:
        """Log the same of several values of a key, in their order."""
        for value in values:
            self.say(key, value, outcome)

    def __iter__(self) -> Iterator[Line]:
        """Go through the lines, those of a key in order."""
        with self._lock:
            return iter(list(self._lines.values()))

    def __len__(self) -> int:
        return len(self._lines)

    def lines(self, tag: str = "") -> list[Line]:
        return [line for line in self if not tag or tag in line.tags]

    def outcomes(self) -> Mapping[Outcome, int]:
        return Counter(line.outcome for line in self)

    def groups(self) -> Mapping[str, Sequence[Line]]:
        """Return the lines by what was answered as one."""
        found: dict[str, list[Line]] = {}
        for line in self:
            if line.group:
                found.setdefault(line.group, []).append(line)
        return found


def without_card(breaches: Iterable[tuple[str, str]], cards: Iterable[Card]) -> list[str]:
    """Return the breaches, each an identity and a period, that no card names, in words.

    A card that resolved itself is none (the invariant of domain.md section 7).
    """
    named = {
        (card.identity, period)
        for card in cards
        if card.state != "resolved"
        for period in card.periods
    }
    return [f"{key} {period} has no card" for key, period in breaches if (key, period) not in named]


def faults(history: History, *places: Place) -> list[str]:
    """Return everything that is wrong, in words; empty when all is well."""
    return [fault for place in places for fault in _faults(history, place)]


def check(history: History, *places: Place) -> None:
    """Fail with all faults."""
    found = faults(history, *places)
    assert not found, "\n".join(found)


def _faults(history: History, place: Place) -> list[str]:
    lines = history.lines(place.tag)
    standing = Counter(place.found)
    said = {line.value for line in lines}
    wrong = {
        "lost": [one.value for one in lines if one.outcome == "ok" and not standing[one.value]],
        "there more than once": [value for value, times in standing.items() if times > 1],
        "refused and there": [
            one.value for one in lines if one.outcome == "fail" and standing[one.value]
        ],
        "written by nobody": [value for value in standing if value not in said],
        "out of order": _out_of_order(lines, place.found) if place.ordered else [],
    }
    return [_told(place, what, values) for what, values in wrong.items() if values]


def _out_of_order(lines: Sequence[Line], found: Sequence[str]) -> list[str]:
    """Return the values that stand behind one of their key that was written after them."""
    written = {line.value: (line.key, number) for number, line in enumerate(lines)}
    last: dict[str, int] = {}
    wrong = []
    for value in dict.fromkeys(found):
        if value in written:
            key, number = written[value]
            if number < last.get(key, -1):
                wrong.append(value)
            last[key] = max(number, last.get(key, -1))
    return wrong


def _told(place: Place, what: str, values: Sequence[str]) -> str:
    more = f" and {len(values) - TOLD} more" if len(values) > TOLD else ""
    return f"{place.name}: {len(values)} {what}: {', '.join(values[:TOLD])}{more}"
