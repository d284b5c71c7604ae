"""Which log an installation has: the only place that chooses one."""

from datetime import timedelta

from duibiao.bus.ports import Bus
from duibiao.bus.sqlite import SqliteBus
from duibiao.contracts.topics import TOPICS
from duibiao.runtime.clock import Clock
from duibiao.runtime.settings import Settings
from duibiao.store.store import file_of


def open_bus(settings: Settings, clock: Clock) -> Bus:
    """Return the log that the settings name, not yet started: var/duibiao-log.db.

    Raises:
        StoreError: the database url is of a kind we do not know.

    """
    retention = {
        topic.name(settings.topic_prefix): timedelta(days=topic.retention_days) for topic in TOPICS
    }
    return SqliteBus(file_of(settings.database_url, "log"), clock, retention)
