"""Real Apache Kafka in KRaft mode for tests: brokers that are controllers too, on loopback.

A cluster starts, and each of its brokers can be stopped, killed, frozen and started again. Each
has three listeners: one for clients, one for clients that come through a fault proxy (what it
tells them leads back through the proxy), and one for the other brokers.
"""

import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers.images import image
from tests.support.servers.kafka_jars import classpath, installed_java
from tests.support.servers.kafka_secure import Secure
from tests.support.servers.ports import free_ports
from tests.support.servers.programs import Server, run, start

CLUSTER_ID = "ZHVpYmlhby1vZi10ZXN0cw"
HEAP = "-Xmx320m"
IN_IMAGE = "/opt/kafka/libs/*"
UP_WITHIN = 60.0
# Started often and short-lived: the quick compiler, the small collector, shared classes.
JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")


@dataclass(frozen=True, slots=True)
class Ports:
    """Where one broker listens; `proxy` is where a proxy is to listen for it."""

    clients: int
    through_proxy: int
    brokers: int
    proxy: int
    secure: int


class Broker(Server):
    """One broker and controller, in a folder of its own."""

    def __init__(self, number: int, folder: Path, ports: Ports) -> None:
        self.number = number
        self.ports = ports
        self.folder = folder
        self.output = folder / "output.txt"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.ports.clients}"

    @property
    def proxied_address(self) -> str:
        return f"127.0.0.1:{self.ports.proxy}"

    def format(self, settings: str, *arguments: str) -> None:
        """Write its settings and make its empty log."""
        self.folder.mkdir(parents=True)
        (self.folder / "server.properties").write_text(settings)
        named = ("--cluster-id", CLUSTER_ID, "--config", str(self.folder / "server.properties"))
        format_ = _jvm("kafka.tools.StorageTool", "format", *named, *arguments)
        run("kafka", format_, _mounted(self))

    def start(self, *, wait: bool = True) -> None:
        properties = self.folder / "server.properties"
        command = _jvm("kafka.Kafka", str(properties), log="INFO")
        self._process = start("kafka", command, self.output, _mounted(self))
        if wait:
            self.wait_until_up()

    def wait_until_up(self) -> None:
        """Return when it takes connections; that it leads its partitions takes a moment more."""
        deadline = time.monotonic() + UP_WITHIN
        while True:
            if not self.running:
                raise AssertionError(f"broker {self.number} ended:\n{self.tail()}")
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", self.ports.clients)) == 0:
                    return
            if time.monotonic() > deadline:
                raise AssertionError(f"broker {self.number} does not listen:\n{self.tail()}")
            time.sleep(0.05)

    def tail(self, characters: int = 6000) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")[-characters:]


class Cluster:
    """One broker or three, started together. Its folder is kept when a test failed."""

    def __init__(self, folder: Path, brokers: int, secure: Secure | None = None) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        self._secure = secure
        ports = iter(free_ports(brokers * 5))
        self.brokers = [
            Broker(number, folder / f"broker-{number}", Ports(*(next(ports) for _ in range(5))))
            for number in range(1, brokers + 1)
        ]
        for broker in self.brokers:
            arguments = secure.format_arguments() if secure else ()
            broker.format(self._settings(broker), *arguments)

    @property
    def bootstrap(self) -> str:
        return ",".join(broker.address for broker in self.brokers)

    @property
    def proxied_bootstrap(self) -> str:
        return ",".join(broker.proxied_address for broker in self.brokers)

    def start(self) -> None:
        """Start whatever of it is not running."""
        started = [broker for broker in self.brokers if not broker.running]
        for broker in started:
            broker.start(wait=False)
        for broker in started:
            broker.wait_until_up()

    def stop(self) -> None:
        # All at once: the last ones could not hand over to anybody.
        for broker in self.brokers:
            broker.kill()

    def tool(self, name: str, *arguments: str, said: str = "") -> str:
        """Run one of Kafka's own tools, such as consumer.ConsoleConsumer; return its output."""
        named = ("--bootstrap-server", self.bootstrap, *arguments)
        command = _jvm(f"org.apache.kafka.tools.{name}", *named)
        return run("kafka", command, self.brokers[0].folder, said=said)

    def _settings(self, broker: Broker) -> str:
        ports = broker.ports
        listeners = {"CLIENTS": ports.clients, "PROXIED": ports.through_proxy}
        advertised = {"CLIENTS": ports.clients, "PROXIED": ports.proxy}
        if self._secure is not None:
            listeners["SECURE"] = advertised["SECURE"] = ports.secure
        copies = min(3, len(self.brokers))
        lines = {
            "process.roles": "broker,controller",
            "node.id": broker.number,
            "controller.quorum.voters": ",".join(
                f"{one.number}@127.0.0.1:{one.ports.brokers}" for one in self.brokers
            ),
            "controller.listener.names": "BROKERS",
            "inter.broker.listener.name": "CLIENTS",
            "listeners": _listeners({**listeners, "BROKERS": ports.brokers}),
            "advertised.listeners": _listeners(advertised),
            "listener.security.protocol.map": ",".join(
                f"{name}:{'SASL_SSL' if name == 'SECURE' else 'PLAINTEXT'}"
                for name in (*listeners, "BROKERS")
            ),
            "log.dirs": broker.folder / "log",
            "default.replication.factor": copies,
            "min.insync.replicas": copies - 1 or 1,
            "offsets.topic.replication.factor": copies,
            "offsets.topic.num.partitions": 3,
            "transaction.state.log.replication.factor": copies,
            "share.coordinator.state.topic.replication.factor": copies,
            **QUICK,
            **(self._secure.settings() if self._secure else {}),
        }
        return "".join(f"{name}={value}\n" for name, value in lines.items())


# A test cannot wait for the times that production has; the kinds of event stay the same.
QUICK = {
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1000,
    "broker.heartbeat.interval.ms": 500,
    "broker.session.timeout.ms": 3000,
    "replica.lag.time.max.ms": 4000,
    "num.network.threads": 2,
    "num.io.threads": 2,
    "background.threads": 2,
    "log.cleaner.dedupe.buffer.size": 4194304,
    "log.index.size.max.bytes": 1048576,
}


def _jvm(what: str, *arguments: str, log: str = "ERROR") -> list[str]:
    level = f"-Dorg.apache.logging.log4j.level={log}"
    java, path = ("java", IN_IMAGE) if image("kafka") else (installed_java(), classpath())
    return [java, *JVM, HEAP, level, "-cp", path, what, *arguments]


def _mounted(broker: Broker) -> Path:
    return broker.folder.parents[1]  # with the files of `Secure`


def _listeners(ports: dict[str, int]) -> str:
    return ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items())


@contextmanager
def cluster(folder: Path, brokers: int = 1, secure: Secure | None = None) -> Iterator[Cluster]:
    """Run a cluster for the length of a block."""
    made = Cluster(folder, brokers, secure)
    try:
        made.start()
        yield made
    finally:
        made.stop()
