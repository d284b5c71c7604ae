"""The periods an alert names: how triggers join them, and what is said of each afterwards."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from duibiao.register import parse
from services.alerts.domain.alert import Colour, Named, Trigger


def worst(triggers: Iterable[Trigger]) -> Trigger:
    """Return the trigger of the highest colour, of equals that of the newest period."""
    return max(triggers, key=lambda one: (one.colour.rank, parse(one.period).last))


def merged(named: Sequence[Named], triggers: Iterable[Trigger]) -> tuple[Named, ...]:
    """Return the periods with those of the triggers among them, oldest first."""
    known = {one.period: one for one in named}
    for trigger in triggers:
        old = known.get(trigger.period)
        if old is None or supersedes(trigger, old):
            known[trigger.period] = Named(
                trigger.period,
                trigger.colour,
                trigger.occasion,
                trigger.late or (old is not None and old.late),
                trigger.figure,
            )
        elif trigger.colour.rank > old.colour.rank:
            known[trigger.period] = replace(old, colour=trigger.colour)
    return tuple(sorted(known.values(), key=lambda one: parse(one.period).last))


def supersedes(trigger: Trigger, named: Named) -> bool:
    """Whether a trigger is another matter than that for which its period was named.

    A figure that was owed has come and is bad, or a period that was only short is now missed.
    """
    if trigger.colour.rank < named.colour.rank:
        return False
    came = named.occasion == "figure" and trigger.occasion != "figure"
    return came or (named.colour is Colour.BLUE and trigger.colour is not Colour.BLUE)


def is_handled(handled: Named | None, trigger: Trigger) -> bool:
    """Whether the office has dealt with the period, in this colour or a higher one."""
    return handled is not None and handled.colour.rank >= trigger.colour.rank
