"""Flaws: what is wrong with a request, as data. The words for them belong to `duibiao.web`.

Owns how flaws are gathered: the first `KEPT` in the order found, the number of all of them, and
which rows are spoiled by one; beside them warnings, which spoil nothing. Knows no HTTP and no
language but the few word pairs it is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

KEPT: Final = 1_000

Words = tuple[str, str]
"""The same thing said in English and in Chinese."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing to mend.

    Attributes:
        code: a fault code of `duibiao.web.problems`.
        pointer: RFC 6901 pointer into the row; None for the row or the body as a whole.
        index: the row, from 0; None for the body as a whole.
        names: what the wording of the code speaks of.
        line: the row as a spreadsheet numbers it, where the body is one.

    """

    code: str
    pointer: str | None = None
    index: int | None = None
    names: Mapping[str, object] = field(default_factory=dict)
    line: int | None = None


class Flaws:
    """The flaws of one request.

    `barred` says that one of them refuses the request as a whole, in partial mode too.
    """

    __slots__ = ("barred", "kept", "spoiled", "total", "warnings")

    def __init__(self) -> None:
        self.kept: list[Flaw] = []
        self.total = 0
        self.spoiled: set[int] = set()
        self.barred = False
        self.warnings: list[Flaw] = []

    def __bool__(self) -> bool:
        """Whether there is any."""
        return self.total > 0

    def add(self, flaw: Flaw) -> None:
        """Count a flaw, spoil its row, and keep it while there is room."""
        self.total += 1
        if len(self.kept) < KEPT:
            self.kept.append(flaw)
        if flaw.index is not None:
            self.spoiled.add(flaw.index)

    def bar(self, flaw: Flaw) -> None:
        """Count a flaw that refuses the whole request."""
        self.add(flaw)
        self.barred = True

    def first(self, flaw: Flaw) -> None:
        """Count a flaw that is listed before all others."""
        self.total += 1
        self.kept = [flaw, *self.kept][:KEPT]

    def warn(self, flaw: Flaw) -> None:
        """Note something to look at again; it refuses nothing."""
        self.warnings.append(flaw)

    def heeded(self) -> tuple[Flaw, ...]:
        """Return the warnings about rows that are not spoiled."""
        return tuple(flaw for flaw in self.warnings if flaw.index not in self.spoiled)

    def listed(self) -> tuple[Flaw, ...]:
        """Return those kept, first those of the body, then row by row."""
        return tuple(sorted(self.kept, key=lambda flaw: -1 if flaw.index is None else flaw.index))
