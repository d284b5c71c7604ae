"""The register: one notice as reviewed data, read once and shared.

Owns the values, their loading from YAML with all errors told at once, and the words for periods.
Services read it; none writes it.
"""

from duibiao.register.errors import FileError as FileError
from duibiao.register.errors import RegisterError as RegisterError
from duibiao.register.field_types import AlertLevel as AlertLevel
from duibiao.register.field_types import Basis as Basis
from duibiao.register.field_types import Colour as Colour
from duibiao.register.field_types import Direction as Direction
from duibiao.register.field_types import DueRule as DueRule
from duibiao.register.field_types import DutyStatus as DutyStatus
from duibiao.register.field_types import FieldCheck as FieldCheck
from duibiao.register.field_types import Occasion as Occasion
from duibiao.register.field_types import Op as Op
from duibiao.register.field_types import OrgKind as OrgKind
from duibiao.register.field_types import PauseGround as PauseGround
from duibiao.register.field_types import RegionKind as RegionKind
from duibiao.register.field_types import RowKind as RowKind
from duibiao.register.field_types import Statistic as Statistic
from duibiao.register.field_types import Verb as Verb
from duibiao.register.field_types import VerdictStatus as VerdictStatus
from duibiao.register.files import PARTS as PARTS
from duibiao.register.indicator_rules import GROUNDS as GROUNDS
from duibiao.register.indicator_rules import ClockRules as ClockRules
from duibiao.register.indicator_rules import DoubtRules as DoubtRules
from duibiao.register.loading import check as check
from duibiao.register.loading import default_folder as default_folder
from duibiao.register.loading import load as load
from duibiao.register.periods import PERIOD_TYPES as PERIOD_TYPES
from duibiao.register.periods import Period as Period
from duibiao.register.periods import PeriodType as PeriodType
from duibiao.register.periods import containing as containing
from duibiao.register.periods import parse as parse
from duibiao.register.register import Register as Register
from duibiao.register.values import UNITS as UNITS
from duibiao.register.values import AlertRule as AlertRule
from duibiao.register.values import AlertRules as AlertRules
from duibiao.register.values import Baseline as Baseline
from duibiao.register.values import Chapter as Chapter
from duibiao.register.values import Duty as Duty
from duibiao.register.values import FieldRule as FieldRule
from duibiao.register.values import Indicator as Indicator
from duibiao.register.values import LocalThreshold as LocalThreshold
from duibiao.register.values import Measure as Measure
from duibiao.register.values import Milestone as Milestone
from duibiao.register.values import Notice as Notice
from duibiao.register.values import Org as Org
from duibiao.register.values import Region as Region
from duibiao.register.values import Target as Target
from duibiao.register.values import Task as Task
from duibiao.register.values import Unit as Unit
from duibiao.register.values import Usual as Usual
from duibiao.register.values import Window as Window
