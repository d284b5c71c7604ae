"""What is known of an alert's identity at one moment, as the reconciliation asks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from duibiao.register import parse
from services.alerts.domain.alert import Named, Trigger
from services.alerts.domain.news import Duty, Verdict


@dataclass(frozen=True, slots=True)
class KnownSeries:
    """A series: `rows` by period code, and the triggers they make."""

    rows: Mapping[str, Verdict]
    triggers: Sequence[Trigger]

    def good(self, named: Named) -> bool:
        """Whether the period itself is good again; a figure that was owed: whether it is there."""
        row = self.rows.get(named.period)
        return row is not None and (row.good or (named.occasion == "figure" and row.has_figure))

    def recovered(self, named: Named) -> bool:
        """Whether the period or a later one is good.

        A figure that was owed has come even where there is nothing to compare it with.
        `near_threshold` is good for every period but one that was named for it. What is missed
        and only waits for approvals is blue, and no later period ends it.
        """
        own = self.rows.get(named.period)
        if own is not None and own.granting_attains:
            return False
        last = parse(named.period).last
        return any(
            _recovers(row, named) for row in self.rows.values() if parse(row.period).last >= last
        )

    def marked(self, named: Named) -> Named:
        """Return the period with its bad figure, or with the good one restated in its place."""
        row = self.rows.get(named.period)
        if row is None:
            return named
        if row.breach:
            return replace(named, figure=row.value, restated=None)
        restated = row.good and row.ended and named.figure not in (None, row.value)
        return replace(named, restated=row.value if restated else None)


@dataclass(frozen=True, slots=True)
class KnownDuty:
    """A unit's duty, and the trigger it makes."""

    duty: Duty
    triggers: Sequence[Trigger]

    def good(self, _named: Named) -> bool:
        """Whether nothing is owed any more."""
        return self.duty.settled

    recovered = good

    def marked(self, named: Named) -> Named:
        """Return the period as it is: a duty has no figure."""
        return named


Known = KnownSeries | KnownDuty


def _recovers(row: Verdict, named: Named) -> bool:
    if named.occasion == "figure" and row.status == "unknown":
        return row.has_figure
    return row.good and not (named.occasion == "near_threshold" and row.near_threshold)
