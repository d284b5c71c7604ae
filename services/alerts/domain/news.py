"""What the service is told: a verdict or a duty's state that changed.

Owns the values and what they say of themselves (good, or a figure there at all). Whether they
raise an alert is decided by the rules, not here.
"""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Final

from duibiao.register import AlertLevel

# The statuses of a verdict from which an alert recovers (domain.md section 7).
GOOD_VERDICTS: Final = frozenset({"on_track", "met", "sustained"})

# The statuses of which none may go without a card (domain.md section 7).
BREACHES: Final = frozenset({"missed", "regressed"})

# The states of a duty nothing is owed on any more.
SETTLED_DUTIES: Final = frozenset({"on_time", "late", "zero_report", "exempt"})


@dataclass(frozen=True, slots=True)
class Series:
    """One target for one org and region; `org` None: over all orgs (the city's row, a region's)."""

    target: str
    org: str | None
    region: str

    def level(self, city: str) -> AlertLevel:
        """Return the level of the row: an org's own, a region's, or the city's."""
        if self.org is not None:
            return "org"
        return "city" if self.region == city else "region"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The last verdict of one series and period.

    `present` marks the row of the present period, `ended` that of a period that is over;
    `inputs_digest` is equal for equal inputs; `value` is the figure as exact text ("5.5", "11/3").
    `granting_attains`: not attained, but would be if what waits for the office were approved.
    """

    id: str
    series: Series
    period: str
    status: str
    reason: str | None
    value: str | None
    attainment_ratio: Fraction | None
    near_threshold: bool
    present: bool
    ended: bool
    inputs_digest: str
    evaluated_at: datetime
    granting_attains: bool = False

    @property
    def good(self) -> bool:
        """Whether an alert recovers by it."""
        return self.status in GOOD_VERDICTS

    @property
    def breach(self) -> bool:
        """Whether the target was missed, or fallen back from."""
        return self.status in BREACHES

    @property
    def has_figure(self) -> bool:
        """Whether a figure is there; an unknown verdict may lack only something to compare with."""
        return self.reason != "no_figure"


@dataclass(frozen=True, slots=True)
class Duty:
    """The last known state of one unit's duty; `effective_due` is itself still in time."""

    id: str
    org: str
    measure: str
    period: str
    status: str
    effective_due: date

    @property
    def settled(self) -> bool:
        """Whether nothing is owed any more, in time or not."""
        return self.status in SETTLED_DUTIES
