"""The clock's work, in one transaction a tick: whatever is due is done, often nothing."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection

from duibiao.store import Store
from duibiao.store.config_lease import Lease
from services.alerts.adapters.repository import SqlAlertRepository
from services.alerts.usecases import daily_run
from services.alerts.usecases.context import AlertContext

REDELIVERED_WITHIN = timedelta(days=30)
"""An event can come again while its sender restarts, not a month later."""


class AlertTicker:
    """Calls the daily run and whatever else waits for its time, where that is ours to do."""

    def __init__(
        self,
        store: Store,
        open_repository: Callable[[Connection], SqlAlertRepository],
        context: AlertContext,
        lease: Lease,
    ) -> None:
        self._lease = lease
        self._store = store
        self._open_repository = open_repository
        self._context = context

    def tick(self) -> None:
        """Do what is due now. May raise StoreUnavailable, and nothing was done then."""
        with self._store.begin() as tx:
            if not self._lease.look(tx):
                return
            repository = self._open_repository(tx)
            daily_run.tick(repository, self._context)
            repository.forget_events(self._context.now() - REDELIVERED_WITHIN)
