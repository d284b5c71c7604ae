"""Errors of a request as data; the words for them belong to `duibiao.web`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

KEPT: Final = 1_000

# The same thing said in English and in Chinese.
Words = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing to correct.

    Attributes:
        code: an error code of `duibiao.web`.
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


class RowErrors:
    """The errors of one request: the first `KEPT`, the number of all, and the rows with one.

    `barred`: one of them refuses the request as a whole, in partial mode too. Warnings refuse
    nothing.
    """

    __slots__ = ("barred", "kept", "spoiled", "total", "warnings")

    def __init__(self) -> None:
        self.kept: list[RowError] = []
        self.total = 0
        self.spoiled: set[int] = set()
        self.barred = False
        self.warnings: list[RowError] = []

    def __bool__(self) -> bool:
        """Whether there is any."""
        return self.total > 0

    def add(self, error: RowError) -> None:
        """Count an error, and keep it while there is room."""
        self.total += 1
        if len(self.kept) < KEPT:
            self.kept.append(error)
        if error.index is not None:
            self.spoiled.add(error.index)

    def bar(self, error: RowError) -> None:
        """Count an error that refuses the whole request."""
        self.add(error)
        self.barred = True

    def first(self, error: RowError) -> None:
        """Count an error that is listed before all others."""
        self.total += 1
        self.kept = [error, *self.kept][:KEPT]

    def warn(self, warning: RowError) -> None:
        """Note something to look at again."""
        self.warnings.append(warning)

    def heeded(self) -> tuple[RowError, ...]:
        """Return the warnings about rows without an error."""
        return tuple(one for one in self.warnings if one.index not in self.spoiled)

    def listed(self) -> tuple[RowError, ...]:
        """Return the errors kept, first those of the body, then row by row."""
        return tuple(sorted(self.kept, key=lambda one: -1 if one.index is None else one.index))
