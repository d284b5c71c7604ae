"""The shapes that the product runs in; a test that is given a `Shape` runs unchanged in each.

    kind                           processes                          log       state
    one-process-on-sqlite          `duibiao up`                       SQLite    SQLite
    three-processes-on-kafka       `duibiao serve` of each service    Kafka     SQLite
    three-processes-on-postgres    `duibiao serve` of each service    Kafka     PostgreSQL
    two-replicas-of-each           the same, each of them twice       Kafka     PostgreSQL

Another shape is another `Kind`: how many processes a service has, and which servers it needs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from duibiao.core import SystemClock
from duibiao.register import Register
from duibiao.store import Store
from duibiao.web.dev_keys import dev_keys
from duibiao.web.keyring import Keyring
from services.cli.key_file import keys_file
from tests.support.commands import duibiao
from tests.support.product import Installation, Product, added_up
from tests.support.registers import the_register


def settings_for(bootstrap: str, **others: str) -> dict[str, str]:
    """Return settings with a topic prefix of their own, for a cluster of one broker."""
    return {
        "DUIBIAO_KAFKA_BOOTSTRAP": bootstrap,
        "DUIBIAO_KAFKA_REPLICATION": "1",
        "DUIBIAO_KAFKA_MIN_INSYNC": "1",
        "DUIBIAO_KAFKA_SESSION_SECONDS": "3",  # what a test waits for a consumer that was killed
        "DUIBIAO_TOPIC_PREFIX": f"t{uuid4().hex[:12]}.",
        **others,
    }


def with_topics(bootstrap: str, **others: str) -> dict[str, str]:
    """Return settings whose topics have been made."""
    settings = settings_for(bootstrap, **others)
    applied = duibiao(settings, "topics", "apply")
    assert applied.code == 0, applied
    return settings


SERVICES = ("ingest", "indicators", "alerts")
# The longest matching beginning of a path says which service serves it; none: indicators.
SERVED_BY = {
    "/v1/observations": "ingest",
    "/v1/cases": "ingest",
    "/v1/progress-reports": "ingest",
    "/v1/submissions": "ingest",
    "/v1/templates": "ingest",
    "/v1/keys": "ingest",
    "/v1/alerts": "alerts",
    "/v1/notifications": "alerts",
    "/v1/floods": "alerts",
    "/v1/receivers": "alerts",
    "/v1/silences": "alerts",
}
Server = Callable[[str], Any]
"""The name of a fixture of tests/support/servers/fixtures.py -> what it gives."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A shape to be made. `replicas` of each service; 0: all services are one process."""

    name: str
    replicas: int
    servers: tuple[str, ...] = ()


ONE_ON_SQLITE = Kind("one-process-on-sqlite", 0)
THREE_ON_KAFKA = Kind("three-processes-on-kafka", 1, ("kafka",))
THREE_ON_POSTGRES = Kind("three-processes-on-postgres", 1, ("kafka", "postgres"))
TWO_OF_EACH = Kind("two-replicas-of-each", 2, ("kafka", "postgres"))
KINDS = (ONE_ON_SQLITE, THREE_ON_POSTGRES)


class Shape(Installation):
    """One installation in one shape.

    Attributes:
        processes: all of them, each once.

    """

    def __init__(self, services: Mapping[str, Sequence[Product]]) -> None:
        """`services`: the name of each service -> the processes that serve it."""
        self._services = {name: tuple(serving) for name, serving in services.items()}
        self._next = {name: cycle(serving) for name, serving in self._services.items()}
        self.processes = tuple(dict.fromkeys(p for s in self._services.values() for p in s))
        self.folder = self.processes[0].folder
        self.client = httpx.Client(timeout=60)

    def serving(self, service: str) -> Sequence[Product]:
        """Return the processes of a service."""
        return self._services[service]

    @property
    def environment(self) -> Mapping[str, str]:
        return self.processes[0].environment

    def url_of(self, path: str) -> str:
        """Return an address; the processes of a service take turns."""
        service = next((s for p, s in SERVED_BY.items() if path.startswith(p)), "indicators")
        return next(self._next[service]).url_of(path)

    def metrics(self) -> dict[str, float]:
        return added_up(self.processes)

    def start(self) -> None:
        """Start them all at once; return when all are ready."""
        for process in self.processes:
            process.start(wait=False)
        for process in self.processes:
            process.wait_until_ready()


@contextmanager
def running(
    kind: Kind, folder: Path, server: Server, settings: Mapping[str, str] | None = None
) -> Iterator[Shape]:
    """Run an installation of its own until the block ends; all processes then end well."""
    shape = made(kind, folder, settings_of(kind, server) | dict(settings or {}))
    with started(shape):
        yield shape
        for process in shape.processes:
            assert process.stop() == 0, process.arguments


@contextmanager
def started(shape: Shape) -> Iterator[ExitStack]:
    """Give a shape its keys and start it; nothing of it runs after the block, however it ends.

    What else is to be closed then may be put on the stack.
    """
    with ExitStack() as stack:
        for process in shape.processes:
            stack.callback(process.close)
        stack.callback(shape.client.close)
        make_keys(shape)
        shape.start()
        yield stack


def settings_of(kind: Kind, server: Server) -> dict[str, str]:
    """Return the settings that lead to the servers of a shape, topics and schemas made."""
    settings: dict[str, str] = {}
    if "kafka" in kind.servers:
        settings |= with_topics(server("kafka").bootstrap)
    if "postgres" in kind.servers:
        postgres = server("postgres")
        settings["DUIBIAO_DATABASE_URL"] = postgres.url(postgres.create_database())
        migrated = duibiao(settings, "migrate")
        assert migrated.code == 0, migrated
    return settings


def made(kind: Kind, folder: Path, settings: Mapping[str, str]) -> Shape:
    """Return a shape, nothing of it started."""

    def process(*arguments: str) -> Product:
        return Product(folder, settings=settings, arguments=arguments)

    if kind.replicas == 0:
        whole = process("up", "--no-sample")
        return Shape({service: [whole] for service in SERVICES})
    return Shape(
        {service: [process("serve", service) for _ in range(kind.replicas)] for service in SERVICES}
    )


def make_keys(product: Installation) -> None:
    """Make the keys that `duibiao up` makes, for shapes in which nobody runs it."""
    product.folder.mkdir(parents=True, exist_ok=True)
    access = Store(product.environment["DUIBIAO_DATABASE_URL"], "access")
    keyring = Keyring(access, SystemClock())
    try:
        dev_keys(keyring, sorted(_reporting(the_register())), keys_file(product.folder))
    finally:
        keyring.close()
        access.close()


def _reporting(register: Register) -> set[str]:
    return {org for row in register.indicators.values() for org in row.reported_by} | {
        org for measure in register.measures for org in measure.leads
    }
