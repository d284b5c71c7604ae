"""The reader of the verdicts topic: hands each record to its use case, in the worker's transaction.

Owns the measuring of how long a post takes to become an alert: from the receipt of the submission
to the commit of the alert it raised.
"""

from collections.abc import Callable
from datetime import datetime

from prometheus_client import Histogram
from sqlalchemy import Connection

from duibiao.bus import Record, UnprocessableRecord
from duibiao.bus.dead_letters import original
from duibiao.core import Clock
from services.alerts.adapters.messages import read_changed
from services.alerts.adapters.repository import SqlAlertRepository
from services.alerts.domain.news import Verdict
from services.alerts.usecases.context import AlertContext
from services.alerts.usecases.follow_duty import follow_duty
from services.alerts.usecases.follow_verdict import follow_verdict


class VerdictHandler:
    """Handles the records of one worker; belongs to its thread."""

    def __init__(
        self,
        open_repository: Callable[[Connection], SqlAlertRepository],
        context: AlertContext,
        clock: Clock,
        took: Histogram,
        batch: Callable[[str], None],
    ) -> None:
        """`batch` is told what caused a record: what its steps say goes out together."""
        self._open_repository = open_repository
        self._context = context
        self._clock = clock
        self._took = took
        self._batch = batch
        self._receipts = list[datetime]()

    def handle(self, tx: Connection, record: Record) -> bool:
        """Follow one verdict or duty. Returns whether it had been heard before.

        Raises:
            UnprocessableRecord: it cannot be read, or the register does not know what it speaks of.

        """
        news, received_at = read_changed(record.event.data, record.event.key)
        repository = self._open_repository(tx)
        self._batch(str(received_at or record.event.time))
        told = original(record.event)
        late = told != record.event.id  # a dead letter played again
        try:
            if isinstance(news, Verdict):
                new = follow_verdict(repository, self._context, news, told, late=late)
            else:
                new = follow_duty(repository, self._context, news, told, late=late)
        except (KeyError, ValueError) as error:
            raise UnprocessableRecord(f"{record.event.key}: {error!r}") from error
        if repository.raised and received_at is not None:
            self._receipts.append(received_at)
        return not new

    def after_commit(self) -> None:
        """Measure what this commit has raised."""
        now = self._clock.now()
        for received_at in self._receipts:
            self._took.observe(max(0.0, (now - received_at).total_seconds()))
        self._receipts.clear()

    def after_rollback(self) -> None:
        """Forget what was not committed."""
        self._receipts.clear()
