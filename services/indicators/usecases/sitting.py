"""One sitting of judgement: the ledger, what is measured with, the day and the time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from duibiao.register import Register
from duibiao.workdays import Workdays
from services.indicators.domain.yardstick import Yardstick
from services.indicators.ports import Ledger


@dataclass(frozen=True, slots=True)
class Sitting:
    """Everything the steps of one transaction share.

    `day` is the day in Asia/Shanghai up to which verdicts speak; `now` the moment written into
    them; `new_id` names new versions.
    """

    ledger: Ledger
    yardstick: Yardstick
    day: date
    now: datetime
    new_id: Callable[[], str]

    @property
    def register(self) -> Register:
        """The register judged by."""
        return self.yardstick.register

    @property
    def workdays(self) -> Workdays:
        """The calendar counted by."""
        return self.yardstick.workdays
