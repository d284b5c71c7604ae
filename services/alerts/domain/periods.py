"""The periods an alert names: how findings join them, and what is said of each afterwards."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from duibiao.register import parse
from services.alerts.domain.alert import Colour, Finding, Named


def worst(findings: Iterable[Finding]) -> Finding:
    """Return the finding of the highest colour, of equals that of the newest period."""
    return max(findings, key=lambda one: (one.colour.rank, parse(one.period).last))


def merged(named: Sequence[Named], findings: Iterable[Finding]) -> tuple[Named, ...]:
    """Return the periods with those of the findings among them, oldest first."""
    known = {one.period: one for one in named}
    for finding in findings:
        old = known.get(finding.period)
        if old is None or supersedes(finding, old):
            known[finding.period] = Named(
                finding.period,
                finding.colour,
                finding.occasion,
                finding.late or (old is not None and old.late),
                finding.figure,
            )
        elif finding.colour.rank > old.colour.rank:
            known[finding.period] = replace(old, colour=finding.colour)
    return tuple(sorted(known.values(), key=lambda one: parse(one.period).last))


def supersedes(finding: Finding, named: Named) -> bool:
    """Whether a finding is another matter than that for which its period was named.

    A figure that was owed has come and is bad, or a period that was only short is now missed.
    """
    if finding.colour.rank < named.colour.rank:
        return False
    came = named.occasion == "figure" and finding.occasion != "figure"
    return came or (named.colour is Colour.BLUE and finding.colour is not Colour.BLUE)


def is_handled(handled: Named | None, finding: Finding) -> bool:
    """Whether the office has dealt with the period, in this colour or a higher one."""
    return handled is not None and handled.colour.rank >= finding.colour.rank
