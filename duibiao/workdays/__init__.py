"""Working days in Asia/Shanghai by the State Council's yearly calendar.

Owns the counting of days; knows no case, no limit and no target. Dates go in, whole days come out,
each with a mark saying whether the calendar of those years was known.
"""

from duibiao.workdays.calendars import Calendar as Calendar
from duibiao.workdays.calendars import StateCouncilCalendar as StateCouncilCalendar
from duibiao.workdays.counting import CALENDAR_DAYS as CALENDAR_DAYS
from duibiao.workdays.counting import SHANGHAI as SHANGHAI
from duibiao.workdays.counting import Count as Count
from duibiao.workdays.counting import Due as Due
from duibiao.workdays.counting import Span as Span
from duibiao.workdays.counting import Workdays as Workdays
from duibiao.workdays.counting import local_day as local_day
from duibiao.workdays.moments import from_us as from_us
from duibiao.workdays.moments import to_us as to_us
