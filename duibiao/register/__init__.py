"""The register: one notice as reviewed data, read once and shared.

Owns the values, their loading from YAML with all faults told at once, and the words for periods.
Services read it; none writes it.
"""

from duibiao.register.faults import Fault, RegisterError
from duibiao.register.loading import check, default_folder, load
from duibiao.register.periods import PERIOD_TYPES, Period, PeriodType, containing, parse
from duibiao.register.register import Register
from duibiao.register.values import (
    AlertLevel,
    AlertRule,
    AlertRules,
    Baseline,
    Basis,
    Colour,
    Direction,
    DueRule,
    Duty,
    Indicator,
    Measure,
    Milestone,
    Notice,
    Occasion,
    Op,
    Org,
    OrgKind,
    Region,
    RegionKind,
    Statistic,
    Target,
    Task,
    Unit,
    Verb,
    Window,
)

__all__ = [
    "PERIOD_TYPES",
    "AlertLevel",
    "AlertRule",
    "AlertRules",
    "Baseline",
    "Basis",
    "Colour",
    "Direction",
    "DueRule",
    "Duty",
    "Fault",
    "Indicator",
    "Measure",
    "Milestone",
    "Notice",
    "Occasion",
    "Op",
    "Org",
    "OrgKind",
    "Period",
    "PeriodType",
    "Region",
    "RegionKind",
    "Register",
    "RegisterError",
    "Statistic",
    "Target",
    "Task",
    "Unit",
    "Verb",
    "Window",
    "check",
    "containing",
    "default_folder",
    "load",
    "parse",
]
