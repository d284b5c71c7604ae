"""What the office granted to cases, read from the repository once for each indicator that asks."""

from collections.abc import Collection

from duibiao.register import Indicator
from services.indicators.domain.case_clock import NOTHING_GRANTED
from services.indicators.domain.rows import Approval, Granted
from services.indicators.domain.submission import CaseKey
from services.indicators.ports import Repository

Decided = tuple[Approval | None, Approval]
"""A decision that moved: what stood before, and what stands."""


class GrantedDays:
    """The approvals that stand; or, less those `undone`, that stood before."""

    def __init__(self, repository: Repository, undone: Collection[Decided] = ()) -> None:
        self._ledger = repository
        self._undone = undone
        self._known: dict[str, dict[CaseKey, dict[str, int]]] = {}

    def to(self, case: CaseKey, indicator: Indicator) -> Granted:
        """Return what was granted to one case, by document."""
        if not indicator.clock.asks:
            return NOTHING_GRANTED
        if indicator.code not in self._known:
            self._known[indicator.code] = self._read(indicator.code)
        return self._known[indicator.code].get(case, NOTHING_GRANTED)

    def _read(self, indicator: str) -> dict[CaseKey, dict[str, int]]:
        found = {
            case: {document: approval.days for document, approval in approvals.items()}
            for case, approvals in self._ledger.approvals(indicator).items()
        }
        for old, new in self._undone:
            days = found.get(new.case, {})
            days.pop(new.key.document, None)
            if old is not None:
                days[new.key.document] = old.days
        return found
