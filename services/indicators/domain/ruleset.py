"""What everything is measured with: the register and the calendar of working days."""

from dataclasses import dataclass, field

from duibiao.register import Register
from duibiao.workdays import Workdays
from services.indicators.domain.durations import Entry


@dataclass(frozen=True, slots=True)
class Ruleset:
    """The register whose targets are judged and the calendar whose days are counted.

    `counted`: what cases add to roll-ups, by their days and all else that it depends on.
    """

    register: Register
    workdays: Workdays
    counted: dict[object, tuple[Entry, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )
