"""Servers that a whole run of tests shares, started by the first test that asks for one.

Imported by tests/conftest.py. Tests keep out of each other's way by topic prefixes and groups.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers.kafka import Cluster, cluster, logs_folder
from tests.support.servers.kafka_jars import NotToBeHadError, classpath
from tests.support.servers.proxy import FaultProxy


@pytest.fixture(scope="session")
def servers_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where servers keep their data and logs; pytest keeps those of the last three runs."""
    return logs_folder(tmp_path_factory.mktemp("servers"))


@pytest.fixture(scope="session")
def kafka(servers_folder: Path) -> Iterator[Cluster]:
    """One broker, for tests that leave it as it is."""
    _need_kafka()
    with cluster(servers_folder / "kafka") as running:
        yield running


@pytest.fixture(scope="session")
def _restless(servers_folder: Path) -> Iterator[Cluster]:
    _need_kafka()
    with cluster(servers_folder / "kafka-restless") as running:
        yield running


@pytest.fixture
def restless_kafka(_restless: Cluster) -> Iterator[Cluster]:
    """One broker that a test may stop and kill; it runs again afterwards."""
    _restless.start()
    yield _restless
    _restless.start()


@pytest.fixture
def proxy(restless_kafka: Cluster) -> Iterator[FaultProxy]:
    """The way to `restless_kafka.proxied_bootstrap`, forwarding until a test says otherwise."""
    ports = restless_kafka.brokers[0].ports
    with FaultProxy(ports.proxy, ports.through_proxy) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def _three(servers_folder: Path) -> Iterator[Cluster]:
    _need_kafka()
    with cluster(servers_folder / "kafka-of-three", brokers=3) as running:
        yield running


@pytest.fixture
def three_brokers(_three: Cluster) -> Iterator[Cluster]:
    """Three brokers that a test may stop and kill; all of them run again afterwards."""
    _three.start()
    yield _three
    _three.start()


def _need_kafka() -> None:
    try:
        classpath()
    except NotToBeHadError as error:
        pytest.skip(f"no Kafka here: {error}")
