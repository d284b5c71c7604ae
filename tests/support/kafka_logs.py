"""The log on a real Kafka for tests: topics of their own, made before the log is opened."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from duibiao.bus import Bus
from duibiao.bus.kafka import KafkaBus
from duibiao.bus.kafka_clients import Brokers, Pace
from duibiao.bus.kafka_topics import Declared, TopicAdmin, plan
from duibiao.contracts import topics
from duibiao.core import Retry
from tests.support.waiting import until

# The broker's least session is a second here; production's ten would make every kill cost ten.
QUICK = Pace(connect=5, request=3, send=6, session=3, heartbeat=0.5, handling=20)


def fresh_name(what: str = "things") -> str:
    """Return the name of a topic that no other test has."""
    return f"t{uuid4().hex[:12]}.{what}.v1"


def declare(*names: str, partitions: int = 3, copies: int = 1) -> tuple[Declared, ...]:
    return tuple(
        Declared(
            name,
            partitions,
            copies,
            {
                "cleanup.policy": "delete",
                "max.message.bytes": str(topics.LARGEST),
                "message.timestamp.type": "LogAppendTime",
                "min.insync.replicas": str(copies - 1 or 1),
                "retention.bytes": "-1",
                "retention.ms": str(24 * 60 * 60 * 1000),
                "unclean.leader.election.enable": "false",
            },
        )
        for name in names
    )


def apply(brokers: Brokers, declared: Iterable[Declared]) -> None:
    """Make the topics, as `duibiao topics apply` does; again where a busy broker took too long."""
    wanted = tuple(declared)
    with TopicAdmin(brokers) as admin:

        def applied() -> bool:
            try:
                for step in plan(wanted, admin.states([one.name for one in wanted])):
                    admin.take(step)
            except Retry:
                return False
            return True

        until(applied, seconds=60)


def delete(brokers: Brokers, names: Sequence[str]) -> None:
    """Delete topics, and wait until the cluster knows them no more."""
    with TopicAdmin(brokers) as admin:
        with suppress(Retry):  # a busy broker deletes after its answer was due
            admin._ask("delete", lambda client: client.delete_topics(list(names)))  # noqa: SLF001 - to do harm
        until(lambda: not admin.states(names), seconds=30)


def opened(brokers: Brokers, declared: Iterable[Declared]) -> KafkaBus:
    """Return the log, started, its topics seen."""
    bus = KafkaBus(brokers, tuple(declared))
    bus.start()
    ready(bus)
    return bus


def ready(bus: Bus) -> None:
    """Wait until the log gives out producers."""

    def given() -> bool:
        assert bus.failed is None, bus.failed
        try:
            bus.producer().close(1)
        except Retry:
            return False
        return True

    until(given, seconds=30)


def password_file(folder: Path, text: str) -> Path:
    path = folder / "password"
    path.write_text(text + "\n", encoding="utf-8")
    return path
