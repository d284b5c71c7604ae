"""Which log an installation has: the only place that chooses one."""

from datetime import timedelta
from typing import TYPE_CHECKING

from duibiao.bus.ports import Bus, LogError
from duibiao.bus.sqlite import SqliteBus
from duibiao.contracts.topics import TOPICS
from duibiao.core.clock import Clock
from duibiao.core.settings import Settings
from duibiao.store.sqlite import NotDurable
from duibiao.store.store import file_of, is_postgres

if TYPE_CHECKING:  # the client library is slow to import: where there is no Kafka it is not
    from duibiao.bus.kafka_clients import Brokers
    from duibiao.bus.kafka_topics import Declared


def open_bus(settings: Settings, clock: Clock) -> Bus:
    """Return the log that the settings name, not yet started: Kafka, or var/duibiao-log.db.

    Raises:
        LogError: it cannot be used as it is set up.
        StoreError: the database url is of a kind we do not know.

    """
    brokers = brokers_of(settings)
    if brokers is not None:
        from duibiao.bus.kafka import KafkaBus  # noqa: PLC0415 - slow to import

        return KafkaBus(brokers, topics_of(settings), settings.accept_cluster)
    if is_postgres(settings.database_url):
        raise LogError(
            "状态存于 PostgreSQL 时须用 Kafka：请设置 DUIBIAO_KAFKA_BOOTSTRAP。"
            "State on PostgreSQL needs Kafka for the log: set DUIBIAO_KAFKA_BOOTSTRAP."
        )
    retention = {
        topic.name(settings.topic_prefix): timedelta(days=topic.retention_days) for topic in TOPICS
    }
    path = file_of(settings.database_url, "log")
    try:
        return SqliteBus(path, clock, retention, accepted=settings.accept_cluster)
    except NotDurable as error:
        raise LogError(str(error)) from error


def brokers_of(settings: Settings) -> "Brokers | None":
    """Return where Kafka is and how one gets in; None where the log is the embedded one."""
    if settings.kafka_bootstrap is None:
        return None
    from duibiao.bus.kafka_clients import Brokers, Pace  # noqa: PLC0415 - slow to import

    signs_in = settings.kafka_security_protocol.startswith("SASL")
    session = settings.kafka_session_seconds
    return Brokers(
        bootstrap=settings.kafka_bootstrap,
        protocol=settings.kafka_security_protocol,
        mechanism=settings.kafka_sasl_mechanism if signs_in else None,
        username=settings.kafka_username,
        password_file=settings.kafka_password_file,
        ca_file=settings.kafka_ca_file,
        pace=Pace(session=session, heartbeat=session / 4),
    )


def topics_of(settings: Settings) -> "tuple[Declared, ...]":
    """Return the topics of this installation as they must be on Kafka."""
    from duibiao.bus.kafka_topics import declared  # noqa: PLC0415 - slow to import

    return declared(
        TOPICS,
        settings.topic_prefix,
        replication=settings.kafka_replication,
        min_insync=settings.kafka_min_insync,
    )
