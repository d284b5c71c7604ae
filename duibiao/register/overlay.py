"""The office's local overlay: thresholds it sets where the notice gives none, or tightens.

Owns what such a decision may do and how it shows: a figure laid over a target makes its basis
`local` and names who decided it and since when, so it can never pass for the notice's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal

from duibiao.register.declared import Length
from duibiao.register.field_types import Code, NotNegative, TargetId
from duibiao.register.values import Target

_OPS: Mapping[str, Literal["<=", ">="]] = {"<=": "<=", ">=": ">=", "rise": ">=", "fall": "<="}


@dataclass(frozen=True, slots=True)
class Decision:
    """One local threshold, in the target's unit."""

    target: TargetId
    threshold: NotNegative
    unit: Code
    decided_by: Annotated[str, Length(2, 200)]
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
