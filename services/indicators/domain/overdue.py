"""The ledger of open cases that are past their limit or will soon be (domain.md section 4)."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from duibiao.register import Register
from duibiao.workdays import Workdays, local_day
from services.indicators.domain.case_clock import CaseRecord, CaseRecords
from services.indicators.domain.submission import CaseStatement, Pause

LedgerState = Literal["overdue", "due_soon"]


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An open case. `due`: its last day in time. `pause`: the one that runs. `leads` answer."""

    record: CaseRecord
    state: LedgerState
    due: date
    pause: Pause | None
    leads: tuple[str, ...]


class OverdueLedger:
    """Tells which open cases are past their limit at the end of a day, or within some days.

    `within` is in working days. A case without a limit of its own stands in no ledger.
    """

    def __init__(
        self, register: Register, workdays: Workdays, records: CaseRecords, within: int
    ) -> None:
        self._register, self._workdays = register, workdays
        self._records, self._within = records, within

    def find(self, case: CaseStatement) -> LedgerEntry | None:
        """Return the entry of a case, None where it was not open or is not due so soon."""
        completed, day = case.content.completed_at, self._records.day
        accepted = local_day(case.content.accepted_at)
        if accepted > day or (completed is not None and local_day(completed) <= day):
            return None
        record = self._records.record(case)
        due = record.due
        if due is None:
            return None
        state: LedgerState = "overdue" if record.overdue else "due_soon"
        if not record.overdue and self._workdays.between(day, due).days > self._within:
            return None
        running = [p for p in case.content.pauses if p.end is None or local_day(p.end) > day]
        pause = next((p for p in running if local_day(p.start) <= day), None)
        targets = self._register.targets_of(case.indicator)
        leads = dict.fromkeys(lead for target in targets for lead in target.leads)
        return LedgerEntry(record, state, due, pause, tuple(leads))
