"""What everything is measured with: the register and the calendar of working days."""

from dataclasses import dataclass

from duibiao.register import Register
from duibiao.workdays import Workdays


@dataclass(frozen=True, slots=True)
class Yardstick:
    """The register whose targets are judged and the calendar whose days are counted."""

    register: Register
    workdays: Workdays
