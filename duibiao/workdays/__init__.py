"""Working days in Asia/Shanghai by the State Council's yearly calendar.

Owns the counting of days; knows no case, no limit and no target. Dates go in, whole days come out,
each with a mark saying whether the calendar of those years was known.
"""

from duibiao.workdays.calendars import Calendar, StateCouncilCalendar
from duibiao.workdays.counting import (
    CALENDAR_DAYS,
    SHANGHAI,
    Count,
    Due,
    Span,
    Workdays,
    local_day,
)
from duibiao.workdays.moments import from_us, to_us

__all__ = [
    "CALENDAR_DAYS",
    "SHANGHAI",
    "Calendar",
    "Count",
    "Due",
    "Span",
    "StateCouncilCalendar",
    "Workdays",
    "from_us",
    "local_day",
    "to_us",
]
