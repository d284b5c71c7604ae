"""Bring all verdicts and duties to a day and to a register: the clock and the start call this."""

from collections.abc import Callable
from datetime import datetime

from services.indicators.domain.rows import Changes
from services.indicators.domain.yardstick import Yardstick
from services.indicators.ports import Ledger


def pass_day(
    ledger: Ledger, yardstick: Yardstick, *, now: datetime, new_id: Callable[[], str]
) -> Changes:
    """Judge anew what the day of `now` (Asia/Shanghai) changes, and return what changed.

    An empty ledger gets its first verdicts and duties. Where the register or the calendar is
    another than the kept verdicts rest on, everything is counted and judged anew. Nothing happens
    when day, register and calendar are those of the ledger's footing; a day already passed never
    comes back.
    """
    raise NotImplementedError
