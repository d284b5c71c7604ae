"""What the steps of one transaction share: repository, ruleset, day and time."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime

from duibiao.register import Indicator, Register
from duibiao.workdays import Workdays
from services.indicators.domain.case_clock import NOTHING_GRANTED
from services.indicators.domain.criterion import Ruleset
from services.indicators.domain.submission import Approval, CaseKey, Granted, granted_of
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
        return self.ruleset.register

    @property
    def workdays(self) -> Workdays:
        return self.ruleset.workdays


# A decision that moved: what stood before, and what stands.
Decided = tuple[Approval | None, Approval]


@dataclass(frozen=True, slots=True)
class GrantedDays:
    """The approvals that stand; or, less those `undone`, that stood before."""

    repository: Repository
    undone: Collection[Decided] = ()
    _known: dict[str, dict[CaseKey, dict[str, int]]] = field(default_factory=dict)

    def to(self, case: CaseKey, indicator: Indicator) -> Granted:
        """Return what was granted to one case, by document."""
        if not indicator.clock.asks:
            return NOTHING_GRANTED
        if indicator.code not in self._known:
            self._known[indicator.code] = self._read(indicator.code)
        return self._known[indicator.code].get(case, NOTHING_GRANTED)

    def _read(self, indicator: str) -> dict[CaseKey, dict[str, int]]:
        found = granted_of(self.repository.approvals(indicator))
        for old, new in self.undone:
            days = found.get(new.case, {})
            days.pop(new.key.document, None)
            if old is not None:
                days[new.key.document] = old.days
        return found
