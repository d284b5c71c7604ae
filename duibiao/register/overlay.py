"""The office's local overlay: thresholds it sets where the notice gives none, or tightens.

Owns what such a decision may do and how it shows: a figure laid over a target makes its basis
`local` and names who decided it and since when, so it can never pass for the notice's own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from duibiao.register.documents import Document
from duibiao.register.values import Target

_OPS: Mapping[str, Literal["<=", ">="]] = {"<=": "<=", ">=": ">=", "rise": ">=", "fall": "<="}


@dataclass(frozen=True, slots=True)
class Decision:
    """One local threshold, in the target's unit."""

    target: str
    threshold: Decimal
    decided_by: str
    since: date

    def laid_over(self, target: Target) -> Target:
        """Return the target with this threshold; a direction becomes a limit of that direction."""
        return replace(
            target,
            op=_OPS[target.op],
            threshold=self.threshold,
            basis="local",
            decided_by=self.decided_by,
            decided_since=self.since,
        )


def decisions_of(document: Document) -> tuple[Decision, ...]:
    """Return the decisions of a sound overlay."""
    return tuple(_decisions(document))


def _decisions(document: Document) -> Iterator[Decision]:
    for entry in document.entries("thresholds"):
        threshold, since = entry.number("threshold"), entry.day("since")
        if threshold is not None and since is not None:
            yield Decision(entry.text("target"), threshold, entry.text("decided_by"), since)
