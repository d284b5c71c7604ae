"""Servers that a whole run of tests shares, started by the first test that asks for one.

Imported by tests/conftest.py. Tests keep out of each other's way by topic prefixes and groups.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from tests.support.servers.databases import MigratedDatabases, on
from tests.support.servers.kafka import Cluster, cluster
from tests.support.servers.postgres import PostgresServer, postgres_server
from tests.support.servers.proxy import FaultProxy


@pytest.fixture(scope="session")
def servers_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where servers keep their data and logs; pytest keeps those of the last three runs."""
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
def kafka(servers_folder: Path) -> Iterator[Cluster]:
    """One broker, for tests that leave it as it is."""
    with cluster(servers_folder / "kafka") as running:
        yield running


@pytest.fixture(scope="session")
def _restless(servers_folder: Path) -> Iterator[Cluster]:
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
    with cluster(servers_folder / "kafka-of-three", brokers=3) as running:
        yield running


@pytest.fixture
def three_brokers(_three: Cluster) -> Iterator[Cluster]:
    """Three brokers that a test may stop and kill; all of them run again afterwards."""
    _three.start()
    yield _three
    _three.start()


@pytest.fixture(scope="session")
def postgres(servers_folder: Path) -> Iterator[PostgresServer]:
    """One PostgreSQL, for tests that leave it as it is."""
    with postgres_server(servers_folder / "postgres") as server:
        yield server


@pytest.fixture(scope="session")
def _databases() -> list[str]:
    return []


@pytest.fixture
def postgres_url(postgres: PostgresServer, _databases: list[str]) -> Iterator[str]:
    """An empty database that nobody else uses meanwhile."""
    name = _databases.pop() if _databases else postgres.create_database()
    yield postgres.url(name)
    postgres.empty_database(name)
    _databases.append(name)


@pytest.fixture(scope="session")
def _restless_postgres(servers_folder: Path) -> Iterator[PostgresServer]:
    with postgres_server(servers_folder / "postgres-restless") as server:
        yield server


@pytest.fixture
def restless_postgres(_restless_postgres: PostgresServer) -> Iterator[PostgresServer]:
    """A PostgreSQL that a test may stop, kill and freeze; it runs again afterwards."""
    _restless_postgres.start()
    yield _restless_postgres
    _restless_postgres.start()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind that the product knows."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/duibiao.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def _migrated_databases(postgres: PostgresServer) -> MigratedDatabases:
    return MigratedDatabases(postgres)


def _turn(request: pytest.FixtureRequest) -> AbstractContextManager[None]:
    """Have services use a database of the kind that the fixture has its turn with: `url_in`."""
    if request.param == "sqlite":
        return nullcontext()
    return on(request.getfixturevalue("_migrated_databases"))


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def each_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run the tests of a module on a database of each kind: their services use `url_in`."""
    with _turn(request):
        yield str(request.param)


@pytest.fixture(scope="module")
def shared_folder(each_database: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for a service that the tests of a module share, on each database another one."""
    return tmp_path_factory.mktemp(each_database)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.soak)])
def folder_mostly_on_sqlite(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A shared folder for what seldom reaches a database: PostgreSQL in `make soak` only."""
    with _turn(request):
        yield tmp_path_factory.mktemp(str(request.param))
