"""What the steps of one transaction share: repository, ruleset, day and time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from duibiao.register import Register
from duibiao.workdays import Workdays
from services.indicators.domain.ruleset import Ruleset
from services.indicators.ports import Repository


@dataclass(frozen=True, slots=True)
class EvaluationContext:
    """Everything the steps of one transaction share.

    `day` is the day in Asia/Shanghai up to which verdicts speak; `now` the moment written into
    them; `new_id` names new versions.
    """

    repository: Repository
    ruleset: Ruleset
    day: date
    now: datetime
    new_id: Callable[[], str]

    @property
    def register(self) -> Register:
        """The register judged by."""
        return self.ruleset.register

    @property
    def workdays(self) -> Workdays:
        """The calendar counted by."""
        return self.ruleset.workdays
