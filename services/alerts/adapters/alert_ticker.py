"""The clock's work, in one transaction a tick: whatever is due is done, often nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from duibiao.audit import SYSTEM, Act, AuditLog
from duibiao.store import Store
from duibiao.store.config_lease import Lease
from services.alerts.adapters.channels.digests import queue_due
from services.alerts.adapters.channels.holding import send_waiting
from services.alerts.adapters.channels.notifications import NotificationQueue
from services.alerts.adapters.repository import SqlAlertRepository
from services.alerts.usecases import daily_run
from services.alerts.usecases.context import AlertContext

# An event can come again while its sender restarts, not a month later.
REDELIVERED_WITHIN = timedelta(days=30)


@dataclass(slots=True)
class AlertTicker:
    """Calls the daily run and whatever else waits for its time, where that is ours to do."""

    store: Store
    open_repository: Callable[[Connection], SqlAlertRepository]
    context: AlertContext
    lease: Lease
    audit: AuditLog
    queue: NotificationQueue
    _cleared_on: date | None = None  # the day on which removed targets were looked for

    def tick(self) -> None:
        """Do what is due now. May raise StoreUnavailable, and nothing was done then."""
        with self.store.begin() as tx:
            if not self.lease.look(tx):
                self._cleared_on = None
                return
            repository = self.open_repository(tx)
            today = self.context.today()
            if self._cleared_on != today:
                self._revoke_removed(tx, repository)
            before = repository.last_run()
            daily_run.tick(repository, self.context)
            self.queue.release(tx)
            queue_due(tx, self.context, self.queue)
            # A run that is made up at night is not today's: the hour has not come.
            if before != repository.last_run() == today and self.context.workdays.is_workday(today):
                send_waiting(tx, self.context.now())
            repository.forget_events(self.context.now() - REDELIVERED_WITHIN)
        self._cleared_on = today

    def _revoke_removed(self, tx: Connection, repository: SqlAlertRepository) -> None:
        acts = []
        for alert in daily_run.revoke_removed(repository, self.context):
            said = {"comment": None, "reason": daily_run.REMOVED}
            details = {"number": alert.number, "state": alert.state.value, **said}
            acts.append(Act(SYSTEM, "alert.revoked", alert.id, details))
        self.audit.append(tx, acts)
