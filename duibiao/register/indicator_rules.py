"""How the cases of an indicator are counted, and when its data are asked about."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, get_args

from pydantic import Field

from duibiao.register import field_types as types

GROUNDS: tuple[types.PauseGround, ...] = get_args(types.PauseGround)


@dataclass(frozen=True, slots=True)
class ClockRules:
    """What may stop or lengthen the clock of a case, and what is asked about (domain.md section 4).

    `limit`: a case is within it up to so many days, or up to the deadline that it states itself.
    `max_paused` (None: no cap) and `max_extension` are days of one case, in the indicator's unit.
    `approve_extensions`: an extension counts only once the office approves it;
    `approve_pauses_over`: so does a pause of more days than this (None: none does).
    `pause_share_alarm` is a percentage; `usual_age` is in calendar days.
    """

    limit: types.CaseLimit = "threshold"
    grounds: types.Some[types.PauseGround] = GROUNDS
    max_paused: types.Workdays | None = None
    max_extension: types.Workdays = 0
    approve_extensions: types.Flag = False
    approve_pauses_over: types.Workdays | None = None
    pause_share_alarm: Annotated[types.Number, Field(ge=0, le=100)] = Decimal(30)
    usual_age: Annotated[types.Whole, Field(ge=1)] = 730

    @property
    def asks(self) -> bool:
        """Whether the office has to approve anything."""
        return self.approve_extensions or self.approve_pauses_over is not None


@dataclass(frozen=True, slots=True)
class DoubtRules:
    """When the office is asked about the data of a unit; nothing here changes a verdict.

    `jump`: how far a figure may lie outside the range of the unit's earlier ones, in percent of its
    nearer end, for shares in percentage points (None: 50, for shares 20). `at_limit`: percentage of
    cases that last exactly the limit. `keyed_within`: working days after a case's completion.
    `last_minutes` of the last day on which a figure is in time. `agrees_with`: an indicator of the
    same unit and period that should be equal up to `agrees_within`, in that unit.
    """

    jump: Annotated[types.Number, Field(gt=0)] | None = None
    at_limit: Annotated[types.Number, Field(ge=0, le=100)] = Decimal(50)
    keyed_within: types.Workdays = 10
    last_minutes: Annotated[types.Whole, Field(ge=0, le=1440)] = 30
    agrees_with: types.IndicatorRef | None = None
    agrees_within: types.NotNegative = Decimal(5)


# What holds for an indicator unless its entry says otherwise.
USUAL_CLOCK, USUAL_DOUBTS = ClockRules(), DoubtRules()
