"""The use cases of the indicators service over a repository in memory."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID

from duibiao.register import Register
from duibiao.workdays import StateCouncilCalendar, Workdays
from services.indicators.domain.criterion import Ruleset
from services.indicators.domain.rows import (
    Applied,
    Changes,
    DutyKey,
    DutyRow,
    JsonObject,
    Series,
    Verdict,
    VerdictRow,
)
from services.indicators.domain.submission import Submission
from services.indicators.usecases.apply_submission import apply_submission
from services.indicators.usecases.evidence import EvidenceCache
from services.indicators.usecases.pass_day import pass_day
from tests.support.registers import CITY
from tests.support.repository import MemoryRepository
from tests.support.statements import at


@cache
def the_workdays() -> Workdays:
    return Workdays(StateCouncilCalendar())


def told(row: VerdictRow, *fields: str) -> tuple[Any, ...]:
    """Return some fields of a row, to be compared with numbers as a test writes them."""
    return tuple(getattr(row, field) for field in fields)


@dataclass
class Indicators:
    register: Register
    today: str = "2022-01-10"
    repository: MemoryRepository = field(default_factory=MemoryRepository)
    workdays: Workdays = field(default_factory=the_workdays)
    cache: EvidenceCache = field(default_factory=EvidenceCache)
    ids: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def now(self) -> datetime:
        return at(self.today)

    @property
    def ruleset(self) -> Ruleset:
        return Ruleset(self.register, self.workdays)

    def post(self, *submissions: Submission) -> Applied:
        """Apply submissions one after the other; return the last one's effect."""
        for submission in submissions:
            applied = apply_submission(
                self.repository,
                self.ruleset,
                submission,
                self.cache,
                now=self.now,
                new_id=self.new_id,
            )
        return applied

    def pass_to(self, day: str) -> Changes:
        self.today = day
        return pass_day(self.repository, self.ruleset, now=self.now, new_id=self.new_id)

    def new_id(self) -> str:
        return str(UUID(int=next(self.ids)))

    def verdict(
        self, target: str, period: str, org: str | None = None, region: str = CITY
    ) -> Verdict:
        return self.repository.verdict_table[Series(target, org, region), period]

    def row(
        self, target: str, period: str, org: str | None = None, region: str = CITY
    ) -> VerdictRow:
        return self.verdict(target, period, org, region).row

    def has(self, target: str, period: str, org: str | None = None, region: str = CITY) -> bool:
        return (Series(target, org, region), period) in self.repository.verdict_table

    def proof(
        self, target: str, period: str, org: str | None = None, region: str = CITY
    ) -> JsonObject:
        return self.repository.proofs[self.row(target, period, org, region).id]

    def lines(self, target: str, period: str, org: str | None = None) -> str:
        """Return the proof's lines and notes as one text, both languages."""
        proof = self.proof(target, period, org)
        return "\n".join(f"{n['zh']} | {n['en']}" for n in (*proof["lines"], *proof["notes"]))

    def duty(self, duty: str, org: str) -> DutyRow:
        return self.repository.duty_table[DutyKey(duty, org)]

    def timeless(self) -> dict[tuple[Series, str], Verdict]:
        """Return every verdict without its id, its time and what was told of the period before."""
        return {
            key: kept._replace(
                previous_status=None,
                row=kept.row._replace(id="", evaluated_at=datetime(1970, 1, 1, tzinfo=UTC)),
            )
            for key, kept in self.repository.verdict_table.items()
        }
