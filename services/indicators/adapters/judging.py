"""Where the use cases meet the store, the log and the clock: what a record and a new day do.

Owns transactions of the service's own doing and the order inside them: effect, events, counts.
Keeps in memory the day it has brought the verdicts to, and evidence while the store is as it left
it. Of processes with another register or calendar only those of one judge; the others leave the
verdicts as they stand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Final

import structlog
from sqlalchemy import Connection

from duibiao.bus import Record
from duibiao.core import Clock, new_id
from duibiao.store.config_lease import ConfigLease
from services.indicators.adapters.events import Events, read_decision
from services.indicators.adapters.messages import read_submission
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.repository import SqlRepository
from services.indicators.domain.criterion import Ruleset
from services.indicators.domain.rows import Changes
from services.indicators.usecases.apply_decision import apply_decision
from services.indicators.usecases.apply_submission import apply_submission
from services.indicators.usecases.evidence import EvidenceCache
from services.indicators.usecases.pass_day import pass_day

_log = structlog.get_logger(__name__)
_NOT_THIS_DAY: Final = ("verdicts are being brought up to this day", "正在完成当日评估")


@dataclass
class Judging:
    """Applies submissions and passes days. Shared between threads; the store takes turns.

    `note_terms` puts in a transaction by what terms is judged from now on;
    `close_expired` closes the periods whose exception has ended. `after_commit` is called
    after a day was passed; quick, from that thread.
    """

    ruleset: Ruleset
    clock: Clock
    events: Events
    lease: ConfigLease
    note_terms: Callable[[Connection], None]
    close_expired: Callable[[Connection], None]
    after_commit: Callable[[], None]
    _day: date | None = None
    _ready: bool = False
    _cache: EvidenceCache = field(default_factory=EvidenceCache)

    def take_submission(self, tx: Connection, record: Record) -> bool:
        """Apply the submission of a record and put what changed, and its counts, in the outbox.

        Returns whether it had been applied before.

        Raises:
            UnprocessableRecord: the record can never be applied.

        """
        if self.clock.today() != self._day:
            self.close_expired(tx)
        submission = read_submission(record.event.data, self.ruleset.register, record.event.key)
        applied = apply_submission(
            SqlRepository(tx),
            self.ruleset,
            submission,
            self._cache,
            now=self.clock.now(),
            new_id=partial(new_id, self.clock),
        )
        changed = self.events.of_changes(applied.changes, submission.received_at)
        # The outcome comes last: who waits for it finds the verdicts there.
        tables.outbox.put(tx, (*changed, self.events.of_outcome(submission, applied)))
        return applied.repeated

    def take_decision(self, tx: Connection, record: Record) -> bool:
        """Apply the decision of a record.

        Raises:
            UnprocessableRecord: the record is no decision.

        """
        decision = read_decision(record.event.data, record.event.key)
        changes = apply_decision(
            SqlRepository(tx),
            self.ruleset,
            decision,
            now=self.clock.now(),
            new_id=partial(new_id, self.clock),
        )
        tables.outbox.put(tx, self.events.of_changes(changes))
        return False  # whoever took it has kept it already

    def pass_days(self) -> None:
        """Bring the verdicts to the present day and register, where that is ours to do.

        To be called every second. Says besides that we are there, and takes over from those with
        another register or calendar where we may; it is judged anew in the same transaction.
        """
        today = self.clock.today()
        if (self.lease.acts and today != self._day) or self.lease.is_due():
            with self.lease.renewed() as tx:
                changes = Changes() if tx is None else self._pass_day(tx)
            self._ready = True  # where it is not ours others have done it
            if changes != Changes() or (self.lease.acts and today != self._day):
                self._day = today
                self.after_commit()
                counts = {"verdicts": len(changes.verdicts), "duties": len(changes.duties)}
                _log.info("day passed", day=today.isoformat(), **counts)

    def not_ready(self) -> Sequence[tuple[str, str]]:
        """Say why verdicts cannot be read yet, in English and Chinese; empty when they can."""
        return () if self._ready else (_NOT_THIS_DAY,)

    def _pass_day(self, tx: Connection) -> Changes:
        if not self.lease.acts:
            self.note_terms(tx)
        self.close_expired(tx)  # with what stands, before the new day or register changes it
        changes = pass_day(
            SqlRepository(tx),
            self.ruleset,
            now=self.clock.now(),
            new_id=partial(new_id, self.clock),
        )
        tables.outbox.put(tx, self.events.of_changes(changes))
        return changes
